import type { Capability, MemoryAccess, StepEvent } from "../../model/contract.ts";
import { disassemble } from "../../model/isa/index.ts";

/**
 * A function that spells the steps of one run, a line each: address, word, instruction and what it did.
 * It follows PCC from step to step, since the encoding mode decides what a word means.
 */
export function stepSpeller(): (event: StepEvent) => string {
  let capabilityMode = false;
  return (event) => {
    const text = disassemble(event.word, capabilityMode);
    const pcc = event.specials.find(({ scr }) => scr === 0);
    if (pcc !== undefined) capabilityMode = pcc.value.flags !== 0n;
    const word = event.word.toString(16).padStart((event.word & 3) === 3 ? 8 : 4, "0");
    const columns = [hex(event.pcBefore), word.padEnd(8), text.padEnd(30), ...effects(event)];
    return columns.join("  ").trimEnd();
  };
}

function effects(event: StepEvent): string[] {
  const { trap, register, read, write, csr, cleared, specials } = event;
  if (trap !== null) return [`trap cause ${trap.cause} value ${hex(trap.value)} -> ${hex(event.pcAfter)}`];
  const told: string[] = [];
  if (register?.kind === "integer") told.push(`x${register.index} = ${hex(register.value)}`);
  if (register?.kind === "capability") told.push(`c${register.index} = ${capabilityText(register.value)}`);
  if (cleared !== 0) told.push(`cleared ${hex(BigInt(cleared >>> 0))}`);
  if (csr !== null) told.push(`csr 0x${csr.number.toString(16)} = ${hex(csr.value)}`);
  for (const { scr, value } of specials) told.push(`scr ${scr} = ${capabilityText(value)}`);
  if (read !== null) told.push(`read ${accessText(read)}`);
  if (write !== null) told.push(`wrote ${accessText(write)}`);
  const length = (event.word & 3) === 3 ? 4n : 2n;
  if (event.pcAfter !== BigInt.asUintN(64, event.pcBefore + length)) told.push(`-> ${hex(event.pcAfter)}`);
  return told;
}

function capabilityText(cap: Capability): string {
  const sealed = cap.otype === 0x3ffffn ? "" : ` otype ${hex(cap.otype)}`;
  const range = `[${hex(cap.base)}, ${hex(cap.top)})`;
  return `${cap.tag ? "" : "untagged "}${hex(cap.address)} in ${range} perms ${hex(cap.perms)}${sealed}`;
}

function accessText({ address, size, data, tag }: MemoryAccess): string {
  return `${size} bytes at ${hex(address)}: ${hex(data)}${tag ? " tagged" : ""}`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
