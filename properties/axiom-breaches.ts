/** Steps that report more authority than they have: what each reports, and which clause of oracle A it breaks. */
import type { Capability, StepEvent } from "../model/contract.ts";
import type { Tamper } from "./judged-runs.ts";

/** The step reports this in the place of what it did. */
function reporting(change: Partial<StepEvent>): Tamper {
  return (event) => ({ ...event, ...change });
}

/** The capability in the step's register has these fields. */
function receiving(change: Partial<Capability>): Tamper {
  return (event) => {
    const register = event.register!;
    if (register.kind === "integer") throw new Error("the register received an integer");
    return { ...event, register: { ...register, value: { ...register.value, ...change } } };
  };
}

/** The special register that the step replaced, by its place in the event, has these fields. */
function replacing(at: number, change: Partial<Capability>): Tamper {
  return (event) => ({
    ...event,
    specials: event.specials.map((special, place) =>
      place === at ? { ...special, value: { ...special.value, ...change } } : special,
    ),
  });
}

function writing(change: Partial<NonNullable<StepEvent["write"]>>): Tamper {
  return (event) => ({ ...event, write: { ...event.write!, ...change } });
}

export function reading(change: Partial<NonNullable<StepEvent["read"]>>): Tamper {
  return (event) => ({ ...event, read: { ...event.read!, ...change } });
}

/** A trap that did not happen: the next instruction follows. */
const retired: Tamper = (event) => ({ ...event, trap: null, specials: [], pcAfter: event.pcBefore + 4n });

const UNSEALED = 0x3ffffn;
const WHOLE = { base: 0n, top: 1n << 64n };
/** The root, as an event has it. */
const ROOT: Capability = {
  tag: true,
  address: 0n,
  ...WHOLE,
  perms: 0xffffn,
  otype: UNSEALED,
  flags: 0n,
  reserved: 0n,
  bounds: 0x401_8004n,
};

/** c1 points at RAM that is aligned to 64 bytes, x5 is its address; c2 is c1 with 64 bytes. */
export const POINTER = "auipc x5, 1; csetaddr c1, c1, x5; csetboundsimm c2, c1, 64";
export const AT = 0x8000_1000n;
/** c3 is sealed code and c6 sealed data of type 0; c10 may seal and unseal. */
const PAIR =
  "cspecialrw c3, pcc, c0; addi x5, x0, -3; candperm c6, c10, x5; cseal c3, c3, c10; cseal c6, c6, c10";
/** c2 is c1 with 16 bytes. */
const SMALL = "csetboundsimm c2, c1, 16";
/** c3 is code of 64 bytes. */
const CODE = "cspecialrw c3, pcc, c0; csetboundsimm c3, c3, 64; cincoffsetimm c3, c3, 16";
/** Capability mode from the next instruction on. */
const CAPABILITY_MODE =
  "cspecialrw c7, pcc, c0; addi x8, x0, 1; csetflags c7, c7, x8; cincoffsetimm c7, c7, 20; jalr.cap c0, c7";
/** Code without permission to access system registers. */
const WITHOUT_SYSTEM =
  "cspecialrw c3, pcc, c0; addi x5, x0, 1; slli x5, x5, 10; xori x5, x5, -1; candperm c3, c3, x5; jalr.cap c0, c3";

/** c4 is c1 without the permission of this bit. */
function without(bit: number): string {
  return `addi x6, x0, 1; slli x6, x6, ${bit}; xori x6, x6, -1; candperm c4, c1, x6`;
}

/** c4 is c1 without its tag, which points at RAM. */
const UNTAGGED = "auipc x5, 1; csetaddr c1, c1, x5; ccleartag c4, c1";

/** Something came sealed and tagged all the same. */
function sealing(authority = 4, otype = 0n): Tamper {
  return (event) => receiving({ tag: true, otype })({ ...event, authority });
}

