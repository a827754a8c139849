import { useState } from "preact/hooks";
import type { ToldSystemFinding } from "../page-data.ts";
import { Copy } from "./copy.tsx";
import { Replay } from "./replay.tsx";
import { Steps } from "./steps.tsx";

/** A finding of systems of cVMs: the script step by step, and what differs after the last of them. */
export function SystemStory({ told: { file, record, steps } }: { readonly told: ToldSystemFinding }) {
  const { signature, script, at: bad, fields, violation, origin, shrunk, story } = record;
  const [at, setAt] = useState(Math.min(bad, Math.max(0, steps.length - 1)));
  const { pair } = script;
  const sides = pair === undefined ? ["reference", "machine code"] : ["first world", "second world"];
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
      <Steps lines={steps} at={at} bad={bad} onStep={setAt} />
      {violation === undefined ? null : (
        <p class="evidence">
          ✗ rule {violation.rule} of oracle {violation.oracle} is broken at step {bad}
          {violation.invariants.length === 0
            ? ""
            : ` (${violation.invariants.map((one) => `I-${one}`).join(", ")})`}
        </p>
      )}
      {fields.length === 0 ? null : (
        <div class="wide">
          <table class="sides">
            <caption>After step {bad}</caption>
            <thead>
              <tr>
                <th scope="col">field</th>
                {sides.map((side) => (
                  <th scope="col" key={side}>
                    {side}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {fields.slice(0, FIELDS_MAX).map(({ field, expect, actual }) => (
                <tr key={field} class={expect === actual ? "" : "differs"}>
                  <th scope="row">
                    {expect === actual ? "" : "≠ "}
                    {field}
                  </th>
                  <td>{expect}</td>
                  <td>{actual}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {fields.length > FIELDS_MAX ? <p>and {fields.length - FIELDS_MAX} more</p> : null}
        </div>
      )}
      <details open>
        <summary>The story as it was printed</summary>
        <pre>{story.join("\n")}</pre>
      </details>
    </>
  );
}

const FIELDS_MAX = 200;
