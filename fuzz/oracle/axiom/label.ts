/** Labels: what an instruction is meant to do, by what authority, from what, and where to. */
import type { CapabilityIndex } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import { DDC, PCC } from "./authority.ts";
import type { Intention } from "./clauses.ts";

/** Picks a register or special register by its capability index; null when there is none. */
export type Pick = (step: JudgedStep) => CapabilityIndex | null;

export interface Label {
  /** In the order in which they are judged. */
  readonly intentions: readonly Intention[];
  readonly destination: Pick | null;
  /** What the destination receives; `status` is null with an address, in a capability register. */
  readonly result: "nothing" | "integer" | "status" | "capability";
  /** What the event must claim as the capability whose fields were checked; null: nothing. */
  readonly authority: Pick | null;
  /** What it must claim as the capability that was copied or derived; null: nothing. */
  readonly source: Pick | null;
  /** Other capabilities that it may pass on to registers: PCC into a link. */
  readonly passes: readonly Pick[];
  /** Bytes that it reads and writes; 0 if none. */
  readonly reads: number;
  readonly writes: number;
  /** Whether it may replace a special register, by scr number. */
  readonly replaces: (step: JudgedStep, scr: number) => boolean;
  /** Whether it reads a system register: a CSR, MEPCC, or what CSpecialRW names. */
  readonly readsSystem: boolean;
  /** Whether a tagged result may be sealed where its parent is not, or the other way round. */
  readonly reseals: boolean;
}

/** The register that an operand names. */
export function named(operand: string): Pick {
  return ({ operands }) => operands[operand]!;
}

/** The same register always. */
export function always(index: CapabilityIndex): Pick {
  return () => index;
}

/** The register that an operand names, where c0 stands for DDC. */
export function orDdc(operand: string): Pick {
  return ({ operands }) => (operands[operand] === 0 ? DDC : operands[operand]!);
}

/** The authority of ordinary accesses: DDC in integer mode, the base register in capability mode. */
export function byMode(base: Pick): Pick {
  return (step) => (step.before.pcc.flags === 0n ? DDC : base(step));
}

const idle: Label = {
  intentions: [],
  destination: null,
  result: "nothing",
  authority: null,
  source: null,
  passes: [],
  reads: 0,
  writes: 0,
  replaces: () => false,
  readsSystem: false,
  reseals: false,
};

/** Does nothing that a label tells. */
export function nothing(): Label {
  return idle;
}

/** Computes an integer. */
export function computes(destination: Pick | null): Label {
  return { ...idle, destination, result: "integer" };
}

export function loadsData(destination: Pick | null, authority: Pick, size: number): Label {
  return { ...computes(destination), intentions: ["load_data"], authority, reads: size };
}

export function storesData(authority: Pick, size: number): Label {
  return { ...idle, intentions: ["store_data"], authority, writes: size };
}

/** Stores if the address is reserved; `status` receives whether it did. */
export function storesDataIfReserved(status: Pick, authority: Pick, size: number): Label {
  return { ...storesData(authority, size), destination: status, result: "integer" };
}

export function updatesData(destination: Pick | null, authority: Pick, size: number): Label {
  return {
    ...loadsData(destination, authority, size),
    intentions: ["load_data", "store_data"],
    writes: size,
  };
}

const CAPABILITY = 16;

export function loadsCapability(destination: Pick | null, authority: Pick): Label {
  return {
    ...idle,
    intentions: ["load_capability"],
    destination,
    result: "capability",
    authority,
    reads: CAPABILITY,
  };
}

export function storesCapability(source: Pick, authority: Pick): Label {
  return {
    ...idle,
    intentions: ["store_capability", "store_local_capability"],
    authority,
    source,
    writes: CAPABILITY,
  };
}

/** As a capability is stored, if the address is reserved: only then is it the source. */
export function storesCapabilityIfReserved(
  status: Pick,
  result: "integer" | "status",
  source: Pick,
  authority: Pick,
): Label {
  const stored: Pick = (step) => (step.event.write === null ? null : source(step));
  return { ...storesCapability(stored, authority), destination: status, result };
}

export function swapsCapability(destination: Pick | null, source: Pick, authority: Pick): Label {
  return {
    ...loadsCapability(destination, authority),
    intentions: ["load_capability", "store_capability", "store_local_capability"],
    source,
    writes: CAPABILITY,
  };
}

/** Bytes of the line whose tags are read at once. */
const LINE = 64;

export function loadsTags(destination: Pick | null, authority: Pick): Label {
  return { ...computes(destination), intentions: ["load_tags"], authority, reads: LINE };
}

/** The destination receives what the source has, or less. */
export function restricts(destination: Pick | null, source: Pick): Label {
  return { ...idle, intentions: ["restrict"], destination, result: "capability", source };
}

/** The destination receives what the source has with another seal. */
export function reseals(
  intention: "seal" | "unseal" | "seal_entry" | "rebuild",
  destination: Pick,
  source: Pick,
  authority: Pick | null,
): Label {
  const passes = authority === null ? [] : [authority];
  return { ...restricts(destination, source), intentions: [intention], authority, passes, reseals: true };
}

/** Jumps within PCC, or (a branch) goes on; a link that is an integer. */
export function jumps(destination: Pick | null): Label {
  return { ...computes(destination), intentions: ["jump"], authority: always(PCC) };
}

export function branches(): Label {
  return {
    ...jumps(null),
    result: "nothing",
    authority: ({ event }) => (event.authority === null ? null : PCC),
  };
}

/** Jumps within PCC; the link is a sentry. */
export function jumpsAndLinks(destination: Pick | null): Label {
  return {
    ...jumps(destination),
    intentions: ["jump", "link"],
    result: "capability",
    source: always(PCC),
    reseals: true,
  };
}

const SCR_PCC = 0;

/** PCC becomes a capability; the link is a sentry of what PCC was. */
export function jumpsToCapability(destination: Pick | null, target: Pick): Label {
  return {
    ...idle,
    intentions: ["jump_capability", "link"],
    destination,
    result: "capability",
    authority: target,
    source: target,
    passes: [always(PCC)],
    replaces: (_, scr) => scr === SCR_PCC,
    reseals: true,
  };
}
