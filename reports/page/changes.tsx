import type { Change, Comparison } from "../page-data.ts";
import { type Column, Table } from "./table.tsx";

const signs: Readonly<Record<Change["kind"], string>> = { regression: "✗", worse: "↓", better: "↑" };

const columns: readonly Column<Change>[] = [
  {
    name: "change",
    value: ({ kind }) => kind,
    show: ({ kind }) => <span class={kind === "regression" ? "gained" : ""}>{`${signs[kind]} ${kind}`}</span>,
  },
  { name: "what", value: ({ what }) => what },
  { name: "before", value: ({ before }) => before },
  { name: "after", value: ({ after }) => after },
];

/** What got better or worse since an earlier set of records. */
export function Changes({ comparison: { before, after, changes } }: { readonly comparison: Comparison }) {
  return <Table caption={`${before} to ${after}`} rows={changes} columns={columns} />;
}
