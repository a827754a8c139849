/** Counts of outcomes, each by how the caller stood. */
import { callNamed } from "../../model/intravisor/calls.ts";
import { namesSomebody } from "./named.ts";
import { type Role, roles, type Standing } from "./standing.ts";
import { whyNot } from "./standing-rules.ts";

/** By role and class: how often an outcome was met there; 0 where it can be and was not, nothing where it cannot. */
export type Classes = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** How often a call, or what is none, came to something, and where that cannot be. */
export interface Came {
  readonly outcome: string;
  readonly count: number;
  readonly classes: Classes;
  /** By role and class, as `caller at home`: the rule of the design that forbids it. */
  readonly cannot: Readonly<Record<string, string>>;
}

/** What threads do that is no call. */
const plain: readonly string[] = ["load", "store", "fill", "place", "narrow"];
/** Calls that take a key can fail before they have read one: then they name nobody. */
const unread: readonly string[] = ["EINVAL", "EFAULT"];

/** What is to be known of who came to an outcome. */
export function rolesOf(name: string, outcome: string): readonly Role[] {
  const call = callNamed(name);
  const isCaller = call !== undefined || plain.includes(name);
  const isNaming = namesSomebody(name) && !(call?.args[0] === "key" && unread.includes(outcome));
  return [...(isCaller ? (["caller", "layer"] as const) : []), ...(isNaming ? (["named"] as const) : [])];
}

interface Cell {
  count: number;
  readonly roles: readonly Role[];
  readonly classes: Record<string, Record<string, number>>;
}

export class Tally {
  readonly #cells = new Map<string, Map<string, Cell>>();

  declare(name: string, outcomes: readonly string[]): void {
    for (const outcome of outcomes) this.#cell(name, outcome);
  }

  add(name: string, outcome: string, standing: Standing): void {
    const cell = this.#cell(name, outcome);
    cell.count++;
    for (const role of cell.roles) {
      const one = standing[role];
      const counts = cell.classes[role]!;
      if (one !== undefined) counts[one] = (counts[one] ?? 0) + 1;
    }
  }

  #cell(name: string, outcome: string): Cell {
    const row = this.#cells.get(name) ?? new Map<string, Cell>();
    this.#cells.set(name, row);
    const cell = row.get(outcome) ?? emptyCell(name, outcome);
    row.set(outcome, cell);
    return cell;
  }

  rows(): { readonly name: string; readonly outcomes: readonly Came[] }[] {
    return [...this.#cells].map(([name, outcomes]) => ({
      name,
      outcomes: [...outcomes].map(([outcome, { count, classes }]) => ({
        outcome,
        count,
        classes,
        cannot: cannotIn(name, outcome),
      })),
    }));
  }

  /** What was met though a rule says that it cannot be. */
  impossible(): string[] {
    return this.rows().flatMap(({ name, outcomes }) =>
      outcomes.flatMap(({ outcome, classes, cannot }) =>
        Object.entries(classes).flatMap(([role, counts]) =>
          Object.keys(counts)
            .filter((one) => `${role} ${one}` in cannot)
            .map((one) => `${name}: ${outcome}, ${role} ${one}`),
        ),
      ),
    );
  }
}

function cannotIn(name: string, outcome: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const role of rolesOf(name, outcome)) {
    for (const one of roles[role]) {
      const why = whyNot(name, outcome, role, one);
      if (why !== null) found[`${role} ${one}`] = why;
    }
  }
  return found;
}

/** What can be is there from the start, with a count of 0. */
function emptyCell(name: string, outcome: string): Cell {
  const of = rolesOf(name, outcome);
  const classes = of.map((role) => {
    const possible = roles[role].filter((one) => whyNot(name, outcome, role, one) === null);
    return [role, Object.fromEntries(possible.map((one) => [one, 0]))] as const;
  });
  return { count: 0, roles: of, classes: Object.fromEntries(classes) };
}
