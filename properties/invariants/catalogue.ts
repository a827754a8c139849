/** The invariants of the system, who checks each, and the page that says so. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { SystemRule } from "../../fuzz/system/oracle/oracle.ts";
import type { Citation } from "./citations.ts";

const entry = z.strictObject({
  number: z.int().min(1),
  name: z.string().min(1),
  /** Rules of the machine's own oracles that check it at every step, as `letter rule`. */
  rules: z.array(z.string()).optional(),
  /** Why nothing checks it. */
  unchecked: z.string().min(1).optional(),
});

export type Invariant = z.infer<typeof entry>;

export function readCatalogue(path: string): Invariant[] {
  return z.array(entry).parse(JSON.parse(readFileSync(path, "utf8")));
}

/** Whoever checks an invariant, as the page has it: nobody if the list is empty. */
export function checkersOf(
  { number, rules = [] }: Invariant,
  systemRules: readonly SystemRule[],
  citations: readonly Citation[],
): string[] {
  const ofSystem = systemRules.filter(({ invariants }) => invariants.includes(number));
  const tests = new Set(
    citations
      .filter(({ invariant }) => invariant === number)
      .map(({ file, title }) => `\`${file}\`: ${title.replaceAll("|", "\\|")}`),
  );
  return [
    ...rules.map((rule) => `${rule} (machine, every step)`),
    ...ofSystem.map(({ oracle, name }) => `${oracle} ${name} (system, every step)`),
    ...tests,
  ];
}

/** The page: a row for each invariant. */
export function pageOf(
  invariants: readonly Invariant[],
  systemRules: readonly SystemRule[],
  citations: readonly Citation[],
): string {
  const rows = invariants.map((invariant) => {
    const checkers = checkersOf(invariant, systemRules, citations);
    const checked = checkers.length > 0 ? checkers.join("<br>") : `not checked: ${invariant.unchecked}`;
    return `| I-${invariant.number} | ${invariant.name} | ${checked} |`;
  });
  return `${HEAD}${rows.join("\n")}\n`;
}

const HEAD = `# Invariants

Who checks which promise of the system. Generated from \`corpora/invariants/invariants.json\`, the rules of the oracles and the titles of
the tests; \`npx vitest run properties/invariants --update\` writes it anew, and the suite fails while it is out of date.

| invariant | name | checked by |
|---|---|---|
`;
