/** Mistakes in what a seal protects from: changes, and being unsealed unasked. */
import { ofKind } from "./planted-fault.ts";

const DERIVE = "impl/engine/ops-cheri-derive.ts";
const TRAP = "impl/engine/trap.ts";
const NARROW = "model/capability/narrow.ts";
const SPECIALS = "model/machine/specials.ts";

export const sealed = ofKind("sealing", [
  {
    id: "S17",
    source: "CTSRD-CHERI/qemu 57b728d",
    effect: "a sealed MEPCC keeps its tag although its address is changed to an even one",
    difficulty: 3,
    expect: ["M", "O", "D"],
    impl: [{ file: TRAP, from: "call(setAddress, slot, legal)", to: "store64(slot, field.address, legal)" }],
    model: [
      {
        file: SPECIALS,
        from: "withAddressExact(epcc, epcc.address & ~1n)",
        to: "{ ...epcc, address: epcc.address & ~1n }",
      },
    ],
  },
  {
    id: "S20",
    source: "riscv/riscv-cheri#439",
    effect: "CAndPerm changes the level of a sealed capability: it may take Global away, and the tag stays",
    difficulty: 4,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: DERIVE,
        from: "and(withoutTagIfSealed(flags), or(kept, ~0xffff))",
        to: "and(choose(and(flags, sub(i32(0xffff), or(kept, 1))), withoutTagIfSealed(flags), flags), or(kept, ~0xffff))",
      },
    ],
    model: [
      {
        file: NARROW,
        from: "withPerms(clearTagIfSealed(format, cap), cap.perms & perms)",
        to: "withPerms((cap.perms & ~perms) >> 1n === 0n ? cap : clearTagIfSealed(format, cap), cap.perms & perms)",
      },
    ],
  },
  {
    id: "W23",
    source: "none known; E18 forgets one reason to clear a tag, this the other",
    effect: "CIncOffset, CSetOffset and CFromPtr move a sealed capability",
    difficulty: 1,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: "impl/capability/slots.ts",
        from: "choose(fits, withoutTagIfSealed(flags), flag.lazy)",
        to: "choose(fits, flags, flag.lazy)",
      },
    ],
    model: [
      {
        file: "model/capability/address.ts",
        from: `  const result = moved(format, clearTagIfSealed(format, cap), address);
  return clearTagIf(result, !isRepresentableFast`,
        to: `  const result = moved(format, cap, address);
  return clearTagIf(result, !isRepresentableFast`,
      },
    ],
  },
  {
    id: "W24",
    source: "none known; the flag of a sentry decides how the code behind it is decoded",
    effect: "CSetFlags changes a sealed capability",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: DERIVE,
        from: "replaceHigh(op, op.rs1, high, isTaggedUnsealed(op))",
        to: "replaceHigh(op, op.rs1, high, tagOf(op.rs1))",
      },
    ],
    model: [
      {
        file: NARROW,
        from: "withFlags(clearTagIfSealed(format, cap), flags",
        to: "withFlags(cap, flags",
      },
    ],
  },
  {
    id: "W25",
    source: "none known; S20 for all permissions",
    effect: "CAndPerm takes permissions from a sealed capability",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: DERIVE,
        from: "and(withoutTagIfSealed(flags), or(kept, ~0xffff))",
        to: "and(flags, or(kept, ~0xffff))",
      },
    ],
    model: [
      {
        file: NARROW,
        from: "withPerms(clearTagIfSealed(format, cap), cap.perms & perms)",
        to: "withPerms(cap, cap.perms & perms)",
      },
    ],
  },
  {
    id: "W27",
    source: "none known; E19 and E21 forget a reason to clear the tag of new bounds, this the third",
    effect: "CSetBounds narrows a sealed capability",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: "impl/capability/slots.ts",
        from: "and(isUnsealedTagged(flags), isRequestWithin(",
        to: "and(ne(and(flags, flag.tag), 0), isRequestWithin(",
      },
    ],
    model: [
      {
        file: NARROW,
        from: "bounded(format, clearTagIfSealed(format, cap), base, base + length)",
        to: "bounded(format, cap, base, base + length)",
      },
    ],
  },
  {
    id: "W32",
    source: "none known; S14 asks for an unsealed PCC, which is not for every way to it",
    effect: "a trap unseals MTCC, whatever its object type",
    difficulty: 3,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: TRAP,
        from: "...copySlot(i32(PCC_AT), i32(MTCC_AT)),\n",
        to: "...copySlot(i32(PCC_AT), i32(MTCC_AT)),\n      call(settle, PCC_AT),\n      ...unseal(PCC_AT),\n",
      },
    ],
    model: [
      {
        file: "model/machine/traps.ts",
        from: "enter(machine, vector, vector",
        to: "enter(machine, unseal(vector), vector",
      },
      {
        file: "model/machine/traps.ts",
        from: "import { permission, permits }",
        to: "import { permission, permits, unseal }",
      },
    ],
  },
  {
    id: "W33",
    source: "none known; S04 for the return from a trap",
    effect: "MRET unseals MEPCC, whatever its object type",
    difficulty: 3,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: TRAP,
        from: "when(eq(and(load64(PCC_AT, field.high), OTYPE), SENTRY), unseal(PCC_AT)),",
        to: "...unseal(PCC_AT),",
      },
    ],
    model: [
      {
        file: SPECIALS,
        from: "return isSentry(target) ? unseal(target) : target;",
        to: "return unseal(target);",
      },
    ],
  },
]);
