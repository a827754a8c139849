/**
 * Loads and stores of capabilities (CHERI ISAv9): by the mode's authority, or naming DDC or a capability.
 *
 * A granule holds the address, the upper word in memory form (XORed with null's), and a tag beside RAM.
 */
import { memoryForm, perm } from "../capability/format.ts";
import { add, and, eq, mul, ne, or, shl, shrU } from "../wasm/arithmetic.ts";
import { type Code, i32, i64, type Local, type Statement, sequence } from "../wasm/code.ts";
import { call, choose, select, set, when } from "../wasm/control.ts";
import { load8u, load32, load32uTo64, load64, store8, store32, store64 } from "../wasm/memory.ts";
import { access } from "./access.ts";
import { field, flag, granule } from "./layout.ts";
import { checkedLoad, checkedStore } from "./memory-code.ts";
import type { Instruction, Operation } from "./operation.ts";
import { addressOf, highOf } from "./slot-code.ts";

export const CAPABILITY = { size: 16, aligned: true } as const;

/** A capability on its way from RAM to a register. */
export interface Loaded {
  readonly low: Local<"i64">;
  readonly high: Local<"i64">;
  /** Flag word: lazy, and tagged if the granule is and the authority has Load_Cap. */
  readonly flags: Local<"i32">;
}

/** Reads the granule at `at`. */
export function takeCapability(op: Operation, at: Local<"i32">): [Loaded, Statement] {
  const loaded = { low: op.locals.i64(), high: op.locals.i64(), flags: op.locals.i32() };
  const mayLoadTag = shrU(load32(op.authority, field.flags), Math.log2(flag.loadCap));
  const tag = and(and(load8u(op.granuleOf(at)), granule.tag), mayLoadTag);
  const statement = sequence(
    set(loaded.low, load64(at)),
    set(loaded.high, memoryForm(load64(at, 8))),
    set(loaded.flags, or(shl(tag, Math.log2(flag.tag)), flag.lazy)),
  );
  return [loaded, statement];
}

/** rd := what was loaded; its bounds are decoded when they are needed. */
export function giveCapability(op: Operation, { low, high, flags }: Loaded): Statement {
  return sequence(
    store64(op.rd, field.address, low),
    store64(op.rd, field.high, high),
    store32(op.rd, field.flags, flags),
    op.wroteCapability(),
  );
}

/** Permissions (flag bits) beside Store that storing the capability in rs2 needs. */
export function neededToStore(op: Operation): Code<"i32"> {
  const isLocal = eq(and(highOf(op.rs2), perm.global), 0n);
  const forTagged = select(isLocal, i32(flag.storeCap | flag.storeLocalCap), flag.storeCap);
  return choose(and(load32(op.rs2, field.flags), flag.tag), forTagged, 0);
}

/** Writes the capability in rs2 to the granule at `at`. Hot: a granule without decoded code needs no call. */
export function putCapability(op: Operation, at: Local<"i32">): Statement {
  const [flags, mark] = [op.locals.i32(), op.locals.i32()];
  const from = op.rs2;
  const tag = and(shrU(flags, Math.log2(flag.tag)), 1);
  const high = choose(eq(flags, flag.integer), i64(0n), memoryForm(highOf(from)));
  return sequence(
    set(flags, load32(from, field.flags)),
    set(mark, op.granuleOf(at)),
    when(ne(and(load8u(mark), ~granule.tag), granule.touched), [call(op.functions.touch, at, 16)]),
    store64(at, 0, addressOf(from)),
    store64(at, 8, high),
    store8(mark, 0, or(tag, granule.touched)),
  );
}

/** Address operands of the three forms: register and immediate, register alone. */
const indexed = (op: Operation) => add(addressOf(op.rs1), op.imm);
const plain = (op: Operation) => addressOf(op.rs1);

type AddressCode = (op: Operation) => Code<"i64">;
type Form = Pick<Instruction, "name" | "encodings"> & { readonly authority: "ddc" | "base" | "mode" };

