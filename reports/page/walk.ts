/** What recorded steps of systems tell: both sides of a step, and who may reach what after it. */
import type { WalkSide, WalkStep } from "../system-records.ts";
import { gainOf } from "./capability.ts";
import type { Drawn } from "./ranges.tsx";

type Reach = NonNullable<WalkSide["reach"]>[number];

/** Which of two sides: the reference or the first world, the machine code or the second. */
export type Which = 0 | 1;

export function sideOf({ sides }: WalkStep, which: Which): WalkSide {
  return sides[which] ?? sides[0];
}

/** A row of a step: something that was said, or that is other than it was. */
export interface WalkRow {
  readonly what: string;
  readonly texts: readonly [string, string];
  readonly isDifferent: boolean;
}

export function rowsOf(step: WalkStep): WalkRow[] {
  const sides = [sideOf(step, 0), sideOf(step, 1)] as const;
  const names = [...new Set(sides.flatMap(({ changes }) => changes.map(({ what }) => what)))];
  const textOf = ({ changes }: WalkSide, name: string) => {
    const change = changes.find(({ what }) => what === name);
    return change === undefined ? "as before" : `${change.before} → ${change.after}`;
  };
  return [
    row("says", [sides[0].said, sides[1].said]),
    ...names.map((name) => row(name, [textOf(sides[0], name), textOf(sides[1], name)])),
  ];
}

function row(what: string, texts: readonly [string, string]): WalkRow {
  return { what, texts, isDifferent: texts[0] !== texts[1] };
}

/** Who may reach what on a side after a step: told where it changed last. */
export function reachAfter(walk: readonly WalkStep[], at: number, which: Which): readonly Reach[] {
  for (let step = at; step >= 0; step--) {
    const { reach } = sideOf(walk[step]!, which);
    if (reach !== undefined) return reach;
  }
  return [];
}

/** Ranges that are drawn of a step, at most. */
const DRAWN_MAX = 12;

/**
 * The ranges of both sides after a step: first what only one of them has, then what the step made so. What the second side
 * has and the first has not is gained.
 */
export function drawnAfter(walk: readonly WalkStep[], at: number, names: readonly [string, string]): Drawn[] {
  const [ours, theirs] = [reachAfter(walk, at, 0), reachAfter(walk, at, 1)];
  const before = at === 0 ? [] : reachAfter(walk, at - 1, 0);
  const found = [...new Set([...ours, ...theirs].map(({ who }) => who))].map((who) => {
    const [mine, other] = [ours, theirs].map((all) => all.find((one) => one.who === who));
    const isSame = JSON.stringify(mine) === JSON.stringify(other);
    const isNew = !before.some((one) => JSON.stringify(one) === JSON.stringify(mine ?? other));
    return { rank: (isSame ? 2 : 0) + (isNew ? 0 : 1), drawn: drawnOf(who, mine, other, names) };
  });
  return found
    .sort((one, next) => one.rank - next.rank)
    .flatMap(({ drawn }) => drawn)
    .slice(0, DRAWN_MAX);
}

function drawnOf(
  who: string,
  mine: Reach | undefined,
  other: Reach | undefined,
  [first, second]: readonly [string, string],
): Drawn[] {
  if (JSON.stringify(mine) === JSON.stringify(other)) return [{ name: who, cap: capOf(mine!), gain: null }];
  return [
    ...(mine === undefined ? [] : [{ name: `${who}, ${first}`, cap: capOf(mine), gain: null }]),
    ...(other === undefined
      ? []
      : [{ name: `${who}, ${second}`, cap: capOf(other), gain: gainOf(capOf(other), capOf(mine)) }]),
  ];
}

const LETTERS: Readonly<Record<string, number>> = { r: 0x4, w: 0x8 };

/** As a capability, so that it is drawn as one; nothing grants nothing. */
function capOf(reach: Reach | undefined): Drawn["cap"] {
  const { base, top, rights } = reach ?? { base: "0x0", top: "0x0", rights: "" };
  const perms = [...rights].reduce((sum, letter) => sum | (LETTERS[letter] ?? 0), 0);
  return {
    tag: reach !== undefined,
    address: base,
    base,
    top,
    perms: `0x${perms.toString(16)}`,
    otype: "0x3ffff",
    flags: "0x0",
  };
}
