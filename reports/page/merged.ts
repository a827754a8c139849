/** Counts of several campaigns of one level as those of one. */
import type { PageData } from "../page-data.ts";

export interface Cell {
  readonly outcome: string;
  readonly count: number;
  /** Counts by class for each role that operands have. */
  readonly classes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface ReachRow {
  readonly name: string;
  readonly cells: readonly Cell[];
}

export interface Rule {
  readonly oracle: string;
  readonly rule: string;
  readonly held: number;
  readonly broken: number;
  readonly vacuous: number;
}

export function machineReach(campaigns: PageData["campaigns"]): ReachRow[] {
  return merged(
    campaigns.flatMap(({ record }) =>
      record.reach.map(({ instruction, outcomes }) => ({ name: instruction, cells: outcomes })),
    ),
  );
}

export function systemReach(systems: PageData["systems"]): ReachRow[] {
  return merged(
    systems.flatMap(({ record }) =>
      record.reach.map(({ name, outcomes }) => ({
        name,
        cells: outcomes.map((one) => ({ ...one, classes: {} })),
      })),
    ),
  );
}

export function machineRules(campaigns: PageData["campaigns"]): Rule[] {
  return mergedRules(
    campaigns.flatMap(({ record }) => record.clauses.map((one) => ({ ...one, rule: one.clause }))),
  );
}

export function systemRules(systems: PageData["systems"]): Rule[] {
  const rules = systems.flatMap(({ record }) => record.rules);
  return mergedRules(rules.map((one) => ({ ...one, oracle: `cVM ${one.oracle}` })));
}

/** Laws of the capability libraries, each library by itself. */
export function lawRules(laws: PageData["laws"]): Rule[] {
  const counts = laws.flatMap(({ record }) => record.counts);
  return mergedRules(
    counts.map(({ library, law, holds, ...rest }) => ({
      oracle: `L ${library}`,
      rule: law,
      held: holds,
      ...rest,
    })),
  );
}

function merged(rows: readonly ReachRow[]): ReachRow[] {
  const byName = new Map<string, Map<string, Cell>>();
  for (const { name, cells } of rows) {
    const known = byName.get(name) ?? new Map<string, Cell>();
    byName.set(name, known);
    for (const cell of cells) {
      const same = known.get(cell.outcome);
      known.set(cell.outcome, same === undefined ? cell : sum(same, cell));
    }
  }
  return [...byName].map(([name, cells]) => ({ name, cells: [...cells.values()] }));
}

function sum(one: Cell, other: Cell): Cell {
  const classes: Record<string, Record<string, number>> = {};
  for (const part of [one.classes, other.classes]) {
    for (const [role, counts] of Object.entries(part)) {
      classes[role] ??= {};
      const known = classes[role];
      for (const [name, count] of Object.entries(counts)) known[name] = (known[name] ?? 0) + count;
    }
  }
  return { outcome: one.outcome, count: one.count + other.count, classes };
}

function mergedRules(rules: readonly Rule[]): Rule[] {
  const byName = new Map<string, Rule>();
  for (const { oracle, rule, held, broken, vacuous } of rules) {
    const name = `${oracle} ${rule}`;
    const known = byName.get(name) ?? { held: 0, broken: 0, vacuous: 0 };
    byName.set(name, {
      oracle,
      rule,
      held: known.held + held,
      broken: known.broken + broken,
      vacuous: known.vacuous + vacuous,
    });
  }
  return [...byName.values()];
}
