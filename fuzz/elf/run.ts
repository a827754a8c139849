import type { Engine } from "../../impl/engine/index.ts";
import { memSlot, RECORD_SLOTS, slot } from "../../impl/engine/record.ts";
import type { MachineUnderTest, StepEvent } from "../../model/contract.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import type { ElfProgram } from "./reader.ts";

/** How a bare-metal run ended. */
export type Outcome =
  | { readonly kind: "pass"; readonly steps: number }
  | { readonly kind: "fail"; readonly steps: number; readonly code: bigint }
  | { readonly kind: "unknown"; readonly steps: number; readonly reason: string };

/**
 * Resets a machine to the bare start, loads the program and stands before its first instruction.
 *
 * A machine starts at the base of RAM. Another entry point is reached by injected instructions that leave
 * every register null again; of what a program can see, only `mcycle` tells (it starts at 1).
 *
 * @param name stands for the program's file in messages.
 * @throws BadInput when a segment or the entry point lies outside RAM.
 */
export function loadElf(machine: MachineUnderTest, program: ElfProgram, name: string): void {
  machine.reset({ preset: "bare" });
  for (const { address, bytes, size } of program.segments) {
    requireRam(machine, address, size, `${name}: p_paddr`);
    machine.load(address, bytes);
  }
  requireRam(machine, program.entry, 2n, `${name}: e_entry`);
  if (program.entry % 2n !== 0n) throw new BadInput(`${name}: e_entry: expected an even address`);
  if (program.entry !== machine.ramBase) jumpTo(machine, program.entry);
}

/**
 * Steps until the program writes to `tohost`, or the budget ends.
 *
 * The protocol is that of riscv-tests: 1 says passed, an odd number is a failure with its upper bits as code.
 *
 * @param tohost address of the 8-byte mailbox, in RAM.
 * @param watch sees every step.
 */
export function runElf(
  machine: MachineUnderTest,
  tohost: bigint,
  budgetSteps: number,
  watch: (event: StepEvent) => void,
): Outcome {
  for (let steps = 1; steps <= budgetSteps; steps++) {
    const event = machine.step();
    watch(event);
    if (event.write === null || !touches(event.write.address, event.write.size, tohost)) continue;
    const outcome = answerIn(machine, tohost, steps);
    if (outcome !== null) return outcome;
  }
  return noAnswer(budgetSteps);
}

/**
 * The same on the engine, thousands of steps a call, seen by nobody. Once a call has written to `tohost` the
 * run starts again and ends exactly there, so that nothing behind the answer changes what is left in memory.
 *
 * @param restart puts the engine before the first instruction, as `loadElf` does.
 */
export function runElfInBatches(
  engine: Engine,
  tohost: bigint,
  budgetSteps: number,
  restart: () => void,
): Outcome {
  for (let steps = 0; steps < budgetSteps; ) {
    const count = engine.runTraced(budgetSteps - steps);
    const at = firstWrite(engine.records, count, tohost);
    steps += at < 0 ? count : at + 1;
    if (at < 0) continue;
    restart();
    engine.run(steps);
    const outcome = answerIn(engine, tohost, steps);
    if (outcome !== null) return outcome;
  }
  return noAnswer(budgetSteps);
}

/** The first of some trace records that wrote to the mailbox, or -1. */
function firstWrite(records: BigUint64Array, count: number, tohost: bigint): number {
  for (let index = 0; index < count; index++) {
    const at = index * RECORD_SLOTS + slot.write;
    const size = Number(records[at]!) & 0xff;
    if (size !== 0 && touches(records[at + memSlot.address]!, size, tohost)) return index;
  }
  return -1;
}

/** What the program says in `tohost`, or null while it says nothing. */
function answerIn(machine: MachineUnderTest, tohost: bigint, steps: number): Outcome | null {
  const value = readNumber(machine, tohost);
  if (value === 0n) return null;
  if (value === 1n) return { kind: "pass", steps };
  if (value % 2n === 1n) return { kind: "fail", steps, code: value >> 1n };
  return { kind: "unknown", steps, reason: `tohost: 0x${value.toString(16)} is no exit code` };
}

function noAnswer(steps: number): Outcome {
  return { kind: "unknown", steps, reason: `no answer in tohost after ${steps} steps` };
}

/**
 * The signature in the form of riscv-arch-test: one 32-bit word a line, eight hexadecimal digits, lowest
 * address first.
 *
 * @throws BadInput when the region is not in RAM, ends before it begins, or is no whole number of words.
 */
export function signatureText(machine: MachineUnderTest, begin: bigint, end: bigint, name: string): string {
  const size = end - begin;
  if (size < 0n || size % 4n !== 0n) {
    throw new BadInput(
      `${name}: end_signature: expected a multiple of 4 bytes behind begin_signature, found ${size}`,
    );
  }
  if (size === 0n) return "";
  requireRam(machine, begin, size, `${name}: begin_signature`);
  const bytes = machine.peek(begin, Number(size));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines = Array.from({ length: bytes.length / 4 }, (_, index) =>
    hexWord(view.getUint32(4 * index, true)),
  );
  return `${lines.join("\n")}\n`;
}

/** @throws BadInput, named by `field`, unless all `size` bytes at the address are RAM. */
export function requireRam(machine: MachineUnderTest, address: bigint, size: bigint, field: string): void {
  const { ramBase, ramSize } = machine;
  if (address >= ramBase && address + size <= ramBase + BigInt(ramSize)) return;
  const ram = `0x${ramBase.toString(16)} to 0x${(ramBase + BigInt(ramSize)).toString(16)}`;
  throw new BadInput(`${field}: ${size} bytes at 0x${address.toString(16)} lie outside RAM, ${ram}`);
}

/** Builds the address in x1, jumps to just before it, and clears on the way there what that has left. */
function jumpTo(machine: MachineUnderTest, entry: bigint): void {
  const tidying = ["addi x1, x0, 0", "csrrw x0, mcycle, x0", "csrrw x0, minstret, x0"];
  const from = entry - 4n * BigInt(tidying.length);
  const lines = ["addi x1, x0, 0"];
  for (let bit = 55n; bit >= 0n; bit -= 11n) {
    lines.push("slli x1, x1, 11", `addi x1, x1, ${(from >> bit) & 0x7ffn}`);
  }
  lines.push("jalr x0, 0(x1)", ...tidying);
  for (const word of assembleProgram(lines.join("\n")).words) {
    if (machine.inject(word).trap !== null) throw new Error("the way to the entry point must not trap");
  }
}

function touches(address: bigint, size: number, tohost: bigint): boolean {
  return address < tohost + 8n && address + BigInt(size) > tohost;
}

function readNumber(machine: MachineUnderTest, address: bigint): bigint {
  return Buffer.from(machine.peek(address, 8)).readBigUInt64LE();
}

function hexWord(word: number): string {
  return word.toString(16).padStart(8, "0");
}
