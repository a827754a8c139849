import type { Program } from "../../model/contract.ts";
import { bypass } from "./bypass.ts";
import { draftOf, programOf, withItems } from "./draft.ts";
import { cutTail, dropPairs, dropPieces } from "./drop.ts";
import { explicate } from "./explicit.ts";
import { type Fails, isSameFailure } from "./failure.ts";
import { inject, shortenRun } from "./fetched.ts";
import { renameRegisters, simplifyOperands } from "./operand.ts";
import { replacePadding } from "./padding.ts";
import { resynthesize } from "./resynthesis.ts";
import { type Events, Search } from "./search.ts";
import { merge, standIn } from "./stand-in.ts";

export interface ShrinkOptions {
  /** The most programs that are run. */
  readonly testsMax: number;
  /** What the reference does on a program. */
  readonly events: Events;
}

/** What shrinking came to. */
export interface Shrunk {
  readonly program: Program;
  /** Programs that were run. */
  readonly tests: number;
  /** Whether no single word can be dropped without losing the failure. False only if the tests ran out. */
  readonly isOneMinimal: boolean;
}

/** Programs up to this length are searched for pairs of words that can go or be one. */
const PAIRS_LENGTH_MAX = 16;

/**
 * Makes a failing program small while it fails in the same way: drops words, puts simpler words in their
 * place, takes moves out, makes numbers and register names small. The same program gives the same result.
 *
 * @throws RangeError if the program does not fail.
 */
export function shrink(program: Program, fails: Fails, options: ShrinkOptions): Shrunk {
  const wanted = fails(program);
  if (wanted === null) throw new RangeError("expected a program that fails");

  const search = new Search(program, wanted, fails, options.events, options.testsMax);
  inject(search);
  cutTail(search);
  shortenRun(search);
  let isChanged = true;
  while (isChanged && !search.isExhausted()) {
    const before = search.best;
    dropPieces(search);
    bypass(search);
    standIn(search);
    simplifyOperands(search);
    renameRegisters(search);
    if (search.best === before) {
      explicate(search, PAIRS_LENGTH_MAX);
      replacePadding(search);
      dropPairs(search, PAIRS_LENGTH_MAX);
      merge(search, PAIRS_LENGTH_MAX);
      resynthesize(search);
      inject(search);
      shortenRun(search);
    }
    isChanged = search.best !== before;
  }
  const smallest = search.program();
  const left = smallest.words.length;
  return { program: smallest, tests: search.tests + left + 1, isOneMinimal: isOneMinimal(smallest, fails) };
}

/** Whether a failing program stops failing in its way when any single word that may be dropped is dropped. */
export function isOneMinimal(program: Program, fails: Fails): boolean {
  const wanted = fails(program);
  const draft = draftOf(program);
  return draft.items.every((item, at) => {
    if (item.isKept) return true;
    const smaller = programOf(program, withItems(draft, draft.items.toSpliced(at, 1)));
    return !isSameFailure(fails(smaller), wanted);
  });
}
