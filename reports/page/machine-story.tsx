import { useMemo, useState } from "preact/hooks";
import type { ToldFinding } from "../page-data.ts";
import type { MachineFinding, StepEvent } from "../records.ts";
import { gainOf } from "./capability.ts";
import { Copy } from "./copy.tsx";
import { Derivations } from "./derivations.tsx";
import { type Drawn, Ranges } from "./ranges.tsx";
import { Replay } from "./replay.tsx";
import { Steps } from "./steps.tsx";
import { derivationsOf, fieldsOf, heldBefore, nameOf, writtenBy } from "./trace.ts";

/** A finding of the machine: the program, step by step on both machines, and who may do what after each. */
export function MachineStory({ told: { file, record, listing, testrig } }: { readonly told: ToldFinding }) {
  const { machines, traces, difference, violation, program } = record;
  const bad = (violation ?? difference)?.at ?? null;
  const [at, setAt] = useState(bad ?? Math.max(0, listing.length - 1));
  const [expect, actual] = [traces.expect[at], traces.actual[at]];
  const drawn = useMemo(() => drawnAt(record, at), [record, at]);
  const derived = useMemo(() => derivationsOf(program.start.preset, traces.expect), [program, traces]);
  return (
    <>
      <h3>{record.signature}</h3>
      <p>{headline(record)}</p>
      <p>{originText(record)}</p>
      <Replay file={file} against={machines.actual.startsWith("rvfi://") ? machines.actual : null} />
      <p>
        <Copy name="Copy as JSON" text={() => JSON.stringify(record, null, 2)} />
        {testrig === null ? null : <Copy name="Copy as TestRIG trace" text={() => testrig} />}
      </p>
      <Steps lines={listing} at={at} bad={bad} onStep={setAt} />
      {expect === undefined && actual === undefined ? (
        <p>No steps were recorded.</p>
      ) : (
        <SideBySide names={[machines.expect, machines.actual]} expect={expect} actual={actual} />
      )}
      {bad !== null && at !== bad ? null : <Evidence record={record} />}
      {drawn.length === 0 ? null : <Ranges caption="Capabilities of this step" drawn={drawn} />}
      {derived.length === 0 ? null : <Derivations roots={derived} at={at} />}
      {record.objections.length === 0 ? null : (
        <ul>
          {record.objections.map(({ side, oracle, rule, at: place }) => (
            <li key={`${side}${oracle}${rule}`}>
              {machines[side]} by itself breaks rule {rule} of oracle {oracle}{" "}
              {place === null ? "in the end state" : `at step ${place}`}
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>The story as it was printed</summary>
        <pre>{record.story}</pre>
      </details>
    </>
  );
}

function headline({ machines: { expect, actual }, difference, violation }: MachineFinding): string {
  const place = (at: number | null, instruction: string) =>
    at === null ? "in the end state" : `at step ${at}, ${instruction}`;
  if (violation !== null) {
    const { rule, oracle, at, instruction } = violation;
    return `${expect} breaks rule ${rule} of oracle ${oracle} ${place(at, instruction)}.`;
  }
  if (difference === null) return "Nothing is recorded of what is wrong.";
  return `${expect} and ${actual} differ ${place(difference.at, difference.instruction)}.`;
}

function originText({ program, found, shrunk, origin, faults }: MachineFinding): string {
  const size = `${program.words.length} words, found with ${found.words.length}`;
  return [
    shrunk ? `${size}; none of them can be left out.` : `${size}.`,
    program.start.preset === "dii" ? "x1 to x31 start as root capabilities." : "Registers start null.",
    origin === null ? "" : `Seed ${origin.seed}, shard ${origin.shard}, run ${origin.run}.`,
    faults.length === 0 ? "" : `Planted on purpose: ${faults.join(", ")}.`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** What the two machines did in one step, field by field; what differs is marked. */
function SideBySide({
  names,
  expect,
  actual,
}: {
  readonly names: readonly [string, string];
  readonly expect: StepEvent | undefined;
  readonly actual: StepEvent | undefined;
}) {
  const [ours, theirs] = [new Map(fieldsOf(expect)), new Map(fieldsOf(actual))];
  const fields = [...new Set([...ours.keys(), ...theirs.keys()])];
  const isBoth = expect !== undefined && actual !== undefined;
  const told = fields.filter(
    (field) => ours.get(field) !== "none" || (isBoth && theirs.get(field) !== "none"),
  );
  return (
    <div class="wide">
      <table class="sides">
        <caption>This step on both machines</caption>
        <thead>
          <tr>
            <th scope="col">field</th>
            <th scope="col">{names[0]}</th>
            <th scope="col">{names[1]}</th>
          </tr>
        </thead>
        <tbody>
          {told.map((field) => {
            const isDifferent = isBoth && ours.get(field) !== theirs.get(field);
            return (
              <tr key={field} class={isDifferent ? "differs" : ""}>
                <th scope="row">
                  {isDifferent ? "≠ " : ""}
                  {field}
                </th>
                <td>{ours.get(field) ?? "none"}</td>
                <td>{theirs.get(field) ?? (actual === undefined ? "not recorded" : "none")}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What speaks against the program. */
function Evidence({ record: { difference, violation, machines } }: { readonly record: MachineFinding }) {
  if (violation !== null) return <pre class="evidence">{violation.text.join("\n")}</pre>;
  if (difference === null) return null;
  return (
    <div class="wide">
      <table class="sides">
        <caption>What differs</caption>
        <thead>
          <tr>
            <th scope="col">field</th>
            <th scope="col">{machines.expect}</th>
            <th scope="col">{machines.actual}</th>
          </tr>
        </thead>
        <tbody>
          {difference.fields.map(({ field, expect, actual }) => (
            <tr key={field} class="differs">
              <th scope="row">≠ {field}</th>
              <td>{expect}</td>
              <td>{actual}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/**
 * Source and authority of a step before it, and what either machine wrote: gained is what the source does not cover, or
 * of the machine under test what the reference does not give.
 */
function drawnAt({ program, traces, machines }: MachineFinding, at: number): Drawn[] {
  const [expect, actual] = [traces.expect[at], traces.actual[at]];
  const one = expect ?? actual;
  if (one === undefined) return [];
  const before = heldBefore(program.start.preset, expect === undefined ? traces.actual : traces.expect, at);
  const asked = [...new Set([one.source, one.authority])].filter((index): index is number => Boolean(index));
  const ours = new Map(expect === undefined ? [] : writtenBy(expect));
  const theirs = new Map(actual === undefined ? [] : writtenBy(actual));
  const source = one.source === null ? null : before(one.source);
  const written = [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((index): Drawn[] => {
    const [mine, other] = [ours.get(index), theirs.get(index)];
    const isTold = [mine, other].some((cap) => cap !== undefined && (cap.tag || Number(cap.perms) !== 0));
    if (!isTold) return [];
    const isSame = JSON.stringify(mine) === JSON.stringify(other) || other === undefined;
    const name = `${nameOf(index)} after`;
    const over = mine ?? source;
    return [
      ...(mine === undefined
        ? []
        : [
            {
              name: isSame ? name : `${name}, ${machines.expect}`,
              cap: mine,
              gain: source === null ? null : gainOf(mine, source),
            },
          ]),
      ...(isSame || other === undefined
        ? []
        : [
            {
              name: `${name}, ${machines.actual}`,
              cap: other,
              gain: over === null ? null : gainOf(other, over),
            },
          ]),
    ];
  });
  return [
    ...asked.map((index) => ({ name: `${nameOf(index)} before`, cap: before(index), gain: null })),
    ...written,
  ];
}
