/** Mistakes in sealing and unsealing: who may, with which object type, and what comes out. */
import { ofKind } from "./planted-fault.ts";

const AUTHORITY = "impl/capability/authority.ts";
const INSTRUCTIONS = "impl/engine/ops-cheri-seal.ts";
const SEAL = "model/capability/seal.ts";
const NARROW = "model/capability/narrow.ts";

export const sealing = ofKind("sealing", [
  {
    id: "S02",
    source: "bluespec/Toooba d629d678",
    effect: "CUnseal asks for the permission to seal",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [{ file: AUTHORITY, from: "perm.unseal)", to: "perm.seal)" }],
    model: [{ file: SEAL, from: "permission.unseal)", to: "permission.seal)" }],
  },
  {
    id: "S03",
    source: "CTSRD-CHERI/riscv-isa-sim 1ef677c",
    effect: "CUnseal needs no permission",
    difficulty: 1,
    expect: ["A", "M", "L", "O", "D"],
    impl: [{ file: AUTHORITY, from: "perm.unseal)", to: "0n)" }],
    model: [{ file: SEAL, from: "    permits(authority, permission.unseal) &&\n", to: "" }],
  },
  {
    id: "S06",
    source: "CTSRD-CHERI/sail-cheri-riscv f27e639",
    effect:
      "sealed is a flag beside the object type, and it is not set for sentries: they can be used and changed",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: "impl/capability/format.ts",
        from: "return ne(and(high, OTYPE_MASK), OTYPE_MASK);",
        to: `const type = and(high, OTYPE_MASK);
  return and(ne(type, OTYPE_MASK), ne(type, OTYPE_SENTRY << OTYPE_SHIFT));`,
      },
      {
        file: "impl/engine/ops-jump.ts",
        from: "const flags = or(load32(PCC_AT, field.flags), flag.sealed);",
        to: "const flags = load32(PCC_AT, field.flags);",
      },
    ],
    model: [
      {
        file: SEAL,
        from: "return cap.otype !== otypeUnsealed(format);",
        to: "return cap.otype !== otypeUnsealed(format) && !isSentry(format, cap);",
      },
    ],
  },
  {
    id: "S07",
    source: "CTSRD-CHERI/sail-cheri-riscv 80ca7d2",
    effect: "CSeal and CCSeal compare the object type as a signed number: reserved ones pass as negative",
    difficulty: 4,
    expect: ["A", "L", "O", "D"],
    impl: [
      {
        file: AUTHORITY,
        from: "leU(addressValue(given.format, address), OTYPE_MAX),",
        to: "or(leU(addressValue(given.format, address), OTYPE_MAX), geU(address, -1n << 63n)),",
      },
    ],
    model: [
      {
        file: SEAL,
        from: "authority.address <= otypeMax(format)",
        to: "BigInt.asIntN(format.widths.address, authority.address) <= otypeMax(format)",
      },
    ],
  },
  {
    id: "S08",
    source: "CTSRD-CHERI/qemu 44a5bf3b",
    effect: "the twelve largest ordinary object types cannot be sealed with",
    difficulty: 3,
    over: true,
    expect: ["L", "O", "D"],
    impl: [{ file: AUTHORITY, from: ", OTYPE_MAX)", to: ", OTYPE_MAX - 12n)" }],
    model: [{ file: SEAL, from: "<= otypeMax(format)", to: "<= otypeMax(format) - 12n" }],
  },
  {
    id: "S11",
    source: "CTSRD-CHERI/qemu 2b1a3b1",
    effect: "CCSeal with an untagged authority does not pass its source through",
    difficulty: 3,
    over: true,
    expect: ["L", "O", "D"],
    impl: [{ file: AUTHORITY, from: "or(or(isZero(tag), isSealed(source))", to: "or(isSealed(source)" }],
    model: [{ file: SEAL, from: "    !authority.tag ||\n", to: "" }],
  },
  {
    id: "S12",
    source: "CTSRD-CHERI/qemu 6b93b4e",
    effect: "CSealEntry makes sentries of executable capabilities only",
    difficulty: 2,
    over: true,
    expect: ["O", "D"],
    impl: [
      {
        file: INSTRUCTIONS,
        from: "      and(tagOf(op.rs1), isZero(isSealedSlot(op.rs1))),\n",
        to: `      and(
        and(tagOf(op.rs1), isZero(isSealedSlot(op.rs1))),
        wrap(and(shrU(highOf(op.rs1), 49n), 1n)),
      ),
`,
      },
      {
        file: INSTRUCTIONS,
        from: 'import { and, isZero, or } from "../wasm/arithmetic.ts";',
        to: 'import { and, isZero, or, shrU, wrap } from "../wasm/arithmetic.ts";',
      },
    ],
    model: [
      {
        file: "model/isa/cheri-seal.ts",
        from: "sealEntry(clearTagIfSealed(machine.readCap(cs1)))",
        to: "clearTagIf(sealEntry(clearTagIfSealed(machine.readCap(cs1))), (machine.readCap(cs1).perms & 2n) === 0n)",
      },
    ],
  },
  {
    id: "W11",
    source:
      "none known; the check of CSeal that keeps compartments' object types apart; E04 is its like for accesses",
    effect: "CSeal seals with an object type outside the bounds of its authority",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: AUTHORITY,
        from: "authorizes(given.range, tag, high, address, perm.seal)",
        to: "and(and(tag, isZero(isSealed(high))), hasPerms(high, perm.seal))",
      },
    ],
    model: [
      {
        file: SEAL,
        from: `    permits(authority, permission.seal) &&
    inBounds(authority, authority.address, 1) &&
`,
        to: "    permits(authority, permission.seal) &&\n",
      },
    ],
  },
  {
    id: "W12",
    source: "none known; S02 to S18 leave CSeal's look at its source alone",
    effect: "CSeal gives a sealed capability another object type",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: INSTRUCTIONS,
        from: "const isOpen = and(tagOf(op.rs1), isZero(isSealedSlot(op.rs1)));",
        to: "const isOpen = tagOf(op.rs1);",
      },
    ],
    model: [
      {
        file: SEAL,
        from: "withOtype(clearTagIfSealed(format, cap), authority.address",
        to: "withOtype(cap, authority.address",
      },
    ],
  },
  {
    id: "W14",
    source: "none known; the comparison that makes an authority one for its own types; S03 is its permission",
    effect: "CUnseal unseals any ordinary object type with any authority",
    difficulty: 1,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: AUTHORITY,
        from: "and(isZero(hasReservedOtype(sealed)), eq(addressValue(format, address), otype(sealed)))",
        to: "isZero(hasReservedOtype(sealed))",
      },
    ],
    model: [{ file: SEAL, from: "    authority.address === cap.otype &&\n", to: "" }],
  },
  {
    id: "W15",
    source: "none known; the level of a capability, which S20 is about, on its other way out of a seal",
    effect: "CUnseal keeps Global although its authority is not Global",
    difficulty: 3,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      { file: INSTRUCTIONS, from: "and(withoutSeal(highOf(rs1)), global)", to: "withoutSeal(highOf(rs1))" },
    ],
    model: [
      {
        file: SEAL,
        from: "permits(authority, permission.global) ? cap.perms : cap.perms & ~permission.global",
        to: "cap.perms",
      },
    ],
  },
  {
    id: "W16",
    source: "none known; S08 off by more, and the other way",
    effect: "CUnseal opens sentries and the other reserved object types",
    difficulty: 5,
    expect: ["A", "L", "O", "D"],
    impl: [
      {
        file: AUTHORITY,
        from: "and(isZero(hasReservedOtype(sealed)), eq(addressValue(format, address), otype(sealed)))",
        to: "eq(addressValue(format, address), otype(sealed))",
      },
    ],
    model: [
      {
        file: SEAL,
        from: "authority.address === cap.otype &&\n    !hasReservedOtype(format, cap);",
        to: "authority.address === cap.otype;",
      },
    ],
  },
  {
    id: "W22",
    source: "none known; S12 in the other direction",
    effect: "CSealEntry makes a sentry of a capability that is sealed already",
    difficulty: 2,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: INSTRUCTIONS,
        from: "      and(tagOf(op.rs1), isZero(isSealedSlot(op.rs1))),\n",
        to: "      tagOf(op.rs1),\n",
      },
    ],
    model: [
      {
        file: "model/isa/cheri-seal.ts",
        from: "sealEntry(clearTagIfSealed(machine.readCap(cs1)))",
        to: "sealEntry(machine.readCap(cs1))",
      },
    ],
  },
  {
    id: "W29",
    source: "none known; CBuildCap's other rule, which E25, W04 and W52 are not about",
    effect: "CBuildCap keeps an ordinary seal, and so seals with any object type",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-derive.ts",
        from: "const asked = choose(isSentry(high), high, withoutSeal(high));",
        to: "const asked = high;",
      },
    ],
    model: [
      {
        file: NARROW,
        from: "withTag(isSentry(format, requested) ? requested : unseal(format, requested), true)",
        to: "withTag(requested, true)",
      },
      {
        file: NARROW,
        from: "isSentry(format, requested) ? sealEntry(format, filled) : filled",
        to: "{ ...filled, otype: requested.otype }",
      },
    ],
  },
]);