/** Something came unsealed and tagged all the same. */
function unsealing(): Tamper {
  return receiving({ tag: true, otype: UNSEALED });
}

/** c8 and c6 were invoked all the same. */
const invoked: Tamper = (event) => ({ ...retired(event), authority: 6, source: 8 });

/** The store of this data, tagged, through c4 and from c3 happened all the same. */
function stored(data: bigint): Tamper {
  return (event) => ({
    ...retired(event),
    write: { address: AT, size: 16, data, tag: true },
    authority: 4,
    source: 3,
  });
}

/** The clause, what is reported, the text whose last step reports it. */
type Row = readonly [clause: string, what: string, text: string, tamper: Tamper];

const universal: readonly Row[] = [
  [
    "execute",
    "beyond PCC",
    "cspecialrw c3, pcc, c0; csetboundsimm c3, c3, 4; jalr.cap c0, c3; fence; fence",
    retired,
  ],
  ["exception", "MEPCC is wider than PCC was", `${CODE}; jalr.cap c0, c3; ecall`, replacing(0, WHOLE)],
  ["exception", "PCC is wider than MTCC", `${SMALL}; cspecialrw c0, mtcc, c2; ecall`, replacing(1, WHOLE)],
  [
    "memory_invariant",
    "a load writes",
    `${POINTER}; lw.cap x7, (c2)`,
    (event) => ({ ...event, write: event.read }),
  ],
  ["claimed_authority", "another", `${POINTER}; lw.cap x7, (c2)`, reporting({ authority: 1 })],
  [
    "claimed_authority",
    "DDC in capability mode",
    `${POINTER}; ${CAPABILITY_MODE}; lw x7, 0(x2)`,
    reporting({ authority: 0x21 }),
  ],
  ["claimed_source", "another", "cmove c2, c1", reporting({ source: 3 })],
  [
    "covered",
    "another register",
    "addi x1, x0, 1",
    reporting({ register: { kind: "integer", index: 2, value: 1n } }),
  ],
  [
    "covered",
    "a capability",
    "addi x1, x0, 1",
    reporting({ register: { kind: "capability", index: 1, value: ROOT } }),
  ],
  ["covered", "a tag with a status", `${POINTER}; lr.c.cap c7, (c2); sc.c.cap c3, (c2)`, receiving(ROOT)],
  ["covered", "DDC replaced", "addi x1, x0, 1", reporting({ specials: [{ scr: 1, value: ROOT }] })],
  ["covered", "a CSR written", "addi x1, x0, 1", reporting({ csr: { number: 0x340, value: 0n } })],
  ["covered", "registers cleared", "addi x1, x0, 1", reporting({ cleared: 2 })],
];

const axioms: readonly Row[] = [
  [
    "read_reg",
    "MSCRATCH",
    `${WITHOUT_SYSTEM}; csrrs x1, mscratch, x0`,
    (event) => ({ ...retired(event), authority: 0x20 }),
  ],
  [
    "write_reg",
    "MSCRATCH",
    `${WITHOUT_SYSTEM}; csrrw x0, mscratch, x0`,
    (event) => ({ ...retired(event), authority: 0x20, csr: { number: 0x340, value: 0n } }),
  ],
  ["load_mem", "bytes outside", `${POINTER}; lw.cap x7, (c2)`, reading({ address: AT + 0x40n })],
  [
    "load_mem",
    "without Load",
    `${POINTER}; ${without(2)}; lw.cap x7, (c4)`,
    (event) => ({ ...retired(event), read: { address: AT, size: 4, data: 0n, tag: false }, authority: 4 }),
  ],
  ["store_mem", "bytes outside", `${POINTER}; sw.cap x7, (c2)`, writing({ address: AT + 0x3dn })],
  ["store_tag", "no whole granule", `${POINTER}; sc.cap c3, (c2)`, writing({ address: AT + 8n })],
  ["store_cap_mem", "another capability", `${POINTER}; sc.cap c2, (c2)`, writing({ data: 0n })],
  ["store_cap_reg", "more bytes", `${SMALL}; cincoffsetimm c3, c2, 1`, receiving({ top: 17n })],
  [
    "store_cap_reg",
    "a permission",
    "andi x5, x5, 0; candperm c2, c1, x5; cmove c3, c2",
    receiving({ perms: 1n }),
  ],
  ["store_cap_reg", "another seal", "cincoffsetimm c3, c1, 1", receiving({ otype: 5n })],
  ["store_cap_reg", "a tag that was not stored", `${POINTER}; lc.cap c7, (c2)`, receiving(ROOT)],
  ["store_cap_reg", "in a special register", `${SMALL}; cspecialrw c0, mtdc, c2`, replacing(0, WHOLE)],
  ["store_cap_reg", "in a cleared DDC", "cclear 0, 1", replacing(0, ROOT)],
];

