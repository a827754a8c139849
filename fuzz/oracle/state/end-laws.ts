/** What the state at the end of a run must be: what its steps have told, and nothing else. */
import type { Capability, CapabilityIndex, MachineState } from "../../../model/contract.ts";
import { scrName } from "../../../model/isa/names.ts";
import { drawRanges } from "../../finding/range.ts";
import { areSame, highOf } from "../exact/capability.ts";
import type { Held } from "../oracle.ts";
import type { Opinion } from "../tally.ts";

const SPECIAL = 0x20;

/** end_registers: each register holds what a step put there last; x0 is null. */
export function registersAreHeld({ registers }: MachineState, held: Held): Opinion {
  if (registers.length !== SPECIAL) return [`there are ${registers.length} registers`];
  for (const [index, value] of registers.entries()) {
    const opinion = isHeld(value, index, `c${index}`, held);
    if (opinion !== "holds") return opinion;
  }
  return "holds";
}

/** end_specials: and so does each special register. */
export function specialsAreHeld({ specials }: MachineState, held: Held): Opinion {
  for (const { scr, value } of specials) {
    const opinion = isHeld(value, SPECIAL | scr, scrName(scr).toUpperCase(), held);
    if (opinion !== "holds") return opinion;
  }
  return "holds";
}

function isHeld(value: Capability, index: CapabilityIndex, name: string, held: Held): Opinion {
  const told = held.capability(index);
  if (areSame(value, told)) return "holds";
  const caps = [
    { name: "told", cap: told },
    { name: "held", cap: value },
  ];
  return [`${name} holds what no step has told`, ...drawRanges(caps)];
}

/** end_hart: pc and mode are where the last step left them. */
export function hartIsWhereItWasLeft({ pc, mode }: MachineState, held: Held): Opinion {
  if (pc === held.pc && mode === held.mode) return "holds";
  return [
    `the run ends at ${hex(pc)} in mode ${mode}; its last step left ${hex(held.pc)} in mode ${held.mode}`,
  ];
}

/** end_memory: tagged are the granules that steps stored tagged capabilities to, and those they still hold. */
export function memoryIsHeld({ memory }: MachineState, held: Held): Opinion {
  const tagged = memory.filter(({ tag }) => tag);
  const told = held.granules();
  if (tagged.length === 0 && told.length === 0) return "vacuous";
  const known = new Set(told.map(({ address }) => address));
  const forged = tagged.find(({ address }) => !known.has(address));
  if (forged !== undefined)
    return [`the granule at ${hex(forged.address)} is tagged, and no step stored a tag there`];

  const found = new Map(tagged.map((granule) => [granule.address, granule.data]));
  for (const { address, cap } of told) {
    const data = found.get(address);
    if (data === undefined)
      return [`the granule at ${hex(address)} has lost the tag that a step stored there`];
    if (data !== (highOf(cap) << 64n) + cap.address) {
      return [`the granule at ${hex(address)} holds ${hex(data)}, which is not the capability stored there`];
    }
  }
  return "holds";
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
