import type { PageData } from "../page-data.ts";
import { unplanted } from "../planted.ts";
import {
  machineReach,
  machineRules,
  type ReachRow,
  type Rule,
  stateNames,
  systemReach,
  systemRules,
} from "./merged.ts";
import { seedsFound } from "./specimen.ts";

/** Everything that nothing is known about: outcomes and rules that were never met, faults that nobody found. */
export function NeverReached({ data }: { readonly data: PageData }) {
  const { campaigns } = unplanted(data);
  const planted = data.campaigns.length - campaigns.length;
  const calls = systemReach(data.systems);
  const lists: readonly (readonly [what: string, of: number, never: readonly string[]])[] = [
    ["outcomes of instructions", ...neverMet(machineReach(campaigns))],
    ["outcomes of calls", ...neverMet(calls)],
    ...Object.entries(stateNames).map(
      ([role, name]) => [`outcomes of calls, ${name}`, ...neverThere(calls, role)] as const,
    ),
    ["rules of oracles", ...neverTrue([...machineRules(campaigns), ...systemRules(data.systems)])],
    ["planted faults", ...neverFound(data)],
  ];
  return (
    <>
      {planted === 0 ? null : (
        <p>Left out here and below: {planted} campaigns in which faults were planted.</p>
      )}
      {lists
        .filter(([, of]) => of > 0)
        .map(([what, of, never]) => (
          <details key={what} open={never.length > 0 && never.length <= 30}>
            <summary>
              {never.length === 0 ? "✓" : "✗"} {never.length} of {of} {what}
            </summary>
            <ul class="dense">
              {never.map((one) => (
                <li key={one}>{one}</li>
              ))}
            </ul>
          </details>
        ))}
    </>
  );
}

function neverMet(rows: readonly ReachRow[]): [number, string[]] {
  const of = rows.reduce((sum, { cells }) => sum + cells.length, 0);
  const never = rows
    .map(({ name, cells }) => [name, cells.filter(({ count }) => count === 0)] as const)
    .filter(([, cells]) => cells.length > 0);
  return [of, never.flatMap(([name, cells]) => cells.map(({ outcome }) => `${name}: ${outcome}`))];
}

/** What can be met where callers stand so, and was not. */
function neverThere(rows: readonly ReachRow[], role: string): [number, string[]] {
  const all = rows.flatMap(({ name, cells }) =>
    cells.flatMap(({ outcome, classes }) =>
      Object.entries(classes[role] ?? {}).map(
        ([one, count]) => [`${name}: ${outcome}, ${one}`, count] as const,
      ),
    ),
  );
  return [all.length, all.filter(([, count]) => count === 0).map(([name]) => name)];
}

function neverTrue(rules: readonly Rule[]): [number, string[]] {
  const never = rules.filter(({ held }) => held === 0);
  return [rules.length, never.map(({ oracle, rule }) => `${oracle} ${rule}`)];
}

function neverFound({ zoos }: PageData): [number, string[]] {
  const specimens = zoos.flatMap(({ record }) => record.specimens);
  const never = specimens.filter((specimen) => seedsFound(specimen).found === 0);
  return [specimens.length, never.map(({ where, id }) => `${where}:${id}`)];
}
