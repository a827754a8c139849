/** How often each rule was tested, and the first one that was found broken. */
import type { SystemOracleName, SystemRule, SystemViolation } from "./oracle.ts";

/** How often a rule was found to hold, broken, and with nothing to say. */
export interface RuleCount {
  readonly oracle: SystemOracleName;
  readonly rule: string;
  readonly held: number;
  readonly broken: number;
  readonly vacuous: number;
}

interface Entry {
  held: number;
  broken: number;
  vacuous: number;
}

export class Docket {
  readonly #entries = new Map<SystemRule, Entry>();
  #at = 0;
  #violation: SystemViolation | null = null;

  constructor(rules: readonly SystemRule[]) {
    for (const rule of rules) this.#entries.set(rule, { held: 0, broken: 0, vacuous: 0 });
  }

  /** What follows is about this step. */
  at(step: number): void {
    this.#at = step;
  }

  /** The first rule broken since the last call of `clear`. */
  get violation(): SystemViolation | null {
    return this.#violation;
  }

  clear(): void {
    this.#violation = null;
  }

  holds(rule: SystemRule): void {
    this.#entries.get(rule)!.held++;
  }

  /** The rule had nothing to say of what was looked at. */
  vacuous(rule: SystemRule): void {
    this.#entries.get(rule)!.vacuous++;
  }

  /** The rule was found to hold, and to have nothing to say, so many times more. */
  add(rule: SystemRule, held: number, vacuous: number): void {
    const entry = this.#entries.get(rule)!;
    entry.held += held;
    entry.vacuous += vacuous;
  }

  broken(rule: SystemRule, ...text: readonly string[]): void {
    this.#entries.get(rule)!.broken++;
    const { oracle, name, invariants } = rule;
    this.#violation ??= { oracle, rule: name, invariants, at: this.#at, text };
  }

  /** Counts since the docket was made. */
  counts(): RuleCount[] {
    return [...this.#entries].map(([{ oracle, name }, counts]) => ({ oracle, rule: name, ...counts }));
  }
}
