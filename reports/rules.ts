import type { CampaignRecord } from "../fuzz/campaign/record.ts";
import { columns } from "./columns.ts";

type Clauses = CampaignRecord["clauses"];

/** One line for each oracle: how many rules it has, and which of them were never found true. */
export function rulesSummary(clauses: Clauses): string {
  const oracles = [...new Set(clauses.map(({ oracle }) => oracle))];
  const rows = oracles.map((oracle) => {
    const own = clauses.filter((one) => one.oracle === oracle);
    const never = own.filter(({ held }) => held === 0).map(({ clause }) => clause);
    const met = `${own.length - never.length} of ${own.length} rules found true`;
    return [
      oracle,
      met,
      `${number(total(own))} times`,
      never.length === 0 ? "" : `never: ${never.join(", ")}`,
    ];
  });
  return rows.length === 0 ? "" : `Rules\n${columns(rows)}`;
}

/** Every rule with how often it was found true, broken, and had nothing to say. */
export function rulesTable(clauses: Clauses): string {
  const rows = clauses.map(({ oracle, clause, held, broken, vacuous }) => [
    oracle,
    clause,
    held === 0 ? "never" : number(held),
    number(broken),
    number(vacuous),
  ]);
  return columns([["oracle", "rule", "true", "false", "vacuous"], ...rows]);
}

function total(clauses: Clauses): number {
  return clauses.reduce((sum, { held }) => sum + held, 0);
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
