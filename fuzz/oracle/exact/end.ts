/** The state at the end of a run: what the steps have told, and nothing else. */
import type { MachineState } from "../../../model/contract.ts";
import type { Held } from "../oracle.ts";
import { areSame, differences, hexOf, placedAt } from "./capability.ts";
import type { Hart } from "./hart.ts";

/** One line for each part of the state that no step accounts for. */
export function endDifferences(state: MachineState, held: Held, hart: Hart): string[] {
  return [
    ...positionDifferences(state, held, hart),
    ...capabilityDifferences(state, held),
    ...csrDifferences(state, hart),
    ...memoryDifferences(state, hart),
  ];
}

function positionDifferences(state: MachineState, held: Held, hart: Hart): string[] {
  const lines: string[] = [];
  if (state.pc !== held.pc) lines.push(`pc is ${hexOf(state.pc)}, must be ${hexOf(held.pc)}`);
  if (state.mode !== hart.mode) lines.push(`the mode is ${state.mode}, must be ${hart.mode}`);
  if (state.reservation !== hart.reservation) {
    lines.push(`the reservation is ${state.reservation}, must be ${hart.reservation}`);
  }
  return lines;
}

function capabilityDifferences(state: MachineState, held: Held): string[] {
  const registers = state.registers.flatMap((value, index) => {
    const expected = held.capability(index);
    return areSame(value, expected) ? [] : differences(`c${index}`, value, expected);
  });
  const specials = state.specials.flatMap(({ scr, value }) => {
    const whole = held.capability(0x20 | scr);
    const expected = scr === 0 ? placedAt(whole, held.pc, whole.tag, whole.otype) : whole;
    return areSame(value, expected) ? [] : differences(`special register ${scr}`, value, expected);
  });
  return [...registers, ...specials];
}

function csrDifferences({ csrs }: MachineState, hart: Hart): string[] {
  const known = new Map([
    [0x300, hart.mstatus],
    [0x301, hart.misa],
    [0x304, hart.mie],
    [0x306, hart.mcounteren],
    [0x340, hart.mscratch],
    [0x342, hart.mcause],
    [0x343, hart.mtval],
  ]);
  return csrs.flatMap(({ number, value }) => {
    const expected = known.get(number);
    if (expected === undefined || expected === value) return [];
    return [`CSR ${hexOf(BigInt(number))} is ${hexOf(value)}, must be ${hexOf(expected)}`];
  });
}

/** Every byte and every tag: a store touches its own granules and no others. */
function memoryDifferences(state: MachineState, { memory }: Hart): string[] {
  const lines: string[] = [];
  const reported = new Set<bigint>();
  for (const { address, data, tag } of state.memory) {
    reported.add(address);
    const expected = memory.read(address, 16);
    if (data !== expected) lines.push(`at ${hexOf(address)} lies ${hexOf(data)}, must be ${hexOf(expected)}`);
    if (tag !== memory.tagAt(address)) lines.push(`the tag at ${hexOf(address)} is ${tag}, must be ${!tag}`);
  }
  for (const address of memory.filled()) {
    if (!reported.has(address)) lines.push(`at ${hexOf(address)} lies nothing`);
  }
  return lines;
}
