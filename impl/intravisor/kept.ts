/** What is made of an entry of a table, made anew only when something that it shows has changed. */
export class Kept<Entry extends object, Made> {
  private readonly known = new WeakMap<Entry, { readonly parts: readonly unknown[]; readonly made: Made }>();

  /** What was made of the entry last, if these parts are what they were then; or else what `make` makes of it. */
  of(entry: Entry, parts: readonly unknown[], make: () => Made): Made {
    const before = this.known.get(entry);
    if (before !== undefined && areSame(parts, before.parts)) return before.made;
    const made = make();
    this.known.set(entry, { parts, made });
    return made;
  }
}

function areSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
