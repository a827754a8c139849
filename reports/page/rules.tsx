import { whole } from "./figures.ts";
import type { Rule } from "./merged.ts";
import { type Column, Table } from "./table.tsx";

const columns: readonly Column<Rule>[] = [
  { name: "oracle", value: ({ oracle }) => oracle },
  { name: "rule", value: ({ rule }) => rule },
  { name: "true", value: ({ held }) => held, show: ({ held }) => (held === 0 ? "never" : whole(held)) },
  {
    name: "false",
    value: ({ broken }) => broken,
    show: ({ broken }) => (broken === 0 ? "0" : <strong class="gained">✗ {whole(broken)}</strong>),
  },
  { name: "vacuous", value: ({ vacuous }) => vacuous, show: ({ vacuous }) => whole(vacuous) },
  { name: "tested", value: testedShare, show: (rule) => <Bar share={testedShare(rule)} /> },
];

export function Rules({ rules }: { readonly rules: readonly Rule[] }) {
  return (
    <Table
      caption="How often each rule was true, false, and had nothing to say"
      rows={rules}
      columns={columns}
    />
  );
}

function testedShare({ held, broken, vacuous }: Rule): number {
  const all = held + broken + vacuous;
  return all === 0 ? 0 : (held + broken) / all;
}

/** A part of a whole: as a length and as a figure. */
export function Bar({ share }: { readonly share: number }) {
  const percent = `${(100 * share).toFixed(1)} %`;
  return (
    <span class="bar">
      <span style={{ width: `${100 * share}%` }} />
      <b>{percent}</b>
    </span>
  );
}
