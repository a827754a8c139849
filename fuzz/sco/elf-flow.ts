/**
 * What registers of a compiled function can hold at each instruction: numbers, or what has to become a capability.
 *
 * A compiler keeps addresses in registers as numbers; an object has none that it could use. So every register is
 * followed from the function's entry on, and where it holds an address, that is a capability in the object.
 */

/** What a register holds; from HALF on: the upper half of the address that the auipc at this offset - HALF begins. */
export const value = { number: 0, stack: 1, back: 2, pointer: 3, either: 4, half: 16 } as const;

/** By register. */
export type Values = readonly number[];

/** One instruction, its fields and the relocation that names what it is about. */
export interface Instruction {
  readonly word: number;
  /** Offset in its section. */
  readonly at: number;
  readonly opcode: number;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  readonly funct3: number;
  readonly funct7: number;
  /** Of the relocation, 0 if there is none. */
  readonly type: number;
  /** Of a relocation for the lower half of an address: offset of the auipc that has the upper one. */
  readonly half: number | null;
  /** Whether it loads an address from the table of addresses. */
  readonly isFromTable: boolean;
  /** Where control goes beside the next instruction: an offset in the section; null if nowhere. */
  readonly branch: number | null;
  /** Whether the next instruction follows. */
  readonly goesOn: boolean;
}

export const opcode = {
  load: 0x03,
  fence: 0x0f,
  immediate: 0x13,
  auipc: 0x17,
  immediate32: 0x1b,
  store: 0x23,
  atomic: 0x2f,
  register: 0x33,
  lui: 0x37,
  register32: 0x3b,
  branch: 0x63,
  jalr: 0x67,
  jal: 0x6f,
  system: 0x73,
} as const;

/** Types of relocations, by the names of the psABI in lower case. */
export const type = {
  branch: 16,
  jal: 17,
  call: 18,
  callPlt: 19,
  gotHi20: 20,
  tlsGotHi20: 21,
  tlsGdHi20: 22,
  pcrelHi20: 23,
  pcrelLo12I: 24,
  pcrelLo12S: 25,
  hi20: 26,
  align: 43,
  relax: 51,
} as const;

export const RA = 1;
export const SP = 2;

/** At the entry of a function. */
const ENTRY: Values = Array.from({ length: 32 }, (_, register) =>
  register === RA ? value.back : register === SP ? value.stack : value.number,
);

/** The values before each instruction; undefined where control never comes. `entries` are offsets. */
export function valuesOf(
  instructions: readonly Instruction[],
  entries: readonly number[],
): readonly (Values | undefined)[] {
  const before: (Values | undefined)[] = instructions.map(() => undefined);
  const waiting: number[] = [];
  const arrive = (index: number, values: Values) => {
    const known = before[index];
    const met = known === undefined ? values : known.map((one, register) => meet(one, values[register]!));
    if (known !== undefined && met.every((one, register) => one === known[register])) return;
    before[index] = met;
    waiting.push(index);
  };
  for (const entry of entries) arrive(entry / 4, ENTRY);
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const instruction = instructions[index]!;
    const after = valuesAfter(instruction, before[index]!);
    if (instruction.goesOn && index + 1 < instructions.length) arrive(index + 1, after);
    if (instruction.branch !== null) arrive(instruction.branch / 4, after);
  }
  return before;
}

/** Whether it is an address, whole. */
export function isPointer(one: number): boolean {
  return one === value.pointer || one === value.stack;
}

function meet(one: number, other: number): number {
  if (one === other) return one;
  return isPointer(one) && isPointer(other) ? value.pointer : value.either;
}

function valuesAfter(instruction: Instruction, values: Values): Values {
  const { rd } = instruction;
  const result = resultOf(instruction, values);
  return result === null || rd === 0 ? values : values.with(rd, result);
}

/** What rd holds afterwards; null if it is not written. */
function resultOf(instruction: Instruction, values: Values): number | null {
  const { rs1, rs2, rd, at } = instruction;
  const [one, other] = [values[rs1]!, values[rs2]!];
  switch (instruction.opcode) {
    case opcode.store:
    case opcode.branch:
    case opcode.fence:
    case opcode.system:
    case opcode.jal:
    case opcode.jalr:
      return null;
    case opcode.auipc:
      return value.half + at;
    case opcode.load:
      return instruction.isFromTable ? value.pointer : value.number;
    case opcode.immediate:
      if (instruction.half !== null) return value.pointer;
      if (instruction.funct3 !== 0) return value.number;
      return one === value.stack && rd !== SP ? value.pointer : one;
    case opcode.register:
      return isAdd(instruction) ? sumOf(one, other) : value.number;
    default:
      return value.number;
  }
}

function sumOf(one: number, other: number): number {
  if (one === value.number) return isPointer(other) ? value.pointer : other;
  if (other === value.number) return isPointer(one) ? value.pointer : one;
  return isPointer(one) && isPointer(other) ? value.number : value.either;
}

export function isAdd({ opcode: code, funct3, funct7 }: Instruction): boolean {
  return code === opcode.register && funct3 === 0 && funct7 === 0;
}