function capabilityLoad(form: Form, addressCode: AddressCode): Instruction {
  return {
    ...form,
    emit: (op) => {
      const [address, at] = [op.locals.i64(), op.locals.i32()];
      const [loaded, take] = takeCapability(op, at);
      return [
        set(address, addressCode(op)),
        checkedLoad(op, at, address, CAPABILITY),
        take,
        op.usedAuthority(op.authority),
        op.didReadCapability(address, at),
        giveCapability(op, loaded),
      ];
    },
  };
}

function capabilityStore(form: Form, addressCode: AddressCode): Instruction {
  return {
    ...form,
    emit: (op) => {
      const [address, at, needs] = [op.locals.i64(), op.locals.i32(), op.locals.i32()];
      return [
        set(address, addressCode(op)),
        set(needs, neededToStore(op)),
        checkedStore(op, at, address, CAPABILITY, needs),
        putCapability(op, at),
        op.usedAuthority(op.authority),
        op.usedSource(op.rs2),
        op.didWriteCapability(address, at),
      ];
    },
  };
}

/** The tags of the 64-byte line at cs1, the lowest granule's in bit 0. */
const cloadtags: Instruction = {
  name: "cloadtags",
  encodings: ["1111111 10010 cs1[4:0] 000 rd[4:0] 1011011"],
  authority: "base",
  emit: (op) => {
    const [address, at, tags] = [op.locals.i64(), op.locals.i32(), op.locals.i64()];
    const line = access(64, flag.load | flag.loadCap, { aligned: true, store: false });
    const bits = and(load32uTo64(op.granuleOf(at)), 0x0101_0101n);
    return [
      set(address, addressOf(op.rs1)),
      set(at, call(op.functions.checkAccess, op.rs1, address, line)),
      when(eq(at, 0), [op.pendingTrap()]),
      // Four bytes, a bit in each, gathered in the fourth.
      set(tags, and(shrU(mul(bits, 0x0102_0408n), 24n), 15n)),
      op.usedAuthority(op.rs1),
      op.didReadTags(address, tags),
      op.writeInteger(tags),
    ];
  },
};

/** In capability mode, what are the compressed loads and stores of floating-point numbers otherwise. */
const compressed = {
  lc: [
    "001 uimm[5|4|8] cs1'[2:0] uimm[7:6] cd'[2:0] 00; mode=capability",
    "001 uimm[5] cd[4:0] uimm[4|9:6] 10; cs1=2 mode=capability",
  ],
  sc: [
    "101 uimm[5|4|8] cs1'[2:0] uimm[7:6] cs2'[2:0] 00; mode=capability",
    "101 uimm[5|4|9:6] cs2[4:0] 10; cs1=2 mode=capability",
  ],
};

const noDestination: Instruction = {
  name: "illegal",
  encodings: ["001 _[0] 00000 _[4:0] 10; mode=capability"],
  emit: (op) => [op.illegal()],
};

export const capabilityMemoryInstructions: readonly Instruction[] = [
  noDestination,
  capabilityLoad(
    {
      name: "lc",
      encodings: ["imm[11:0] rs1[4:0] 010 cd[4:0] 0001111", ...compressed.lc],
      authority: "mode",
    },
    indexed,
  ),
  capabilityStore(
    {
      name: "sc",
      encodings: ["imm[11:5] cs2[4:0] rs1[4:0] 100 imm[4:0] 0100011", ...compressed.sc],
      authority: "mode",
    },
    indexed,
  ),
  capabilityLoad(
    { name: "lc.ddc", encodings: ["1111101 10111 rs1[4:0] 000 cd[4:0] 1011011"], authority: "ddc" },
    plain,
  ),
  capabilityLoad(
    { name: "lc.cap", encodings: ["1111101 11111 cs1[4:0] 000 cd[4:0] 1011011"], authority: "base" },
    plain,
  ),
  capabilityStore(
    { name: "sc.ddc", encodings: ["1111100 cs2[4:0] rs1[4:0] 000 00100 1011011"], authority: "ddc" },
    plain,
  ),
  capabilityStore(
    { name: "sc.cap", encodings: ["1111100 cs2[4:0] cs1[4:0] 000 01100 1011011"], authority: "base" },
    plain,
  ),
  cloadtags,
];