const memory: readonly Row[] = [
  ["load_data", "a tag", `${POINTER}; lw.cap x7, (c2)`, reading({ tag: true })],
  ["store_data", "more bytes", `${POINTER}; sw.cap x7, (c2)`, writing({ size: 8 })],
  ["load_data", "more bytes", `${POINTER}; lw.cap x7, (c2)`, reading({ size: 8 })],
  ["load_capability", "another", `${POINTER}; sc.cap c2, (c2); lc.cap c7, (c2)`, receiving({ flags: 1n })],
  [
    "load_capability",
    "a tag without Load_Cap",
    `${POINTER}; ${without(4)}; sc.cap c2, (c2); lc.cap c7, (c4)`,
    receiving({ tag: true }),
  ],
  ["load_tags", "a tag that was not stored", `${POINTER}; cloadtags x7, (c2)`, reading({ data: 1n })],
  [
    "load_tags",
    "without Load_Cap",
    `${POINTER}; ${without(4)}; cloadtags x7, (c4)`,
    (event) => ({ ...retired(event), read: { address: AT, size: 64, data: 0n, tag: false }, authority: 4 }),
  ],
  [
    "store_capability",
    "without Store_Cap",
    `${POINTER}; ${without(5)}; sc.cap c3, (c4)`,
    stored(0xffff_0000_0000_0000n << 64n),
  ],
  [
    "store_local_capability",
    "without Store_Local_Cap",
    `${POINTER}; addi x9, x0, -2; candperm c3, c1, x9; ${without(6)}; sc.cap c3, (c4)`,
    stored((0xfffe_0000_0000_0000n << 64n) + AT),
  ],
];

const derivation: readonly Row[] = [
  ["restrict", "a sealed one changed", `${PAIR}; csetaddr c7, c3, x0`, receiving({ tag: true })],
  ["seal", "another type", "cseal c7, c2, c10", receiving({ otype: 9n })],
  ["seal", "more bytes", `${SMALL}; cseal c3, c2, c10`, receiving(WHOLE)],
  [
    "unseal",
    "of another type",
    `${PAIR}; cincoffsetimm c7, c10, 4; cunseal c8, c3, c7`,
    receiving({ tag: true }),
  ],
  ["seal_entry", "another type", "csealentry c2, c1", receiving({ otype: 5n })],
  ["rebuild", "beyond its authority", `${SMALL}; cbuildcap c3, c2, c1`, receiving({ tag: true })],
  ["rebuild", "sealed with a type", "cbuildcap c3, c2, c2", receiving({ otype: 5n })],
  ["seal", "under what is untagged", `${UNTAGGED}; cseal c7, c2, c4`, sealing()],
  ["seal", "under what is sealed", `${PAIR}; cseal c7, c2, c6`, sealing(6)],
  ["seal", "without Permit_Seal", `${POINTER}; ${without(7)}; cseal c7, c2, c4`, sealing()],
  ["seal", "with a type outside", `${SMALL}; cincoffsetimm c4, c2, 32; cseal c7, c2, c4`, sealing(4, 32n)],
  ["unseal", "under what is untagged", `${PAIR}; ${UNTAGGED}; cunseal c8, c3, c4`, unsealing()],
  ["unseal", "without Permit_Unseal", `${PAIR}; ${POINTER}; ${without(9)}; cunseal c8, c3, c4`, unsealing()],
  ["unseal", "more bytes", `${SMALL}; cseal c3, c2, c10; cunseal c8, c3, c10`, receiving(WHOLE)],
  ["seal_entry", "of what is sealed", `${PAIR}; csealentry c7, c3`, receiving({ tag: true })],
  ["rebuild", "from what is untagged", `${UNTAGGED}; cbuildcap c7, c4, c1`, receiving({ tag: true })],
  ["rebuild", "from what is sealed", `${PAIR}; cbuildcap c7, c6, c1`, receiving({ tag: true })],
  ["link", "not sealed", `${CODE}; jalr.cap c2, c3`, receiving({ otype: UNSEALED })],
];

