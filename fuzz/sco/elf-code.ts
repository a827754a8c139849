/**
 * Compiled code as code of an object: each address becomes a capability where it is made, and each instruction that
 * reaches memory must have one. What cannot be followed is refused, never guessed.
 */
import { assemble } from "../../model/isa/index.ts";
import {
  type Instruction,
  isAdd,
  isPointer,
  opcode,
  RA,
  SP,
  type,
  type Values,
  value,
  valuesOf,
} from "./elf-flow.ts";
import { type Code, isReturn, withDistance } from "./elf-parse.ts";
import { hex, type Reference, refuse, type Section, type Target } from "./link-unit.ts";
import { SIZE } from "./writer.ts";

/** What a symbol of a relocation is, for the code that uses it. */
export interface Meaning extends Target {
  /** Where it is, and so what kind of pointer leads to it. */
  readonly section: Section;
}

/** Rewritten code. */
export interface Rewritten {
  readonly bytes: Uint8Array;
  readonly references: readonly Reference[];
  /** Where an instruction is now, by its offset in the section. */
  readonly placeOf: (at: number) => number;
}

/** gp and tp lead to what objects do not have; s10 and s11 hold the table of states and the caller's buffer. */
const RESERVED = new Map([
  [3, "gp"],
  [4, "tp"],
  [26, "s10; compile with -ffixed-x26"],
  [27, "s11; compile with -ffixed-x27"],
]);

const NOP = 0x13;
const EBREAK = 0x0010_0073;
const NEAR_MIN = -2048;
const NEAR_MAX = 2047;

/** Words for one instruction, and what the linker or the layout fills into them. */
interface Piece {
  readonly words: readonly number[];
  readonly cls?: Target;
  readonly slot?: Target;
  readonly jump?: Target;
}

/**
 * @param entries offsets where functions begin
 * @param meaningOf what the symbol of the relocation at an offset is
 * @throws BadInput naming section, offset and function.
 */
export function rewriteCode(
  code: Code,
  entries: readonly number[],
  meaningOf: (at: number) => Meaning,
): Rewritten {
  const before = valuesOf(code.instructions, entries);
  const pieces: Piece[] = [];
  for (const [index, instruction] of code.instructions.entries()) {
    const values = before[index];
    const previous = code.instructions[index - 1];
    if (previous !== undefined && isCall(previous)) pieces.push({ words: [] });
    else if (values === undefined) pieces.push(unreached(code, instruction));
    else {
      checkRegisters(code, instruction, values);
      pieces.push(pieceOf(code, instruction, values, meaningOf));
    }
  }
  return layOut(code, pieces);
}

function unreached({ where }: Code, { word, at }: Instruction): Piece {
  if (word !== NOP) refuse(where(at), "no function leads here, as far as can be seen");
  return { words: [word] };
}

function isCall({ type: kind }: Instruction): boolean {
  return kind === type.call || kind === type.callPlt;
}

/** Registers that an instruction reads and writes. */
function registersOf({ opcode: code, rd, rs1, rs2 }: Instruction): {
  reads: number[];
  writes: number | null;
} {
  switch (code) {
    case opcode.lui:
    case opcode.auipc:
    case opcode.jal:
      return { reads: [], writes: rd };
    case opcode.branch:
    case opcode.store:
      return { reads: [rs1, rs2], writes: null };
    case opcode.register:
    case opcode.register32:
    case opcode.atomic:
      return { reads: [rs1, rs2], writes: rd };
    case opcode.fence:
    case opcode.system:
      return { reads: [], writes: null };
    default:
      return { reads: [rs1], writes: rd };
  }
}

