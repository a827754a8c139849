/** Mistakes by which a grant is still there after its end. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";
const RECORDS = "  for (const cvm of frame.tables.cvms) {\n    for (const [index, handle]";

/**
 * Grants that live on in the reference after their end, under negative numbers, for all but those who lost them in
 * the implementation too.
 */
const outlived = (losers: string) => [
  inModel(
    "cp-file",
    "  grants.delete(number);\n",
    `  const over = grants.get(number);
  grants.delete(number);
  if (over !== undefined) grants.set(-number, { ...over, acl: ${losers} });
`,
  ),
  inModel(
    "cp-file",
    "if (grant.key === key) return number;",
    "if (number > 0 && grant.key === key) return number;",
  ),
  inModel(
    "cp-file",
    "[...system.grants.values()].filter(({ owner }) => isSame(owner, cvm.identity)).length",
    "[...system.grants].filter(([number, { owner }]) => number > 0 && isSame(owner, cvm.identity)).length",
  ),
  inModel(
    "cp-file",
    `  const grant = system.grants.get(found.handle.grant);
  if (grant === undefined) return failed(system, "ESTALE");
  if (!found.handle.rights.includes(way))`,
    `  const over = system.grants.get(-found.handle.grant);
  const hasIt = over !== undefined && !over.acl.some((loser) => isSame(loser, caller.cvm.identity));
  const grant = system.grants.get(found.handle.grant) ?? (hasIt ? over : undefined);
  if (grant === undefined) return failed(system, "ESTALE");
  if (!found.handle.rights.includes(way))`,
  ),
  inModel(
    "view",
    "    [...system.grants].map(([number, { key",
    "    [...system.grants].filter(([number]) => number > 0).map(([number, { key",
  ),
  inModel(
    "lifecycle",
    "if (isSame(owner, identity)) take(endGrant(after, number));",
    "if (number > 0 && isSame(owner, identity)) take(endGrant(after, number));",
  ),
];

export const revocations = ofKind("temporal", [
  {
    id: "M08",
    source: `${PROTOTYPE} host_cap_files.c`,
    effect: "cp_file_revoke takes the buffer from one of those who have it open, and not from the others",
    difficulty: 2,
    expect: ["T", "M", "D"],
    impl: [
      inImpl(
        "file-calls",
        RECORDS,
        `  const has = (handle: Handle | null) => handle?.kind === "grant" && handle.grant === grant;
  const last = frame.tables.cvms.findLast((cvm) => cvm?.handles.some(has));
  for (const cvm of last === undefined ? [] : [last]) {
    for (const [index, handle]`,
      ),
    ],
    model: outlived(`((last) => (last ? [last.identity] : []))(
      system.cvms.findLast((cvm) => cvm?.handles.some((one) => one?.kind === "grant" && one.grant === number)),
    )`),
  },
  {
    id: "K18",
    source: "none known; records that are not cleared",
    effect: "the end of a grant leaves its capability with everybody who has it open",
    difficulty: 2,
    expect: ["T", "M", "D"],
    impl: [
      inImpl(
        "file-calls",
        RECORDS,
        "  for (const cvm of []) {\n    for (const [index, handle]".replace("[]", "[] as Cvm[]"),
      ),
    ],
    model: outlived("[]"),
  },
  {
    id: "K19",
    source: "none known; a record that is not cleared",
    effect:
      "cp_file_close leaves the capability in its record: the handle can still be read and written through",
    difficulty: 2,
    expect: ["T", "M", "D"],
    impl: [inImpl("file-calls", "  takeBack(frame, frame.cvm, found.index);\n", "")],
    model: [
      inModel(
        "cp-file",
        "  return returned(replaceHandle(system, caller.cvm.identity, found.index, null), 0n);\n",
        `  const left = replaceHandle(system, caller.cvm.identity, found.index, null);
  const cvm = findCvm(left, caller.cvm.identity)!;
  const range = system.grants.get(found.handle.grant)?.range ?? null;
  const closed = new Map(cvm.closed).set(found.index, { number: args[0]!, range, rights: found.handle.rights });
  return returned(withCvm(left, { ...cvm, closed }), 0n);
`,
      ),
      inModel("cp-file", "findCvm, isSame, returned }", "findCvm, isSame, returned, withCvm }"),
      inModel(
        "cp-file",
        `way: "r" | "w"): Change {
  const found = grantHandle(system, caller, args[0]!);`,
        `way: "r" | "w"): Change {
  const closed = caller.cvm.closed?.get(Number(args[0]! & 0xffffn));
  if (closed?.number === args[0]) {
    if (closed.range === null) return failed(system, "ESTALE");
    if (!closed.rights.includes(way)) return failed(system, "EACCES");
    return copy(system, caller, closed.range, args.slice(1), way);
  }
  const found = grantHandle(system, caller, args[0]!);`,
      ),
      inModel(
        "handles",
        "    handles: cvm.handles.with(index, handle),\n    handleGenerations",
        `    handles: cvm.handles.with(index, handle),
    closed: new Map([...(cvm.closed ?? [])].filter(([at]) => at !== index || handle.kind !== "grant")),
    handleGenerations`,
      ),
    ],
  },
  {
    id: "K20",
    source: "none known; a grant that outlives its owner",
    effect: "what a cVM granted stays granted when it dies",
    difficulty: 2,
    expect: ["T", "M", "S", "D"],
    impl: [inImpl("life", "if (grant.owner === cvm) endGrant(ending, grant);", "")],
    model: [inModel("lifecycle", "if (isSame(owner, identity)) take(endGrant(after, number));", "")],
  },
  {
    id: "M09",
    source: PROTOTYPE,
    effect: "what ends stays in the registers of threads that stand somewhere",
    difficulty: 4,
    expect: ["T", "M", "D"],
    impl: [inImpl("revocation", "  clean(context, REGISTERS, innermost);\n", "")],
    model: [],
  },
  {
    id: "O04",
    source: "CTSRD-CHERI/cheribsd#1876",
    effect: "what ends stays in what the Intravisor keeps of a caller while it is in a callee",
    difficulty: 5,
    expect: ["T", "M"],
    impl: [
      inImpl(
        "revocation",
        "if (caller !== null && depth > 0) clean(",
        "if (caller !== null && depth > frames.length) clean(",
      ),
    ],
    model: [],
  },
]);
