/** Counts of several campaigns of one level as those of one. */
import type { PageData } from "../page-data.ts";

export interface Cell {
  readonly outcome: string;
  readonly count: number;
  /** Counts by class for each role that operands have. */
  readonly classes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By role and class, as `caller at home`: why it cannot be met there, where somebody knows. */
  readonly cannot: Readonly<Record<string, string>>;
  /** Why it cannot be, of the class that is looked at. */
  readonly why?: string;
}

/** One class of one role: `caller` and `at home`. */
export interface Seen {
  readonly role: string;
  readonly one: string;
}

/** Roles that several rows have, each with its classes, in the order in which they come. */
export function classesIn(rows: readonly ReachRow[]): Seen[] {
  const found = new Map<string, Map<string, Set<string>>>();
  for (const { name, cells } of rows) {
    for (const { classes, cannot } of cells) {
      for (const [role, counts] of Object.entries(classes)) {
        const known = found.get(role) ?? new Map<string, Set<string>>();
        found.set(role, known);
        const barred = Object.keys(cannot).filter((one) => one.startsWith(`${role} `));
        for (const one of [...Object.keys(counts), ...barred.map((one) => one.slice(role.length + 1))])
          known.set(one, (known.get(one) ?? new Set()).add(name));
      }
    }
  }
  return [...found].flatMap(([role, classes]) =>
    [...classes].filter(([, names]) => names.size > 1).map(([one]) => ({ role, one })),
  );
}

/** The rows as they would be if nothing else than one class had been met. */
export function seenBy(rows: readonly ReachRow[], { role, one }: Seen): ReachRow[] {
  return rows.map(({ name, cells }) => ({
    name,
    cells: cells
      .filter(({ classes }) => role in classes)
      .map(({ outcome, classes, cannot }) => {
        const why = cannot[`${role} ${one}`];
        const cell = { outcome, count: classes[role]?.[one] ?? 0, classes: {}, cannot };
        return why === undefined ? cell : { ...cell, why };
      }),
  }));
}

/** What is known of callers besides their calls, as a reader would name it. */
export const stateNames: Readonly<Record<string, string>> = {
  caller: "by where the caller is",
  layer: "by the layer of its cVM",
  named: "by the state of the cVM that is named",
};

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
      record.reach.map(({ instruction, outcomes }) => ({
        name: instruction,
        cells: outcomes.map((one) => ({ ...one, cannot: {} })),
      })),
    ),
  );
}

export function systemReach(systems: PageData["systems"]): ReachRow[] {
  return merged(
    systems.flatMap(({ record }) => record.reach.map(({ name, outcomes }) => ({ name, cells: outcomes }))),
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
  const cannot = { ...one.cannot, ...other.cannot };
  return { outcome: one.outcome, count: one.count + other.count, classes, cannot };
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
