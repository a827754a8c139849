import type { PageData } from "../page-data.ts";
import { type VerdictWord, verdictOf } from "./verdict.ts";

const signs: Readonly<Record<VerdictWord, string>> = { holds: "✓", broken: "✗", unknown: "?" };

/** A verdict with a sign of its own, so that nobody needs its colour. */
export function Mark({ verdict }: { readonly verdict: VerdictWord }) {
  return (
    <span class={`mark ${verdict}`}>
      {signs[verdict]} {verdict}
    </span>
  );
}

export function Verdict({ data }: { readonly data: PageData }) {
  const { judged } = verdictOf(data);
  return (
    <ul class="verdicts">
      {judged.map(({ what, verdict, reason, planted }) => (
        <li key={what + reason}>
          <Mark verdict={verdict} /> <span class="name">{what}</span>: {reason}
          {planted ? <em> (faults were planted on purpose)</em> : null}
        </li>
      ))}
    </ul>
  );
}