function checkRegisters({ where }: Code, instruction: Instruction, values: Values): void {
  const { at } = instruction;
  const { reads, writes } = registersOf(instruction);
  for (const register of [...reads, writes ?? 0]) {
    const name = RESERVED.get(register);
    if (name !== undefined) refuse(where(at), `expected no use of ${name}`);
  }
  if (isReturn(instruction)) {
    if (values[RA] !== value.back) refuse(where(at), "returns to where it did not come from");
    if (values[10] !== value.number)
      refuse(where(at), "leaves an address in a0, which is of no use outside; expected a number");
    return;
  }
  if (writes === RA || reads.includes(RA))
    refuse(
      where(at),
      "keeps or changes its return address, and the stack of an object holds none; expected a leaf function",
    );
  for (const register of reads) {
    const held = values[register]!;
    if (held === value.either)
      refuse(where(at), `x${register} can hold an address or a number, by the way that control takes`);
    if (held >= value.half && instruction.half !== held - value.half)
      refuse(where(at), `x${register} holds half an address`);
  }
  const isFrame =
    instruction.opcode === opcode.immediate && instruction.rs1 === SP && instruction.funct3 === 0;
  if (writes === SP && !isFrame) refuse(where(at), "expected a stack frame of fixed size");
}

function pieceOf(
  code: Code,
  instruction: Instruction,
  values: Values,
  meaningOf: (at: number) => Meaning,
): Piece {
  const { word, at, opcode: kind, rd, rs1, rs2, funct3, half } = instruction;
  const why = (text: string): never => refuse(code.where(at), text);
  const keep = { words: [word] };
  switch (kind) {
    case opcode.auipc:
      return isCall(instruction)
        ? tailCall(code, at, meaningOf(at))
        : address(code, instruction, meaningOf(at));
    case opcode.immediate:
      if (half !== null) return line(`cincoffsetimm c${rd}, c${rs1}, 0`);
      if (funct3 !== 0 || !isPointer(values[rs1]!)) return keep;
      return line(`cincoffsetimm c${rd}, c${rs1}, ${word >> 20}`);
    case opcode.register: {
      if (!isAdd(instruction) || isPointer(values[rs1]!) === isPointer(values[rs2]!)) return keep;
      const [pointer, number] = isPointer(values[rs1]!) ? [rs1, rs2] : [rs2, rs1];
      return line(`cincoffset c${rd}, c${pointer}, x${number}`);
    }
    case opcode.load:
      if (instruction.isFromTable) return line(`cincoffsetimm c${rd}, c${rs1}, 0`);
      if (half === null && !isPointer(values[rs1]!)) why(`loads from x${rs1}, which holds a number`);
      if (half !== null && isTable(code, half)) why("expected the whole address to be loaded");
      return half === null ? keep : { words: [word & 0x000f_ffff] };
    case opcode.store:
    case opcode.atomic:
      if (half === null && !isPointer(values[rs1]!)) why(`stores to x${rs1}, which holds a number`);
      if (half !== null && isTable(code, half)) why("stores to the table of addresses");
      if (values[rs2] !== value.number)
        why(`stores an address, x${rs2}: memory of compiled code has no room for one`);
      return half === null ? keep : { words: [word & 0x01ff_f07f] };
    case opcode.lui:
      return instruction.type === 0 ? keep : why("expected position-independent code; compile with -fPIC");
    case opcode.jal:
      if (rd !== 0) why("expected a leaf function, found a call");
      return instruction.branch === null ? tailJump(code, at, meaningOf(at)) : keep;
    case opcode.jalr:
      return isReturn(instruction)
        ? keep
        : why("expected no call or jump through a register; try -fno-jump-tables");
    case opcode.fence:
      return funct3 === 0 ? keep : why("expected an instruction of RV64IMA");
    case opcode.system:
      return word === EBREAK ? keep : why("expected no system instruction");
    case opcode.branch:
    case opcode.immediate32:
    case opcode.register32:
      return keep;
    default:
      return why(`expected an instruction of RV64IMA, found ${hex(word)}`);
  }
}

function isTable({ relocations }: Code, half: number): boolean {
  return relocations.get(half)!.type === type.gotHi20;
}

function line(text: string): Piece {
  return { words: [assemble(text, { capabilityMode: true })] };
}

