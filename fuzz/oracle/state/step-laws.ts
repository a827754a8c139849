/**
 * What the event of every step must look like beside those before it.
 *
 * Sources: riscv-formal, checks `pc_fwd`, `pc_bwd`, `reg`, `unique`; CHERI ISAv9, traps and the alignment of
 * capability accesses; RISC-V Privileged, modes and causes; CHERI-MIPS, S&P'20, ValidStateProp.
 */
import type { MemoryAccess, StepEvent, Trap } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import type { Opinion } from "../tally.ts";

const ADDRESS_MAX = (1n << 64n) - 1n;
const WORD_MAX = 0xffff_ffff;
const HALF_MAX = 0xffff;
const GRANULE = 16;
const LINE = 64;
const SCR_PCC = 0;
const SCR_MEPCC = 31;

/** Bytes of accesses, with the greatest value that fits. CLoadTags answers four tags. */
const dataMax: ReadonlyMap<number, bigint> = new Map([
  [1, 0xffn],
  [2, 0xffffn],
  [4, 0xffff_ffffn],
  [8, ADDRESS_MAX],
  [GRANULE, (1n << 128n) - 1n],
  [LINE, 15n],
]);

/** Causes that a machine without interrupts and translation can have, but for capability exceptions. */
const plainCauses = new Set([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 11n]);
const CAPABILITY_CAUSE = 0x1cn;
/** Of capability exceptions: length, tag, seal, type, and the missing permissions. */
const capabilityCauses = new Set([0x01, 0x02, 0x03, 0x04, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x18, 0x19]);

/** A bigint is stored into an array at next to no cost, and its halves are read as numbers: no other one is made. */
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);

function lowBits(value: bigint): number {
  whole[0] = value;
  return halves[0]!;
}

/** chain_order: steps are numbered from 0. */
export function orderIsNext({ event }: JudgedStep, expected: number): Opinion {
  return event.order === expected
    ? "holds"
    : [`the step says to be number ${event.order}, it is ${expected}`];
}

/** chain_pc: a step begins where the one before it ended. */
export function pcContinues({ event, before }: JudgedStep): Opinion {
  if (event.pcBefore === before.pc) return "holds";
  return [`the step begins at ${hex(event.pcBefore)}, the one before it ended at ${hex(before.pc)}`];
}

/** chain_mode: only traps and returns change the mode. */
export function modeContinues({ event, before }: JudgedStep): Opinion {
  if (event.mode === before.mode) return "holds";
  return [`the step runs in mode ${event.mode}, the one before it left mode ${before.mode}`];
}

/** word_form: a word has 32 bits, or 16 if it is a compressed one. */
export function wordFits({ event: { word } }: JudgedStep): Opinion {
  if (word >= 0 && word <= ((word & 3) === 3 ? WORD_MAX : HALF_MAX)) return "holds";
  return [`the word 0x${word.toString(16)} is too long`];
}

/** pc_form: a program counter has 64 bits, the lowest zero. */
export function pcFits({ event: { pcAfter } }: JudgedStep): Opinion {
  if (pcAfter >= 0n && pcAfter <= ADDRESS_MAX && (Number(BigInt.asUintN(1, pcAfter)) & 1) === 0)
    return "holds";
  return [`the next instruction is at ${hex(pcAfter)}`];
}

/** register_form: x0 is never written, and an integer has 64 bits. */
export function registerFits({ event: { register, cleared } }: JudgedStep): Opinion {
  if (register === null) return cleared === 0 ? "vacuous" : "holds";
  const { index } = register;
  if (index < 1 || index > 31) return [`register ${index} was written`];
  if (register.kind === "capability" || (register.value >= 0n && register.value <= ADDRESS_MAX))
    return "holds";
  return [`x${index} received ${hex(register.value)}, which does not fit 64 bits`];
}

/** access_form: sizes that exist, and data that fits them. */
export function accessesFit({ event: { read, write } }: JudgedStep): Opinion {
  if (read === null && write === null) return "vacuous";
  return accessFault(read) ?? accessFault(write) ?? "holds";
}

