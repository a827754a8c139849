import { type Instruction, instructions, type Operand } from "../../model/isa/index.ts";

/** What an operand is to the generator: how a good value is chosen. */
export type Role =
  /** Any register as a destination. */
  | "destination"
  /** A source read as an integer. */
  | "integer"
  /** A source read as a capability. */
  | "capability"
  /** The register that holds the address of a data access. */
  | "pointer"
  /** The register that holds the target of a jump. */
  | "target"
  /** The offset added to a pointer. */
  | "offset"
  /** An offset from pc. */
  | "distance"
  | "immediate"
  | "csr"
  | "scr"
  | "field";

export interface Field {
  readonly name: string;
  readonly role: Role;
  readonly operand: Operand;
  /** Set when the operand lies in one piece of the word, at this bit. */
  readonly at: number | null;
  readonly least: number;
  /** How many values there are: every `scale` from `least` on. */
  readonly count: number;
  readonly scale: number;
}

/** Whose authority a data access needs: that of its base register or of DDC, by mode or whatever the mode. */
export type Authority = "by mode" | "capability" | "ddc";

/** An instruction, prepared for composing words of it. */
export interface Form {
  readonly index: number;
  readonly instruction: Instruction;
  readonly match: number;
  /** Pointers and targets first, since offsets depend on them. */
  readonly fields: readonly Field[];
  /** Bytes of its data access; 0 if it makes none. */
  readonly size: number;
  readonly authority: Authority;
  /** Whether the stack pointer is its base without being an operand. */
  readonly usesStack: boolean;
}

/** All instructions, in the order of the definitions. */
export const forms: readonly Form[] = instructions.map(prepared);

const byInstruction = new Map(forms.map((form) => [form.instruction, form]));

/** Those whose names fit; at least one does. */
export function formsNamed(names: RegExp): readonly Form[] {
  const found = forms.filter(({ instruction }) => names.test(instruction.name));
  if (found.length === 0) throw new Error(`defect: no instruction fits ${names}`);
  return found;
}

/**
 * The word of a form with one value for each field, in the order of `fields`. Values must be encodable. Hot.
 */
export function insert(word: number, field: Field, value: number): number {
  if (field.at !== null) return word | ((value & field.operand.slices[0]!.ones) << field.at);
  let result = word;
  for (const { at, low, ones } of field.operand.slices) result |= ((value >> low) & ones) << at;
  return result;
}

/** The value if the field can take it, else another that follows from it. Hot. */
export function legal(field: Field, value: number): number {
  const { least, count, scale, operand } = field;
  let steps = Math.floor((value - least) / scale);
  if (!(steps >= 0 && steps < count)) steps = Math.abs(Math.trunc(value)) % count;
  let result = least + steps * scale;
  while (operand.except.length > 0 && operand.except.includes(result)) {
    steps = (steps + 1) % count;
    result = least + steps * scale;
  }
  return result;
}

/** The form of a definition. */
export function formOf(instruction: Instruction): Form {
  return byInstruction.get(instruction)!;
}

function prepared(instruction: Instruction, index: number): Form {
  const { name } = instruction;
  const size = accessSize(name);
  const fields = instruction.operands.map((operand) => fieldOf(operand, name, size));
  const first = fields.filter(({ role }) => role === "pointer" || role === "target");
  return {
    index,
    instruction,
    match: instruction.match,
    fields: [...first, ...fields.filter((field) => !first.includes(field))],
    size,
    authority: name.endsWith(".ddc")
      ? "ddc"
      : name.endsWith(".cap") || size === 64
        ? "capability"
        : "by mode",
    usesStack: size > 0 && /^c\..*sp$/.test(name),
  };
}

/** Bytes of the data access that an instruction of this name makes; 0 if none. */
function accessSize(name: string): number {
  if (name === "cloadtags") return 64;
  const kind =
    /^(?:c\.)?[ls]([bhwdc])u?(?:sp)?(?:\.ddc|\.cap)?$/.exec(name) ??
    /^c\.c[ls](c)(?:sp)?$/.exec(name) ??
    /^(?:lr|sc|amo[a-z]+)\.([bhwdc])(?:\.ddc|\.cap)?$/.exec(name);
  return kind === null ? 0 : { b: 1, h: 2, w: 4, d: 8, c: 16 }[kind[1] as "b" | "h" | "w" | "d" | "c"];
}

function fieldOf(operand: Operand, name: string, size: number): Field {
  const { least, greatest, scale, slices } = operand;
  return {
    name: operand.name,
    role: roleOf(operand, name, size),
    operand,
    at: slices.length === 1 && slices[0]!.low === 0 ? slices[0]!.at : null,
    least,
    count: Math.floor((greatest - least) / scale) + 1,
    scale,
  };
}

function roleOf(operand: Operand, name: string, size: number): Role {
  const { kind, target } = operand;
  if (kind === "csr" || kind === "scr" || kind === "field") return kind;
  if (kind === "immediate") return target ? "distance" : size > 0 ? "offset" : "immediate";
  if (operand.name === "rd" || operand.name === "cd") return "destination";
  const isFirst = operand.name === "base" || operand.name === "rs1" || operand.name === "cs1";
  if (isFirst && size > 0) return "pointer";
  if (isFirst && /^(c\.)?(jalr|jr|cjalr|cjr|jalr\.cap|jalr\.pcc)$/.test(name)) return "target";
  return kind === "register" ? "integer" : "capability";
}
