import { type Item, withItems } from "./draft.ts";
import type { Search } from "./search.ts";
import { parse, wordOf } from "./word.ts";

/** The number of DDC among the special registers. */
const DDC = 1;

/**
 * Stays in integer mode: drops a word, which may be what switched modes, and keeps the authority of the
 * accesses behind it: they name it themselves, or DDC is it. One step alone would not do, since the accesses
 * mean something else in the other mode.
 */
export function explicate(search: Search, lengthMax: number): boolean {
  if (search.best.items.length > lengthMax) return false;
  let isChanged = false;
  for (let at = search.best.items.length - 2; at >= 0; at--) {
    const item = search.best.items[at];
    if (item !== undefined && !item.isKept && explicateWithout(search, at)) isChanged = true;
  }
  return isChanged;
}

function explicateWithout(search: Search, at: number): boolean {
  const { items } = search.best;
  const named = items.map((item, index) => (index > at ? namingAuthority(item) : item));
  const isNamed = named.some((item, index) => item !== items[index]);
  if (isNamed && search.offerGone(named, at)) return true;

  const base = baseOf(items.at(-1)!);
  const install = base === undefined ? null : wordOf("cspecialrw", { cd: 0, scr: DDC, cs1: base });
  if (install === null) return false;
  const through = items.toSpliced(-1, 0, { word: install, marks: [], isKept: false });
  return search.offer(withItems(search.best, through.toSpliced(at, 1)));
}

/** The same access with the base register as its authority whatever the mode, if there is one. */
function namingAuthority(item: Item): Item {
  const base = item.isKept ? undefined : baseOf(item);
  if (base === undefined) return item;
  const { instruction, values } = parse(item.word)!;
  const name = `${instruction.name.replace(/^c\.|sp$/g, "")}.cap`;
  const word = wordOf(name, { ...values, cs1: base });
  return word === null ? item : { word, marks: [], isKept: false };
}

/** The base register of an access whose authority depends on the mode. */
function baseOf({ word }: Item): number | undefined {
  return parse(word)?.values["base"];
}
