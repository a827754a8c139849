/** Mistakes in rights and access lists. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";
const GIVEN = "const allowed = (rights & 1 ? perms.load : 0) | (rights & 2 ? perms.store : 0);";

export const rights = ofKind("authority", [
  {
    id: "M35",
    source: PROTOTYPE,
    effect: "cp_file_notify and cp_file_wait take handles of any cVM",
    difficulty: 3,
    expect: ["A", "O", "N", "D"],
    impl: [
      inImpl(
        "file-calls",
        "const notify: Call = (frame) => {\n  const found = grantAt(frame);",
        `const anywhere = (frame: CallFrame) =>
  grantAt(frame) ??
  frame.tables.cvms.map((cvm) => cvm && grantAt({ ...frame, cvm })).find((one) => one !== null) ??
  null;

const notify: Call = (frame) => {
  const found = anywhere(frame);`,
      ),
      inImpl(
        "file-calls",
        "const waitForNotice: Call = (frame) => {\n  const found = grantAt(frame);",
        "const waitForNotice: Call = (frame) => {\n  const found = anywhere(frame);",
      ),
    ],
    model: [
      inModel(
        "cp-file",
        `export function notify(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = grantHandle(`,
        `function anywhere(system: System, caller: Caller, number: bigint) {
  const own = grantHandle(system, caller, number);
  const all = system.cvms.map((cvm) => cvm && grantHandle(system, { ...caller, cvm }, number));
  return own ?? all.find((one) => one !== null) ?? null;
}

export function notify(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = anywhere(`,
      ),
      inModel(
        "cp-file",
        "  const [number, epoch, timeout] = args as [bigint, bigint, bigint];\n  const found = grantHandle(",
        "  const [number, epoch, timeout] = args as [bigint, bigint, bigint];\n  const found = anywhere(",
      ),
    ],
  },
  {
    id: "M40",
    source: `${PROTOTYPE} host_cap_files.c`,
    effect: "whoever has opened a buffer can revoke it",
    difficulty: 1,
    expect: ["A", "O", "D"],
    impl: [inImpl("file-calls", 'if (grant.owner !== frame.cvm) return "EPERM";', "")],
    model: [
      inModel(
        "cp-file",
        'if (!isSame(grant.owner, caller.cvm.identity)) return failed(system, "EPERM");',
        "",
      ),
    ],
  },
  {
    id: "V20",
    source: `${PROTOTYPE} host_syscall_callbacs.c`,
    effect: "cp_call_open asks no access list",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      inImpl("crossing-calls", 'if (!mayOpen(endpoint.acl, endpoint.owner, frame.cvm)) return "EACCES";', ""),
    ],
    model: [
      inModel(
        "cp-call",
        'if (!mayOpen(endpoint.acl, endpoint.owner, caller.cvm.identity)) return failed(system, "EACCES");',
        "",
      ),
    ],
  },
  {
    id: "O08",
    source: "CTSRD-CHERI/cheribsd#94",
    effect: "who opens a buffer to read it may write it, if its owner allows it to anybody",
    difficulty: 2,
    expect: ["A", "M", "O", "D"],
    impl: [inImpl("file-calls", "give(frame, cvm, grant, wanted)", "give(frame, cvm, grant, grant.rights)")],
    model: [inModel("cp-file", "rights: wanted, owner: false", "rights: grant.rights, owner: false")],
  },
  {
    id: "K05",
    source: "none known; rights that are not tested",
    effect: "cp_file_probe gives rights that the owner has not granted",
    difficulty: 2,
    expect: ["A", "M", "O", "D"],
    impl: [inImpl("file-calls", 'if ((grant.rights & wanted) !== wanted) return "EACCES";', "")],
    model: [
      inModel("cp-file", 'if (bits !== RIGHT_BITS[wanted]) return failed(system, "EACCES");', ""),
      inModel("cp-file", "grant.range.size, bits)", "grant.range.size, RIGHT_BITS[wanted])"),
    ],
  },
  {
    id: "K06",
    source: "none known; what nobody is named for is for everybody",
    effect: "an empty access list lets everybody in",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [inImpl("file-calls", "return owner === who ||", "return owner === who || acl.length === 0 ||")],
    model: [
      inModel("keys", "return isSame(owner, who) ||", "return isSame(owner, who) || acl.length === 0 ||"),
    ],
  },
  {
    id: "K07",
    source: "none known; rights of call buffers that are not looked at",
    effect: "a callee can read and write the buffer of a call, whatever its caller allows",
    difficulty: 2,
    expect: ["A", "M", "O", "D"],
    impl: [
      inImpl(
        "domain",
        "(rights & 1 ? perms.load : 0) | (rights & 2 ? perms.store : 0)",
        "perms.load | perms.store",
      ),
    ],
    model: [
      inModel("cp-call-request", "{ buffer: { range, rights } }", '{ buffer: { range, rights: "rw" } }'),
    ],
  },
  {
    id: "K08",
    source: "none known; a right that only the stub knows of",
    effect: "the capability of a grant can be read and written through; only the record beside it says less",
    difficulty: 3,
    expect: ["M", "S"],
    impl: [inImpl("file-calls", GIVEN, "const allowed = perms.load | perms.store;")],
    model: [],
  },
]);