const control: readonly Row[] = [
  ["jump", "outside of PCC", "jal x1, 8", reporting({ pcAfter: (1n << 64n) - 1n })],
  [
    "jump",
    "under nobody's authority",
    "bne x0, x0, 8",
    (event) => ({ ...event, pcAfter: event.pcBefore + 8n }),
  ],
  ["jump_capability", "PCC is more than cs1", `${CODE}; jalr.cap c2, c3`, replacing(0, WHOLE)],
  ["invoke", "data still sealed", `${PAIR}; cinvoke c3, c6`, receiving({ otype: 0n })],
  [
    "invoke",
    "two types",
    `${PAIR}; cincoffsetimm c7, c10, 4; cspecialrw c8, pcc, c0; cseal c8, c8, c7; cinvoke c8, c6`,
    (event) => ({ ...retired(event), authority: 6, source: 8 }),
  ],
  ["invoke", "an untagged pair", `${PAIR}; ccleartag c8, c3; cinvoke c8, c6`, invoked],
  ["invoke", "what is not sealed", "cspecialrw c8, pcc, c0; cmove c6, c10; cinvoke c8, c6", invoked],
  ["invoke", "data as code", `${PAIR}; cmove c8, c6; cinvoke c8, c6`, invoked],
  ["invoke", "code as data", `${PAIR}; cmove c8, c3; cmove c6, c3; cinvoke c8, c6`, invoked],
  ["jump_capability", "outside of the target", `${CODE}; jalr.cap c0, c3`, reporting({ pcAfter: AT })],
  ["return", "a seal broken", `${PAIR}; cspecialrw c0, mepcc, c3; mret`, replacing(0, { otype: UNSEALED })],
  ["never_retires", "a call", "ecall", retired],
  ["never_retires", "no instruction", ".4byte 0xffffffff", retired],
];

const system: readonly Row[] = [
  ["special_register", "more than was given", `${SMALL}; cspecialrw c3, ddc, c2`, replacing(0, WHOLE)],
  [
    "special_register",
    "more than was held",
    `${SMALL}; cspecialrw c0, ddc, c2; cspecialrw c3, ddc, c1`,
    receiving(WHOLE),
  ],
  [
    "system_register",
    "another CSR",
    "csrrw x1, mscratch, x2",
    reporting({ csr: { number: 0x342, value: 0n } }),
  ],
  [
    "system_register",
    "a sealed MEPCC moved",
    `${PAIR}; cspecialrw c0, mepcc, c3; csrrw x1, mepc, x0`,
    replacing(0, { tag: true }),
  ],
  ["clear", "another register", "cclear 0, 6", reporting({ cleared: 2 })],
];

/** A row or more for every clause. */
export const breaches: readonly Row[] = [
  ...universal,
  ...axioms,
  ...memory,
  ...derivation,
  ...control,
  ...system,
];
