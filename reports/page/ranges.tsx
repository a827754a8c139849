import type { Capability } from "../records.ts";
import {
  type Gain,
  gainText,
  hasPermission,
  hex,
  isGain,
  permissions,
  rangeOf,
  sealText,
} from "./capability.ts";

export interface Drawn {
  readonly name: string;
  readonly cap: Capability;
  /** What it grants that was not there before; null where there is nothing to compare it with. */
  readonly gain: Gain | null;
}

const WIDTH = 720;
const MARGIN = 8;
const ROW = 46;
const BAR = 16;

/**
 * Capabilities as ranges over one axis. Every bound and address has a place of its own on it, at equal distances: bounds
 * that are one byte apart can be told from one another beside those of the whole address space.
 */
export function Ranges({ drawn, caption }: { readonly drawn: readonly Drawn[]; readonly caption: string }) {
  const marks = marksOf(drawn);
  const height = drawn.length * ROW + 16 * 2 + 14;
  const xOf = (value: bigint) =>
    MARGIN + (marks.indexOf(value) / Math.max(1, marks.length - 1)) * (WIDTH - 2 * MARGIN);
  return (
    <figure class="ranges">
      <figcaption>{caption}</figcaption>
      <div class="drawing">
        <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={drawn.map(drawnText).join("; ")}>
          <defs>
            <pattern
              id="gained"
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width="6" height="6" class="gained-ground" />
              <line x1="0" y1="0" x2="0" y2="6" class="gained-line" />
            </pattern>
          </defs>
          {marks.map((mark) => (
            <line key={hex(mark)} class="grid" x1={xOf(mark)} x2={xOf(mark)} y1={0} y2={drawn.length * ROW} />
          ))}
          {drawn.map((one, at) => (
            <g key={one.name} transform={`translate(0 ${at * ROW})`}>
              <Row drawn={one} xOf={xOf} />
            </g>
          ))}
          {marks.map((mark, at) => (
            <text
              key={hex(mark)}
              class="axis"
              x={xOf(mark)}
              y={drawn.length * ROW + 14 + (at % 2) * 16}
              text-anchor={at === 0 ? "start" : at === marks.length - 1 ? "end" : "middle"}
            >
              {hex(mark)}
            </text>
          ))}
        </svg>
      </div>
      <ul>
        {drawn.map((one) => (
          <li key={one.name}>
            {drawnText(one)}
            {one.gain !== null && isGain(one.gain) ? (
              <strong class="gained"> + gained: {gainText(one.gain)}</strong>
            ) : null}
          </li>
        ))}
      </ul>
    </figure>
  );
}

function Row({
  drawn: { name, cap, gain },
  xOf,
}: {
  readonly drawn: Drawn;
  readonly xOf: (value: bigint) => number;
}) {
  const range = rangeOf(cap);
  const gained = gain?.perms ?? [];
  const letters = permissions.map(([letter], bit) => ({
    letter: hasPermission(cap, bit) ? letter : "-",
    isGained: gained.includes(bit),
  }));
  return (
    <>
      <text class="label" x={MARGIN} y={12}>
        {cap.tag ? "" : "untagged "}
        {name}{" "}
        {letters.map(({ letter, isGained }, bit) => (
          <tspan key={bit} class={isGained ? "letter gained" : "letter"}>
            {isGained ? `+${letter}` : letter}
          </tspan>
        ))}
      </text>
      {range === null ? null : (
        <rect
          class={cap.tag ? "range" : "range untagged"}
          x={xOf(range.low)}
          y={16}
          width={Math.max(2, xOf(range.high) - xOf(range.low))}
          height={BAR}
        />
      )}
      {(gain?.ranges ?? []).map(({ low, high }) => (
        <rect
          key={hex(low)}
          class="range-gained"
          x={xOf(low)}
          y={14}
          width={Math.max(3, xOf(high) - xOf(low))}
          height={BAR + 4}
        />
      ))}
      <path class="caret" d={`M ${xOf(BigInt(cap.address))} ${18} l -4 ${BAR} l 8 0 z`} />
    </>
  );
}

/** Every place that matters, in order. */
function marksOf(drawn: readonly Drawn[]): bigint[] {
  const values = new Set<bigint>();
  for (const { cap, gain } of drawn) {
    values.add(BigInt(cap.address));
    for (const range of [rangeOf(cap), ...(gain?.ranges ?? [])]) {
      if (range === null) continue;
      values.add(range.low);
      values.add(range.high);
    }
  }
  return [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function drawnText({ name, cap }: Drawn): string {
  const held = permissions.filter((_, bit) => hasPermission(cap, bit)).map(([, permission]) => permission);
  const may = held.length === permissions.length ? "all permissions" : held.join(", ") || "no permission";
  return `${name}: ${cap.tag ? "tagged" : "untagged"}, address ${cap.address} in ${cap.base} to ${cap.top}, ${sealText(cap)}; ${may}`;
}