/** The whole address as a capability, where the compiler makes the upper half. */
function address({ where }: Code, { at, rd, type: kind }: Instruction, meaning: Meaning): Piece {
  if (kind === type.tlsGotHi20 || kind === type.tlsGdHi20)
    refuse(where(at), `${meaning.name} is thread-local, and objects have no such data`);
  if (kind !== type.pcrelHi20 && kind !== type.gotHi20)
    refuse(
      where(at),
      kind === 0 ? "expected no use of the pc" : `relocation of type ${kind} is none that is known`,
    );
  if (rd === 0) refuse(where(at), "expected a register for an address, found x0");
  const { name, addend, section } = meaning;
  switch (section) {
    case "text":
      return refuse(
        where(at),
        `takes the address of the function ${name}; expected functions to be jumped to only`,
      );
    case "rodata":
      return { words: [NOP, NOP], slot: { name, addend } };
    case "data":
    case "bss": {
      if (addend < NEAR_MIN || addend > NEAR_MAX)
        refuse(where(at), `${name}: expected an offset from ${NEAR_MIN} to ${NEAR_MAX}, found ${addend}`);
      const further = addend === 0 ? [] : line(`cincoffsetimm c${rd}, c${rd}, ${addend}`).words;
      return { words: [NOP, NOP, NOP, ...further], cls: { name, addend: 0 } };
    }
  }
}

function tailCall(code: Code, at: number, meaning: Meaning): Piece {
  const next = code.instructions[at / 4 + 1];
  if (code.instructions.some(({ branch }) => branch === at + 4))
    refuse(code.where(at), "expected no jump between the halves of a call");
  if (next?.opcode !== opcode.jalr || next.rd !== 0 || next.rs1 !== code.instructions[at / 4]!.rd)
    refuse(
      code.where(at),
      `calls ${meaning.name}, and the stack of an object holds no return address; expected a leaf function`,
    );
  return tailJump(code, at, meaning);
}

function tailJump({ where }: Code, at: number, { name, addend, section }: Meaning): Piece {
  if (section !== "text") refuse(where(at), `expected ${name} in .text, found it in .${section}`);
  return { words: [assemble("cjal c0, 0", { capabilityMode: true })], jump: { name, addend } };
}

/** Pieces behind each other, and slots behind them. */
function layOut({ instructions, section, where }: Code, pieces: readonly Piece[]): Rewritten {
  const places: number[] = [];
  let size = 0;
  for (const { words } of pieces) {
    places.push(size);
    size += 4 * words.length;
  }
  const placeOf = (at: number) => places[at / 4] ?? size;
  const slotsAt = Math.ceil(size / SIZE.slot) * SIZE.slot;
  const slots = new Map<string, { readonly at: number; readonly target: Target }>();
  const references: Reference[] = [];
  const words = pieces.flatMap((piece, index) => {
    const { at: old, rd, branch } = instructions[index]!;
    const at = places[index]!;
    const told = where(old);
    if (piece.cls !== undefined)
      references.push({ kind: "cls", register: rd, at, target: piece.cls, where: told });
    if (piece.jump !== undefined) references.push({ kind: "jump", at, target: piece.jump, where: told });
    if (piece.slot !== undefined) {
      const { name, addend } = piece.slot;
      const key = `${name}+${addend}`;
      const slot = slots.get(key) ?? { at: slotsAt + SIZE.slot * slots.size, target: piece.slot };
      if (!slots.has(key)) references.push({ kind: "ro", section: "text", ...slot, where: told });
      slots.set(key, slot);
      return loadOfSlot(rd, slot.at - at);
    }
    if (branch === null) return piece.words;
    const moved = withDistance(piece.words[0]!, placeOf(branch) - at);
    return [moved ?? refuse(told, `no branch reaches so far as ${section.name}+${hex(branch)}`)];
  });
  const bytes = new Uint8Array(slotsAt + SIZE.slot * slots.size);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < slotsAt; at += 4) view.setUint32(at, (words[at / 4] ?? NOP) >>> 0, true);
  return { bytes, references, placeOf };
}

function loadOfSlot(register: number, distance: number): number[] {
  const high = (distance + 0x800) >> 12;
  return [
    `auipcc c${register}, ${high * 4096}`,
    `lc c${register}, ${distance - high * 4096}(c${register})`,
  ].map((text) => assemble(text, { capabilityMode: true }));
}
