/** What a recorded run tells of its machine: what each register held before a step, and where it came from. */
import type { Capability, StepEvent } from "../records.ts";

const PCC = 0x20;
const DDC = 0x21;
/** Special registers that start as roots: DDC, MTCC, MEPCC, STCC, SEPCC. */
const ROOTS = [DDC, 0x3c, 0x3f, 0x2c, 0x2f];

const whole = { address: "0x0", base: "0x0", top: "0x10000000000000000", otype: "0x3ffff", flags: "0x0" };
const root: Capability = { ...whole, tag: true, perms: "0xffff" };
const nothing: Capability = { ...whole, tag: false, perms: "0x0" };

const specialNames: Readonly<Record<number, string>> = {
  0: "PCC",
  1: "DDC",
  12: "STCC",
  13: "STDC",
  14: "SScratchC",
  15: "SEPCC",
  28: "MTCC",
  29: "MTDC",
  30: "MScratchC",
  31: "MEPCC",
};

/** `c5`, `DDC`. */
export function nameOf(index: number): string {
  return index < 32 ? `c${index}` : (specialNames[index & 31] ?? `scr ${index & 31}`);
}

/** What is held before step `at`, by capability index (0 to 31 registers, from 0x20 on special registers). */
export function heldBefore(
  preset: "dii" | "bare",
  events: readonly StepEvent[],
  at: number,
): (index: number) => Capability {
  const held = new Map<number, Capability>(ROOTS.map((index) => [index, root]));
  held.set(PCC, { ...root, address: "0x80000000" });
  for (const event of events.slice(0, at)) {
    for (const [index, cap] of writtenBy(event)) held.set(index, cap);
    held.set(PCC, { ...held.get(PCC)!, address: event.pcAfter });
  }
  const initial = preset === "dii" ? root : nothing;
  return (index) => held.get(index) ?? (index > 0 && index < 32 ? initial : nothing);
}

/** Every register that a step wrote, an integer as a capability that grants nothing. */
export function writtenBy({ register, cleared, specials }: StepEvent): [index: number, cap: Capability][] {
  const written: [number, Capability][] = [];
  if (register?.kind === "integer") written.push([register.index, { ...nothing, address: register.value }]);
  if (register?.kind === "capability") written.push([register.index, register.value]);
  for (let index = 1; index < 32; index++) if ((cleared >>> index) & 1) written.push([index, nothing]);
  for (const { scr, value } of specials) written.push([0x20 | scr, value]);
  return written;
}

/** A capability of a run and what it was derived from. */
export interface Derived {
  readonly name: string;
  /** The step that made it; null of what was there from the start. */
  readonly at: number | null;
  readonly cap: Capability;
  readonly children: Derived[];
}

/**
 * The capabilities of a run as a forest: each hangs from the one that its step names as source, or that was stored where
 * it was loaded from.
 */
export function derivationsOf(preset: "dii" | "bare", events: readonly StepEvent[]): Derived[] {
  const start = heldBefore(preset, [], 0);
  const roots: Derived[] = [];
  const holders = new Map<number, Derived>();
  const stored = new Map<string, Derived>();
  const holderOf = (index: number): Derived => {
    const known = holders.get(index);
    if (known !== undefined) return known;
    const first = { name: `${nameOf(index)} at the start`, at: null, cap: start(index), children: [] };
    holders.set(index, first);
    roots.push(first);
    return first;
  };
  events.forEach((event, at) => {
    const parent = parentOf(event, holderOf, stored);
    if (event.write?.tag && parent !== null) stored.set(event.write.address, parent);
    for (const [index, cap] of writtenBy(event)) {
      if (index === PCC && parent === null) continue;
      const isInteger = index < 0x20 && event.register?.kind === "integer";
      const one: Derived = { name: nameOf(index), at, cap, children: [] };
      holders.set(index, one);
      (isInteger ? roots : (parent?.children ?? roots)).push(one);
    }
  });
  // Integers, and what was only looked at, matter where something came of them.
  return roots.filter(({ cap, children }) => cap.tag || children.length > 0);
}

function parentOf(
  { source, read }: StepEvent,
  holderOf: (index: number) => Derived,
  stored: ReadonlyMap<string, Derived>,
): Derived | null {
  if (source !== null) return holderOf(source);
  return read?.tag ? (stored.get(read.address) ?? null) : null;
}

/** The fields of a step as rows of text, in one order, so that two machines can be read side by side. */
export function fieldsOf(event: StepEvent | undefined): [name: string, value: string][] {
  if (event === undefined) return [];
  const { trap, register, cleared, specials, csr, read, write, authority, source } = event;
  return [
    ["word", `0x${event.word.toString(16).padStart((event.word & 3) === 3 ? 8 : 4, "0")}`],
    ["mode", ["user", "supervisor", "?", "machine"][event.mode] ?? "?"],
    ["pc before", event.pcBefore],
    ["pc after", event.pcAfter],
    ["trap", trap === null ? "none" : `cause ${BigInt(trap.cause)}, value ${trap.value}`],
    ["register", register === null ? "none" : registerText(register)],
    ["cleared", cleared === 0 ? "none" : `0x${(cleared >>> 0).toString(16)}`],
    ...specials.map(({ scr, value }): [string, string] => [nameOf(0x20 | scr), capabilityText(value)]),
    ["csr", csr === null ? "none" : `0x${csr.number.toString(16)} = ${csr.value}`],
    ["read", read === null ? "none" : accessText(read)],
    ["wrote", write === null ? "none" : accessText(write)],
    ["authority", authority === null ? "none" : nameOf(authority)],
    ["source", source === null ? "none" : nameOf(source)],
  ];
}

function registerText(register: NonNullable<StepEvent["register"]>): string {
  return register.kind === "integer"
    ? `x${register.index} = ${register.value}`
    : `c${register.index} = ${capabilityText(register.value)}`;
}

/** One line that says everything of a capability that counts. */
export function capabilityText({ tag, address, base, top, perms, otype, flags }: Capability): string {
  const seal = Number(otype) === 0x3ffff ? "" : `, otype ${otype}`;
  const mode = Number(flags) === 0 ? "" : ", capability mode";
  return `${tag ? "tagged" : "untagged"} ${address} in [${base}, ${top}), perms ${perms}${seal}${mode}`;
}

function accessText({ address, size, data, tag }: NonNullable<StepEvent["read"]>): string {
  return `${size} bytes at ${address}: ${data}${tag ? ", tagged" : ""}`;
}