function accessFault(access: MemoryAccess | null): string[] | null {
  if (access === null) return null;
  const { address, size, data, tag } = access;
  const most = dataMax.get(size);
  if (most === undefined) return [`${size} bytes were accessed at ${hex(address)}`];
  if (data < 0n || data > most) return [`${hex(data)} is too much for ${size} bytes at ${hex(address)}`];
  if (address < 0n || address > ADDRESS_MAX) return [`${size} bytes were accessed at ${hex(address)}`];
  return tag && size !== GRANULE ? [`${size} bytes at ${hex(address)} carry a tag`] : null;
}

/** access_in_ram: nothing but RAM is mapped. */
export function accessesAreInRam({ event: { read, write } }: JudgedStep, base: bigint, end: bigint): Opinion {
  const access = write ?? read;
  if (access === null) return "vacuous";
  const last = access.address + BigInt(access.size);
  if (access.address >= base && last <= end) return "holds";
  return [`${access.size} bytes were accessed at ${hex(access.address)}, where no RAM is`];
}

/** access_aligned: capabilities, lines of tags, reservations and updates lie on multiples of their sizes. */
export function accessesAreAligned({ name, event: { read, write } }: JudgedStep): Opinion {
  const access = write ?? read;
  if (access === null) return "vacuous";
  const { address, size } = access;
  if (size < GRANULE && !isAtomic(name)) return "vacuous";
  if (lowBits(address) % size === 0) return "holds";
  return [`${size} bytes were accessed at ${hex(address)}, which is no multiple`];
}

function isAtomic(name: string): boolean {
  return name.startsWith("lr.") || name.startsWith("sc.") || name.startsWith("amo");
}

/** tag_known: memory has the tags that steps have stored, and no others. */
export function tagsAreKnown({ event: { read }, before }: JudgedStep): Opinion {
  if (read?.size !== GRANULE) return "vacuous";
  const stored = before.granule(read.address) !== null;
  if (stored === read.tag) return "holds";
  return [`the granule at ${hex(read.address)} is ${stored ? "not " : ""}tagged, a step left it otherwise`];
}

/** trap_alone: a step that traps reports nothing else but MEPCC and PCC. */
export function trapIsAlone({ event }: JudgedStep): Opinion {
  const { register, cleared, csr, read, write, authority, source, specials } = event;
  const isAlone =
    register === null &&
    cleared === 0 &&
    csr === null &&
    read === null &&
    write === null &&
    authority === null &&
    source === null;
  const [epcc, pcc] = specials;
  if (isAlone && specials.length === 2 && epcc!.scr === SCR_MEPCC && pcc!.scr === SCR_PCC) return "holds";
  return [`a step that traps reports ${effectsOf(event).join(", ")}`];
}

function effectsOf(event: StepEvent): string[] {
  const told = (["register", "csr", "read", "write", "authority", "source"] as const).filter(
    (field) => event[field] !== null,
  );
  return [
    ...told,
    ...(event.cleared === 0 ? [] : ["cleared registers"]),
    `special registers ${event.specials.map(({ scr }) => scr).join(" ") || "none"}`,
  ];
}

/** trap_form: a cause that exists, and a value that has its form. */
export function trapHasForm({ event: { trap } }: JudgedStep): Opinion {
  if (trap === null) return "vacuous";
  const { cause, value } = trap;
  if (plainCauses.has(cause)) return value >= 0n && value <= ADDRESS_MAX ? "holds" : [trapText(trap)];
  if (cause !== CAPABILITY_CAUSE || value < 0n || value >= 1n << 11n) return [trapText(trap)];
  return capabilityCauses.has(Number(value) & 0x1f) ? "holds" : [trapText(trap)];
}

function trapText({ cause, value }: Trap): string {
  return `there is no trap of cause ${cause} with value ${hex(value)}`;
}

function hex(value: bigint): string {
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
