import { useState } from "preact/hooks";
import type { ToldSystemFinding } from "../page-data.ts";
import type { SystemFinding } from "../records.ts";
import { Copy } from "./copy.tsx";
import { Ranges } from "./ranges.tsx";
import { Replay } from "./replay.tsx";
import { Steps } from "./steps.tsx";
import { drawnAfter, rowsOf } from "./walk.ts";

/** A finding of systems of cVMs: the script step by step on both sides, and what is wrong after the last of them. */
export function SystemStory({ told: { file, record, steps } }: { readonly told: ToldSystemFinding }) {
  const { signature, script, fields, origin, shrunk, story, walk } = record;
  const isWhole = walk.every(({ at }, index) => at === index);
  const lines =
    walk.length > 0 ? walk.map(({ at, text }) => (isWhole ? text : `step ${at}: ${text}`)) : steps;
  const last = walk.findLastIndex(({ at }) => at === record.at);
  const bad = walk.length > 0 && last >= 0 ? last : Math.min(record.at, Math.max(0, lines.length - 1));
  const [at, setAt] = useState(bad);
  const { pair } = script;
  const sides = pair === undefined ? SYSTEMS : WORLDS;
  const drawn = drawnAfter(walk, at, sides);
  return (
    <>
      <h3>{signature}</h3>
      <p>
        {steps.length} steps{shrunk ? "; none of them can be left out" : ""}.
        {origin === null ? "" : ` Seed ${origin.seed}, run ${origin.run}.`}
      </p>
      {pair === undefined ? null : (
        <p>
          Two worlds that differ only in what {pair.cvm} keeps to itself: nobody else may tell them apart.
        </p>
      )}
      <Replay file={file} against={null} />
      <p>
        <Copy name="Copy as JSON" text={() => JSON.stringify(record, null, 2)} />
      </p>
      <Steps lines={lines} at={at} bad={bad} onStep={setAt} />
      {walk[at] === undefined ? null : (
        <>
          <Sides
            caption={`Step ${walk[at].at}, by ${walk[at].by ?? "the outside"}: what each side said, and what is other than before`}
            names={sides}
            rows={rowsOf(walk[at])}
          />
          {drawn.length === 0 ? null : (
            <Ranges caption="Who may reach what after this step, by the tables" drawn={drawn} />
          )}
        </>
      )}
      <Evidence record={record} />
      {fields.length === 0 ? null : (
        <Sides
          caption={`What differs after step ${record.at}`}
          names={sides}
          rows={fields.map(({ field, expect, actual }) => ({
            what: field,
            texts: [expect, actual],
            isDifferent: expect !== actual,
          }))}
        />
      )}
      <details open={walk.length === 0 || record.violation !== undefined}>
        <summary>The story as it was printed</summary>
        <pre>{story.join("\n")}</pre>
      </details>
    </>
  );
}

const SYSTEMS = ["reference", "machine code"] as const;
const WORLDS = ["first world", "second world"] as const;

function Evidence({ record: { violation, at } }: { readonly record: SystemFinding }) {
  if (violation === undefined) return null;
  const { rule, oracle, invariants } = violation;
  const numbers = invariants.map((one) => `I-${one}`).join(", ");
  return (
    <p class="evidence">
      ✗ rule {rule} of oracle {oracle} is broken at step {at}
      {numbers === "" ? "" : ` (${numbers})`}
    </p>
  );
}

const ROWS_MAX = 200;

/** Rows of text of two sides beside each other; what differs is marked. */
function Sides({
  caption,
  names,
  rows,
}: {
  readonly caption: string;
  readonly names: readonly [string, string];
  readonly rows: readonly {
    readonly what: string;
    readonly texts: readonly [string, string];
    readonly isDifferent: boolean;
  }[];
}) {
  return (
    <div class="wide">
      <table class="sides">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">field</th>
            {names.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map(({ what, texts, isDifferent }) => (
            <tr key={what} class={isDifferent ? "differs" : ""}>
              <th scope="row">
                {isDifferent ? "≠ " : ""}
                {what}
              </th>
              <td>{texts[0]}</td>
              <td>{texts[1]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS_MAX ? <p>and {rows.length - ROWS_MAX} more</p> : null}
    </div>
  );
}
