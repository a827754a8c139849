/** What campaigns came to beyond lines: outcomes of instructions and calls, rules of oracles, invariants. */
import * as z from "zod";

const count = z.number().int().nonnegative();
const text = z.string().max(1000);

/** What is read here of the record of a campaign at level machine. */
export const machineSchema = z.looseObject({
  reach: z.array(
    z.looseObject({
      instruction: text,
      outcomes: z.array(
        z.looseObject({ outcome: text, count, classes: z.record(text, z.record(text, count)) }),
      ),
    }),
  ),
  clauses: z.array(z.looseObject({ oracle: text, clause: text, held: count, broken: count, vacuous: count })),
});

/** The same at level system. */
export const systemSchema = z.looseObject({
  reach: z.array(
    z.looseObject({
      name: text,
      outcomes: z.array(
        z.looseObject({ outcome: text, count, classes: z.record(text, z.record(text, count)) }),
      ),
    }),
  ),
  rules: z.array(z.looseObject({ oracle: text, rule: text, held: count, broken: count, vacuous: count })),
});

/** `corpora/invariants/invariants.json`: which rules check an invariant; those of systems name theirs themselves. */
export const invariantsSchema = z.array(
  z.looseObject({ number: count, name: text, rules: z.array(text).default([]) }),
);

/** How much of something was met. */
export interface Met {
  readonly what: string;
  readonly met: number;
  /** Null where nobody knows what can be met. */
  readonly all: number | null;
  /** Names of what was not. */
  readonly never: readonly string[];
}

export interface Records {
  readonly machine: z.output<typeof machineSchema>;
  readonly system: z.output<typeof systemSchema>;
  readonly invariants: z.output<typeof invariantsSchema>;
  /** Which rules of systems check which invariants: `S ranges` and their numbers. */
  readonly systemRules: ReadonlyMap<string, readonly number[]>;
}

export function meaningOf({ machine, system, invariants, systemRules }: Records): Met[] {
  const outcomes = machine.reach.flatMap(({ instruction, outcomes }) =>
    outcomes.map((one) => ({ name: `${instruction} ${one.outcome}`, ...one })),
  );
  const cells = outcomes.flatMap(cellsOf);
  const calls = system.reach.flatMap(({ name, outcomes }) =>
    outcomes.map((one) => ({ name: `${name} ${one.outcome}`, ...one })),
  );
  const states = calls.flatMap(cellsOf);
  const clauses = machine.clauses.map(({ clause, ...rest }) => ({ rule: clause, ...rest }));
  const rules = [...clauses, ...system.rules].map((one) => ({ name: `${one.oracle} ${one.rule}`, ...one }));
  const held = (ofLevel: typeof clauses) =>
    new Set(ofLevel.filter((one) => one.held > 0).map(({ oracle, rule }) => `${oracle} ${rule}`));
  const [heldByMachine, heldBySystem] = [held(clauses), held(system.rules)];
  const checked = new Set([...systemRules].flatMap(([rule, of]) => (heldBySystem.has(rule) ? of : [])));
  for (const { number, rules: own } of invariants)
    if (own.some((rule) => heldByMachine.has(rule))) checked.add(number);

  return [
    met("instruction × outcome", outcomes),
    { ...met("instruction × outcome × class of operand", cells), all: null },
    met("call × outcome", calls),
    ...Object.entries(stateNames).map(([role, name]) =>
      met(
        `call × outcome × ${name}`,
        states.filter((one) => one.role === role),
      ),
    ),
    met(
      "rules found true",
      rules.map(({ name, held }) => ({ name, count: held })),
    ),
    met(
      "rules that had nothing to say at times",
      rules.map(({ name, vacuous }) => ({ name, count: vacuous })),
    ),
    {
      ...met(
        "rules found false",
        rules.map(({ name, broken }) => ({ name, count: broken })),
      ),
      never: [],
    },
    met(
      "invariants that a rule checked",
      invariants.map(({ number, name }) => ({
        name: `I-${number} ${name}`,
        count: checked.has(number) ? 1 : 0,
      })),
    ),
  ];
}

/** Roles of callers, as a reader would name them. What cannot be is not in the records. */
const stateNames: Readonly<Record<string, string>> = {
  caller: "where the caller is",
  layer: "layer of its cVM",
  named: "state of the cVM that is named",
};

/** One part for each class of each role. */
function cellsOf({
  name,
  classes,
}: {
  readonly name: string;
  readonly classes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}): { name: string; role: string; count: number }[] {
  return Object.entries(classes).flatMap(([role, counts]) =>
    Object.entries(counts).map(([one, count]) => ({ name: `${name}, ${role} ${one}`, role, count })),
  );
}

function met(what: string, parts: readonly { readonly name: string; readonly count: number }[]): Met {
  const never = parts.filter(({ count }) => count === 0).map(({ name }) => name);
  return { what, met: parts.length - never.length, all: parts.length, never };
}
