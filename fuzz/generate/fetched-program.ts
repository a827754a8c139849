import type { MachineUnderTest, Program, Start, Trap } from "../../model/contract.ts";
import { encode } from "../../model/isa/index.ts";
import type { LiveMachine } from "./live.ts";
import type { WordSource } from "./word-source.ts";
import { definition } from "./words.ts";

/** What generating by execution needs of the reference: a machine to run, and a look at it. */
export type Model = MachineUnderTest & LiveMachine;

const CODE_BASE = 0x8000_0000n;
const CODE_BYTES_MAX = 2048;
/** 16 bits without effect, between pieces of code. */
const FILLER = 0x0001;
const NOP = 0x0000_0013;
/** Fetches that fail one after the other before the machine is taken to have left its code for good. */
const LOST_STEPS = 4;
const FETCH_ACCESS_FAULT = 1n;
const start: Start = { preset: "dii" };

/**
 * A program that lies in memory: instructions are written where pc is, just before they are first executed,
 * so that jumps, loops and trap handlers find code. When the source has no more words the code begins again
 * from its start, over what it has changed, until the steps are used up.
 */
export function fetchedProgram(source: WordSource, model: Model, budgetSteps: number): Program {
  const code = new Code(model);
  source.beginFetched();
  model.reset(start);
  let lost = 0;
  let isOver = false;
  for (let step = 0; step < budgetSteps && lost < LOST_STEPS; step++) {
    if (!isOver && code.isFree(model.pc())) {
      const word = source.next(model);
      isOver = word < 0;
      code.write(model.pc(), isOver ? jumpBack(model.pc()) : word);
    }
    const trap = trapOf(model);
    // A machine that throws stops here; whoever runs the program finds it doing so again, and tells.
    if (trap === undefined) break;
    if (trap !== null && !isOver && code.isFree(model.pc())) source.handleTrap();
    lost = trap?.cause === FETCH_ACCESS_FAULT ? lost + 1 : 0;
  }
  return {
    format: "capwright-program",
    version: 1,
    level: "machine",
    start,
    fetch: "memory",
    words: code.words(),
    budgetSteps,
    marks: [],
  };
}

/** Takes a step: its trap, if it had one; undefined if the machine threw. */
function trapOf(model: Model): Trap | null | undefined {
  try {
    return model.step().trap;
  } catch {
    return undefined;
  }
}

/** The code that has been written, by halfwords from the start of RAM. */
class Code {
  readonly #model: Model;
  readonly #halfwords = new Uint16Array(CODE_BYTES_MAX / 2).fill(FILLER);
  readonly #isWritten = new Uint8Array(CODE_BYTES_MAX / 2);
  #end = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  /** Whether an instruction can be written at an address: nobody has, neither this nor the program itself. */
  isFree(address: bigint): boolean {
    const at = Number(address - CODE_BASE) / 2;
    if (!Number.isInteger(at) || at < 0 || at + 2 > this.#halfwords.length) return false;
    if (this.#isWritten[at] === 1 || this.#isWritten[at + 1] === 1) return false;
    return this.#model.peek(address, 4).every((byte) => byte === 0);
  }

  write(address: bigint, word: number): void {
    const at = Number(address - CODE_BASE) / 2;
    const isWide = (word & 3) === 3;
    const halves = isWide ? [word & 0xffff, word >>> 16] : [word & 0xffff];
    halves.forEach((half, index) => {
      this.#halfwords[at + index] = half;
      this.#isWritten[at + index] = 1;
    });
    this.#end = Math.max(this.#end, at + halves.length);
    this.#model.load(address, new Uint8Array(Uint16Array.from(halves).buffer));
  }

  /** The words as they follow one another from the first on. */
  words(): number[] {
    const words: number[] = [];
    for (let at = 0; at < this.#end; ) {
      const low = this.#halfwords[at]!;
      const isWide = (low & 3) === 3;
      words.push(isWide ? (low | ((this.#halfwords[at + 1] ?? 0) << 16)) >>> 0 : low);
      at += isWide ? 2 : 1;
    }
    return words;
  }
}

/** A direct jump to the first instruction. */
function jumpBack(from: bigint): number {
  const distance = Number(CODE_BASE - from);
  return distance === 0 ? NOP : encode(definition("jal"), { rd: 0, imm: distance });
}
