/**
 * The illegal holes of opcode 0x5b (custom-2), where Xcheri lives: visible and deliberate.
 *
 * Together with the definitions they cover every word of the opcode exactly once. Source: CHERI ISAv9, Xcheri
 * encoding summary, as the authoritative model decodes it for RV64.
 */

/** An inclusive range of a field's values. */
type Range = readonly [first: number, last: number];

/** A region of words: those whose fields all lie in the ranges given. */
export interface Hole {
  readonly funct3: Range;
  readonly funct7: Range;
  /** Bits 24:20, the selector of one-source instructions and explicit-authority loads. */
  readonly rs2: Range;
  /** Bits 11:7, the selector of explicit-authority stores and of CInvoke. */
  readonly rd: Range;
  readonly why: string;
}

const ANY: Range = [0, 31];
const REGISTER: Range = [0, 0];

function twoSources(first: number, last: number, why = "no two-source instruction has this funct7"): Hole {
  return { funct3: REGISTER, funct7: [first, last], rs2: ANY, rd: ANY, why };
}

function oneSource(first: number, last: number, why = "no one-source instruction has this selector"): Hole {
  return { funct3: REGISTER, funct7: [0x7f, 0x7f], rs2: [first, last], rd: ANY, why };
}

function loads(first: number, last: number, why: string): Hole {
  return { funct3: REGISTER, funct7: [0x7d, 0x7d], rs2: [first, last], rd: ANY, why };
}

function stores(first: number, last: number, why: string): Hole {
  return { funct3: REGISTER, funct7: [0x7c, 0x7c], rs2: ANY, rd: [first, last], why };
}

export const holes: readonly Hole[] = [
  { funct3: [3, 7], funct7: [0, 0x7f], rs2: ANY, rd: ANY, why: "funct3 above 2 is unused" },
  twoSources(0x00, 0x00),
  twoSources(0x02, 0x07),
  twoSources(0x0a, 0x0a),
  twoSources(0x15, 0x15),
  twoSources(0x17, 0x1c),
  twoSources(0x22, 0x7b),
  stores(0x05, 0x07, "wider stores need RV128"),
  stores(0x0d, 0x0f, "wider stores need RV128"),
  stores(0x15, 0x17, "wider store-conditionals need RV128"),
  stores(0x1d, 0x1f, "wider store-conditionals need RV128"),
  loads(0x07, 0x07, "an unsigned doubleword load needs RV128"),
  loads(0x0f, 0x0f, "an unsigned doubleword load needs RV128"),
  loads(0x15, 0x16, "wider load-reserveds need RV128"),
  loads(0x1d, 0x1e, "wider load-reserveds need RV128"),
  { funct3: REGISTER, funct7: [0x7e, 0x7e], rs2: ANY, rd: [0, 0], why: "CInvoke has selector 1" },
  { funct3: REGISTER, funct7: [0x7e, 0x7e], rs2: ANY, rd: [2, 31], why: "CInvoke has selector 1" },
  oneSource(0x0d, 0x0d),
  oneSource(0x13, 0x13),
  oneSource(0x15, 0x16),
  oneSource(0x19, 0x1f),
];
