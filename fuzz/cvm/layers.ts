/**
 * How the cVMs of a description lie to each other: which is inside which, and where. The addresses of the file are used
 * for that and for nothing else.
 */
import type { CvmFile, DescribedCvm } from "./description.ts";

export interface Family {
  /** Indexes of the file in the order of creation: a layer before those inside it. */
  readonly order: readonly number[];
  /** By index: the layer around it, or null. */
  readonly outerOf: readonly (number | null)[];
  /** By index: where its data part begins in that of the layer around it; 0 if there is none. */
  readonly placeIn: readonly number[];
  /** By index: bytes of its data part that lie in front of its own data, for the layers inside. */
  readonly ownAt: readonly number[];
}

interface Range {
  readonly begin: number;
  readonly end: number;
}

/** @throws BadInput naming file, line and path. */
export function familyOf(described: CvmFile): Family {
  const { cvms } = described;
  checkNames(described);
  const outerOf = cvms.map((cvm, index) => outerIndex(described, cvm, index));
  checkInward(described, outerOf);
  const order = orderOf(described, outerOf);
  const ranges = cvms.map((cvm, index) => rangeOf(described, cvm, index));
  checkPlaces(described, outerOf, ranges);
  checkJoins(described, outerOf);
  const ownAt = cvms.map(({ isolation }, index) => {
    const range = ranges[index];
    return range === null || range === undefined ? 0 : isolation.base! - range.begin;
  });
  const placeIn = cvms.map((_, index) => {
    const outer = outerOf[index];
    return outer === null || outer === undefined ? 0 : ranges[index]!.begin - ranges[outer]!.begin;
  });
  return { order, outerOf, placeIn, ownAt };
}

function checkNames({ cvms, capfiles, refuse }: CvmFile): void {
  const seen = new Set<string>();
  for (const [index, { name }] of cvms.entries()) {
    if (seen.has(name)) refuse(["cVMs", index, "name"], `there is another ${name}`);
    seen.add(name);
    if (name === "monitor" || name === "capfiles") {
      refuse(["cVMs", index, "name"], `${name} is the name of something else`);
    }
  }
  const keys = new Set<string>();
  for (const [index, { name }] of capfiles.entries()) {
    if (keys.has(name)) refuse(["capfiles", index, "name"], `there is another ${name}`);
    keys.add(name);
  }
}

/** The layer that `callback_out` names, by name or by runtime. */
function outerIndex({ cvms, refuse }: CvmFile, { callback_out }: DescribedCvm, index: number): number | null {
  if (callback_out === "monitor") return null;
  return named(cvms, callback_out, (why) => refuse(["cVMs", index, "callback_out"], why));
}

function named(cvms: readonly DescribedCvm[], wanted: string, refuse: (why: string) => never): number {
  const byName = cvms.findIndex(({ name }) => name === wanted);
  if (byName >= 0) return byName;
  const byRuntime = cvms.flatMap(({ runtime }, at) => (runtime === wanted ? [at] : []));
  if (byRuntime.length === 0)
    return refuse(`there is no cVM ${wanted.slice(0, 40)}, nor one with such a runtime`);
  if (byRuntime.length > 1)
    return refuse(`more than one cVM has the runtime ${wanted.slice(0, 40)}: name it`);
  return byRuntime[0]!;
}

/** `callback_in` says of the outer what `callback_out` says of the inner. */
function checkInward({ cvms, refuse }: CvmFile, outerOf: readonly (number | null)[]): void {
  for (const [index, { callback_in }] of cvms.entries()) {
    if (callback_in === null) continue;
    const refuseHere = (why: string): never => refuse(["cVMs", index, "callback_in"], why);
    const inner = named(cvms, callback_in, refuseHere);
    if (outerOf[inner] !== index)
      refuseHere(`${cvms[inner]!.name} has another callback_out: it is not inside`);
  }
}

function orderOf({ cvms, refuse }: CvmFile, outerOf: readonly (number | null)[]): number[] {
  const order: number[] = [];
  for (const index of cvms.keys()) {
    const chain: number[] = [];
    for (let at: number | null = index; at !== null && !order.includes(at); at = outerOf[at] ?? null) {
      if (chain.includes(at)) {
        return refuse(["cVMs", index, "callback_out"], "layers are inside each other in a circle");
      }
      chain.push(at);
    }
    order.push(...chain.reverse());
  }
  return order;
}

/** The isolation range in addresses of the file; null if the file does not say where it is. */
function rangeOf({ refuse }: CvmFile, { isolation }: DescribedCvm, index: number): Range | null {
  const { base, size, begin, end } = isolation;
  const refuseField = (field: string, why: string): never => refuse(["cVMs", index, "isolation", field], why);
  if (base === null) {
    if (begin !== null) refuseField("begin", "expected base, too");
    if (end !== null) refuseField("end", "expected base, too");
    return null;
  }
  const top = base + size;
  if (begin !== null && begin > base) refuseField("begin", `expected at most base, ${hex(base)}`);
  if (end !== null && end !== top) {
    const why = "the stacks of a layer are its top, and nothing may lie above them";
    refuseField("end", `expected base + size, ${hex(top)}: ${why}`);
  }
  return { begin: begin ?? base, end: top };
}

/** Inner ranges lie below what is the outer's own; all others apart. */
function checkPlaces(
  { cvms, refuse }: CvmFile,
  outerOf: readonly (number | null)[],
  ranges: readonly (Range | null)[],
): void {
  for (const [index, range] of ranges.entries()) {
    const outer = outerOf[index] ?? null;
    if (outer !== null) {
      const around = ranges[outer] ?? null;
      const own = cvms[outer]!.isolation.base;
      if (range === null) {
        refuse(["cVMs", index, "isolation"], "expected base: it lies in another");
        continue;
      }
      if (around === null || own === null) {
        refuse(["cVMs", outer, "isolation"], "expected base and begin: others lie inside");
        continue;
      }
      if (range.begin < around.begin || range.end > own) {
        const room = `${hex(around.begin)} to ${hex(own)}`;
        refuse(["cVMs", index, "isolation", "base"], `expected to lie in ${room} of ${cvms[outer]!.name}`);
      }
    }
    for (const [other, there] of ranges.slice(0, index).entries()) {
      const isKin = outerOf[other] === outer;
      if (!isKin || range === null || there === null) continue;
      if (range.begin < there.end && there.begin < range.end) {
        refuse(["cVMs", index, "isolation", "base"], `overlaps the range of ${cvms[other]!.name}`);
      }
    }
  }
}

/** Whoever starts when a layer has ended cannot be inside it: it ends with it. */
function checkJoins({ cvms, refuse }: CvmFile, outerOf: readonly (number | null)[]): void {
  for (const [index, { wait, name }] of cvms.entries()) {
    if (wait !== -1) continue;
    for (let later = index + 1; later < cvms.length; later++) {
      for (let at: number | null | undefined = outerOf[later]; at != null; at = outerOf[at]) {
        if (at !== index) continue;
        refuse(
          ["cVMs", index, "wait"],
          `${cvms[later]!.name} would start when ${name}, which it is in, has ended`,
        );
      }
    }
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
