/**
 * What is known, while a path is translated, of the registers that its instructions use: what allows accesses and only
 * moves along, links that the path itself has left, and what a loop never writes.
 *
 * All of it rests on this: within a path nothing of PCC changes but its address and encoding mode (path.ts leaves it
 * where more does), and a register changes only where an instruction names it as rd, or says that it writes others.
 */
import { type Code, i32, i64, type Local, type Statement, sequence } from "../wasm/code.ts";
import type { Locals } from "../wasm/module.ts";
import type { Site } from "./emission.ts";
import { SINK_AT, WINDOWS_AT, WINDOWS_END } from "./layout.ts";
import type { AccessWindow, Link, Permission } from "./operation.ts";
import type { Path, PathStep } from "./path-step.ts";

/** A condition worked out before the first turn of a loop; `looks` does that, and is filled in by its instruction. */
interface Foreseen {
  readonly holds: Local<"i32">;
  readonly looks: Statement[];
}

export interface Known {
  /** What turns remember of the capabilities that only move along: by slot, then permission and size. */
  readonly windows: ReadonlyMap<number, ReadonlyMap<string, AccessWindow>>;
  /** By step: where the jump goes whose link its rs1 still holds. */
  readonly links: readonly (PathStep | null)[];
  /** By step: what can be said beforehand of its rs1 and PCC; null if they may change. */
  readonly foreseen: readonly (Foreseen | null)[];
}

export function knownOf(path: Path, locals: Locals): Known {
  const { steps, isLoop } = path;
  const { wanted, writesOthers } = scouted(path, locals);
  const nothing = steps.map(() => null);
  if (writesOthers) return { windows: new Map(), links: nothing, foreseen: nothing };
  return {
    windows: isLoop ? windowsFor(wanted, path) : new Map(),
    links: steps.map((_, index) => linkBefore(steps, index)),
    foreseen: isLoop ? steps.map((step) => foreseenFor(step, path, locals)) : nothing,
  };
}

/** The jump before step `index` that has left its link in the step's rs1, under the same encoding mode. */
function linkBefore(steps: readonly PathStep[], index: number): PathStep | null {
  const { rs1, mode } = steps[index]!;
  const writer = steps.slice(0, index).findLast(({ rd }) => rd === rs1 && rd !== SINK_AT);
  return writer !== undefined && writer.links !== null && writer.mode === mode ? writer : null;
}

/** Of jumps to capabilities, in the encoding mode in which the loop is entered. */
function foreseenFor({ links, mode, rs1 }: PathStep, { steps }: Path, locals: Locals): Foreseen | null {
  if (links !== "sentry" || mode !== steps[0]!.mode || steps.some(({ rd }) => rd === rs1)) return null;
  return { holds: locals.i32(), looks: [] };
}

/** The address behind the jump whose link this is, if it is a link of this kind and a jump to it needs no look at it. */
export function linkOf(step: PathStep, writer: PathStep | null, kind: Link): Code<"i64"> | null {
  if (writer === null || writer.links !== kind || step.imm !== 0) return null;
  return i64(writer.pc + BigInt(writer.length));
}

/** Emits the code of a path only to be told of what it asks for. */
function scouted(
  { steps }: Path,
  locals: Locals,
): { wanted: ReadonlyMap<number, ReadonlySet<string>>; writesOthers: boolean } {
  const wanted = new Map<number, Set<string>>();
  const told = { writesOthers: false };
  const scout = (step: PathStep): Site => ({
    locals,
    operand: (name) => i32(step[name]),
    discardsRd: step.rd === SINK_AT,
    isInPlace: step.rd === step.rs1,
    imm: i64(BigInt(step.imm)),
    pc: i64(step.pc),
    nextPc: i64(step.pc),
    word: i32(step.word),
    likelyTarget: null,
    stepsLeft: i32(0),
    record: null,
    retire: () => sequence(),
    jump: () => sequence(),
    trap: () => sequence(),
    writesRam: () => undefined,
    writesOthers: () => {
      told.writesOthers = true;
    },
    link: () => null,
    foreseen: () => null,
    window: (permission, size) => {
      wanted.set(step.rs1, (wanted.get(step.rs1) ?? new Set()).add(windowName(permission, size)));
      return null;
    },
  });
  for (const step of steps) locals.scope(() => step.arm(scout(step)));
  return { wanted, writesOthers: told.writesOthers };
}

/** Windows for the capabilities that authorize accesses and that a loop does not change but by moving their address. */
function windowsFor(wanted: ReadonlyMap<number, ReadonlySet<string>>, { steps }: Path): Known["windows"] {
  const movesAlong = (slot: number) =>
    steps.every(({ rd, rs1, movesAddress }) => rd !== slot || (movesAddress && rs1 === slot));
  let next = WINDOWS_AT;
  const found = new Map<number, Map<string, AccessWindow>>();
  for (const [slot, names] of wanted) {
    if (!movesAlong(slot) || next + 16 * names.size > WINDOWS_END) continue;
    found.set(slot, new Map([...names].map((name, index) => [name, next + 16 * index])));
    next += 16 * names.size;
  }
  return found;
}

export function windowName(permission: Permission, size: number): string {
  return `${permission} ${size}`;
}
