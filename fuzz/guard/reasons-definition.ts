/**
 * Reasons that follow from the definition of an instruction: its operands, its length, the memory that it
 * reaches.
 */
import type { Form } from "../generate/form.ts";
import { named, type Reason } from "./reason.ts";

/** Whether some operand of these names can be register 0. */
function mayNameZero({ instruction }: Form, names: RegExp): boolean {
  return instruction.operands.some(
    ({ name, least, except }) => names.test(name) && least === 0 && !except.includes(0),
  );
}

/** Whether the authority is a capability register in every mode in which the instruction exists. */
function needsCapability({ authority, instruction }: Form): boolean {
  return authority === "capability" || instruction.mode === "capability";
}

/** The bytes that a label of the switches in the model's memory stands for. */
const LABEL_BYTES: Readonly<Record<string, number>> = { "case 1": 1, "case 2": 2, "case 4": 4, default: 8 };

const POSITIVE = "the immediate is positive and less than a representable region";
const SIZE = "the size of the access is part of the definition";

export const byDefinition: readonly Reason[] = [
  {
    why: SIZE,
    guards: /^createMemory\.(read|write): /,
    never: true,
    of: ({ size }, { text }) => size !== LABEL_BYTES[text],
  },
  {
    why: SIZE,
    guards: /^createMemory\.(read|write): /,
    never: false,
    of: ({ size }, { text }) => size === LABEL_BYTES[text],
  },
  { why: SIZE, guards: /^loadFrom: size === 4$/, never: true, of: ({ size }) => size !== 4 },
  { why: SIZE, guards: /^loadFrom: size === 4$/, never: false, of: ({ size }) => size === 4 },
  {
    why: "every address is aligned to one byte",
    guards: /^aligned: /,
    never: false,
    of: ({ size }) => size === 1,
  },
  {
    why: "the definition names DDC as the authority",
    guards: /^capabilityAt: index === DDC$/,
    never: false,
    of: ({ authority }) => authority === "ddc",
  },
  {
    why: "the definition names a register as the authority",
    guards: /^capabilityAt: index === DDC$/,
    never: true,
    of: needsCapability,
  },
  {
    why: "DDC is the authority and no register is read as a capability",
    guards: /^createMachine\.readCap: /,
    never: null,
    of: ({ authority, instruction }) =>
      authority === "ddc" && !instruction.operands.some(({ name }) => /^cs/.test(name)),
  },
  {
    why: "no operand names x0 as the destination",
    guards: /^createMachine\.writeInt: index === 0$/,
    never: true,
    of: (form) => !mayNameZero(form, /^(rd|rs2)$/),
  },
  {
    why: "no operand names c0 as the destination",
    guards: /^createMachine\.writeCap: index === 0$/,
    never: true,
    of: (form) =>
      /^(c\.cjalr|cinvoke)$/.test(form.instruction.name) ||
      (form.instruction.name !== "c.cjr" && !mayNameZero(form, /^(cd|cs2)$/)),
  },
  {
    why: "the link goes to c0",
    guards: /^createMachine\.writeCap: index === 0$/,
    never: false,
    of: named(/^c\.cjr$/),
  },
  {
    why: "it has no offset",
    guards: /^jumpToCapability: offset === 0n$/,
    never: false,
    of: ({ instruction }) => !instruction.operands.some(({ name }) => name === "imm"),
  },
  {
    why: "an immediate of 12 bits is less than a representable region",
    guards: /^isIncrementFast: beyond === -1n$/,
    never: false,
    of: ({ instruction }) =>
      instruction.operands.some(({ kind, bits }) => kind === "immediate" && bits <= 12),
  },
  {
    why: POSITIVE,
    guards: /^isIncrementFast: beyond === 0n$/,
    never: false,
    of: addsPositive,
  },
  {
    why: POSITIVE,
    guards: /^isIncrementFast: (beyond === -1n|incrementMid >= toStart|regionStart !== addressMid)$/,
    never: null,
    of: addsPositive,
  },
  {
    why: "a length of 12 bits needs no internal exponent and no rounding",
    guards: /^boundsRounded: (exponent === 0n|length >> )/,
    never: false,
    of: setsShort,
  },
  {
    why: "a length of 12 bits needs no internal exponent and no rounding",
    guards: /^(boundsRounded: (spread|overflow)|unitsAround: )/,
    never: null,
    of: setsShort,
  },
  {
    why: "a length of 12 bits needs no internal exponent and no rounding",
    guards: /^mantissasFrom: (field|internal)/,
    never: true,
    of: setsShort,
  },
  {
    why: "a length of 12 bits needs no internal exponent and no rounding",
    guards: /^boundsAt: exponent < /,
    never: false,
    of: setsShort,
  },
  {
    why: "the instruction always writes the CSR",
    guards: /^(access|csrTrap): writes$/,
    never: false,
    of: named(/^csrrwi?$/),
  },
  {
    why: "the counters that mcounteren rules are read-only, which is refused first",
    guards: /^csrTrap: !isCounterEnabled/,
    never: true,
    of: named(/^csrrwi?$/),
  },
  {
    why: "the counters that mcounteren rules are read-only, which is refused first",
    guards: /^isCounterEnabled: number !== /,
    never: false,
    of: named(/^csrrwi?$/),
  },
  {
    why: "the counters that mcounteren rules are read-only, which is refused first",
    guards: /^isCounterEnabled: \(\(machine\.csrs\.mcounteren/,
    never: null,
    of: named(/^csrrwi?$/),
  },
  {
    why: "the bits lie above an immediate of five bits",
    guards: /^legalMstatus: \(value & MPP\) === MPP$/,
    never: true,
    of: named(/^csrrwi$/),
  },
  {
    why: "the bits lie above an immediate of five bits",
    guards: /^writeMisa: f === 0n$/,
    never: false,
    of: named(/^csrrwi$/),
  },
  {
    why: "CClear writes no special register but DDC, and that with null",
    guards: /^(writeSpecial: (number === scr\.[ms]tcc|vector)$)/,
    never: true,
    of: named(/^cclear$/),
  },
  {
    why: "CClear writes no special register but DDC, and that with null",
    guards: /^writeSpecial: number === scr\.ddc$/,
    never: false,
    of: named(/^cclear$/),
  },
  {
    why: "CClear writes no special register but DDC, and that with null",
    guards: /^(legalTvec|mantissasFrom|boundsAt|moved|withAddressExact|covers|clearTagIf|isSealed): /,
    never: null,
    of: named(/^cclear$/),
  },
];

/** A length that is less than what bounds express without an exponent, whatever the base. */
function setsShort({ instruction }: Form): boolean {
  return (
    /^csetbounds/.test(instruction.name) &&
    instruction.operands.some(({ kind, greatest }) => kind === "immediate" && greatest < 2 ** 12)
  );
}

function addsPositive({ instruction }: Form): boolean {
  return instruction.operands.some(({ kind, bits, signed }) => kind === "immediate" && bits <= 12 && !signed);
}
