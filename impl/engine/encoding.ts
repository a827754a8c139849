/** Reads the encodings of instructions: `Instruction.encodings` in operation.ts describes the notation. */

export type EncodingMode = "integer" | "capability";

/** Where a register operand comes from: `width` bits at `shift`, plus `first`; width 0 is the fixed register `first`. */
export interface RegisterField {
  readonly shift: number;
  readonly width: number;
  readonly first: number;
  /** Register 0 means DDC. */
  readonly ddc: boolean;
}

/** A run of immediate bits: `width` bits of the word at `from`, put at `to`. */
export interface ImmediatePart {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** How the operands of an encoding are cut out of its word. */
export interface Format {
  readonly rd: RegisterField | null;
  readonly rs1: RegisterField | null;
  readonly rs2: RegisterField | null;
  readonly imm: readonly ImmediatePart[];
  /** The immediate is sign-extended from its highest bit. */
  readonly signed: boolean;
}

export interface Encoding {
  readonly modes: readonly EncodingMode[];
  readonly bits: 16 | 32;
  readonly mask: number;
  readonly match: number;
  readonly format: Format;
}

const roleOf: Readonly<Record<string, "rd" | "rs1" | "rs2">> = {
  rd: "rd",
  cd: "rd",
  rs1: "rs1",
  cs1: "rs1",
  ds1: "rs1",
  rs2: "rs2",
  cs2: "rs2",
  ds2: "rs2",
};

/** One encoding from its spelling. Throws on a spelling that is not 16 or 32 bits, or names an unknown operand. */
export function parseEncoding(spelling: string): Encoding {
  const [fields, settings] = spelling.includes(";") ? splitAt(spelling, ";") : [spelling, ""];
  const tokens = fields.trim().split(/\s+/);
  const bits = tokens.reduce((sum, token) => sum + widthOf(token), 0);
  if (bits !== 16 && bits !== 32) throw new Error(`encoding of ${bits} bits: ${spelling}`);
  const draft: Draft = { rd: null, rs1: null, rs2: null, imm: [], signed: false };
  let mask = 0;
  let match = 0;
  let low: number = bits;
  for (const token of tokens) {
    low -= widthOf(token);
    if (/^[01]+$/.test(token)) {
      mask |= (2 ** token.length - 1) << low;
      match |= Number.parseInt(token, 2) << low;
    } else addOperand(draft, token, low);
  }
  let modes: readonly EncodingMode[] = ["integer", "capability"];
  for (const setting of settings.trim().split(/\s+/).filter(Boolean)) {
    const [name, value] = splitAt(setting, "=");
    if (name === "mode") modes = modes.filter((mode) => mode === value);
    else draft[role(name)] = { shift: 0, width: 0, first: Number(value), ddc: false };
  }
  return { modes, bits, mask: mask >>> 0, match: match >>> 0, format: draft };
}

type Draft = { -readonly [K in keyof Format]: Format[K] };

function addOperand(draft: Draft, token: string, low: number): void {
  const [names, slices] = splitAt(token.replace("]", ""), "[");
  for (const name of names.split("=")) {
    if (name === "_") continue;
    if (name === "imm" || name === "uimm") {
      draft.signed = name === "imm";
      draft.imm = [...draft.imm, ...partsOf(slices, low)];
      continue;
    }
    const short = name.endsWith("'");
    const plain = short ? name.slice(0, -1) : name;
    const field = {
      shift: low,
      width: sliceWidth(slices),
      first: short ? 8 : 0,
      ddc: plain.startsWith("ds"),
    };
    draft[role(plain)] = field;
  }
}

/** The slices of an immediate, most significant first in the word, whose lowest bit lies at `low`. */
function partsOf(slices: string, low: number): ImmediatePart[] {
  let from = low + sliceWidth(slices);
  return slices.split("|").map((slice) => {
    const width = sliceWidth(slice);
    from -= width;
    return { from, to: Number(slice.split(":").at(-1)), width };
  });
}

function sliceWidth(slices: string): number {
  return slices.split("|").reduce((sum, slice) => {
    const [high, low] = slice.split(":").map(Number);
    return sum + (high! - (low ?? high!) + 1);
  }, 0);
}

function widthOf(token: string): number {
  return token.includes("[") ? sliceWidth(splitAt(token.replace("]", ""), "[")[1]) : token.length;
}

function role(name: string): "rd" | "rs1" | "rs2" {
  const found = roleOf[name];
  if (!found) throw new Error(`unknown operand: ${name}`);
  return found;
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}
