/**
 * What must hold of any machine with merging, whatever another one does: it is asked after every operation.
 */
import { isDeepStrictEqual } from "node:util";
import type {
  KsmMachine,
  KsmOp,
  KsmReport,
  KsmView,
  KsmWorld,
  PageName,
  PageView,
} from "../../model/ksm-contract.ts";
import { countersBroken } from "./counting.ts";
import type { KsmScript } from "./script.ts";
import { nameText, pagesOf, Shadow } from "./shadow.ts";

export interface KsmViolation {
  /** `KSM-1`. */
  readonly rule: string;
  readonly at: number;
  readonly text: string;
}

type Objection = Omit<KsmViolation, "at"> | null;

/** Runs a script on a machine and says which invariant is the first to be broken. */
export function violationIn({ world, ops }: KsmScript, machine: KsmMachine): KsmViolation | null {
  machine.reset(world);
  const judge = new KsmJudge(world, machine.view());
  for (const [at, op] of ops.entries()) {
    const report = machine.apply(op);
    const objection = judge.judge({ op, report, after: machine.view() });
    if (objection !== null) return { ...objection, at };
  }
  return null;
}

interface Taken {
  readonly op: KsmOp;
  readonly report: KsmReport;
  readonly after: KsmView;
}

class KsmJudge {
  readonly #world: KsmWorld;
  readonly #shadow: Shadow;
  readonly #sums = new Map<string, string>();
  /** The page under way. */
  #picked: string | null = null;
  #before: KsmView;

  constructor(world: KsmWorld, view: KsmView) {
    this.#world = world;
    this.#shadow = new Shadow(world);
    this.#before = view;
  }

  judge(taken: Taken): Objection {
    const { op, report, after } = taken;
    const before = this.#before;
    if (report.outcome.kind === "ok") this.#shadow.apply(op);
    const objection =
      this.#contents(taken) ??
      atomicity(before, taken) ??
      frames(after) ??
      optIn(taken) ??
      this.#twoPasses(taken) ??
      limit(before, taken) ??
      running(before, taken) ??
      countersBroken(before, op, after);
    this.#before = after;
    return objection;
  }

  /** KSM-1, KSM-2, KSM-11: every page holds what it would hold without merging. */
  #contents({ op, after }: Taken): Objection {
    if (after.pages.length !== this.#shadow.size)
      return broken("KSM-1", "there are other pages than should be");
    for (const page of after.pages) {
      const expect = this.#shadow.held(page);
      const actual = after.frames[page.frame]!;
      if (expect === null) return broken("KSM-1", `page ${nameText(page)} should not be there`);
      if (expect.bytes !== actual.bytes) {
        const isStore = op.do === "store" || op.do === "store-capability";
        const isElsewhere = isStore && nameText(op) !== nameText(page);
        const rule = isElsewhere ? "KSM-2" : "KSM-1";
        return broken(rule, `page ${nameText(page)} holds ${actual.bytes}, not ${expect.bytes}`);
      }
      if (expect.tags !== actual.tags) {
        return broken("KSM-11", `page ${nameText(page)} has tags ${actual.tags}, not ${expect.tags}`);
      }
    }
    return null;
  }

  /** KSM-6: with checksums that do not collide, only what did not change since the last visit goes on. */
  #twoPasses({ report, after }: Taken): Objection {
    for (const event of report.events) {
      if (event.step === "pick") this.#picked = nameText(event);
      const name = this.#picked;
      if (event.step !== "checksum" || name === null) continue;
      const [space, page] = name.split(":").map(Number);
      const held = this.#shadow.held({ space: space!, page: page! });
      const sum = held === null ? "" : `${held.bytes} ${held.tags}`;
      const isSame = this.#sums.get(name) === sum;
      this.#sums.set(name, sum);
      if (this.#world.checksumBits === 32 && event.isSettled && !isSame) {
        return broken("KSM-6", `page ${name} goes on, and was not the same at its last visit`);
      }
    }
    const remembered = after.pages
      .filter(({ place }) => place === "none" || place === "unstable")
      .map(nameText);
    for (const name of this.#sums.keys()) if (!remembered.includes(name)) this.#sums.delete(name);
    return null;
  }
}

function broken(rule: string, text: string): Objection {
  return { rule, text };
}

/** KSM-14: what fails changes nothing; and a scan that replaces nothing leaves all mappings as they were. */
function atomicity(before: KsmView, { op, report, after }: Taken): Objection {
  if (report.outcome.kind === "error" && !isDeepStrictEqual(before, after)) {
    return broken("KSM-14", `${op.do} failed with ${report.outcome.code}, and changed something`);
  }
  const isScan = op.do === "scan" || op.do === "wake";
  const isReplaced = report.events.some(({ step }) => step === "replace");
  if (isScan && !isReplaced && !isDeepStrictEqual(before.pages.map(mapping), after.pages.map(mapping))) {
    return broken("KSM-14", "mappings changed, and nothing was replaced");
  }
  return null;
}

function mapping({ space, page, frame }: PageView): readonly number[] {
  return [space, page, frame];
}

/** KSM-3: references are mappings; merged frames are protected, and not pinned. */
function frames({ pages, frames: all }: KsmView): Objection {
  for (const [number, { kind, refs, pins, isProtected }] of all.entries()) {
    const mappings = pages.filter(({ frame }) => frame === number).length;
    if (kind !== "zero" && refs !== mappings) {
      return broken("KSM-3", `frame ${number} counts ${refs} references of ${mappings} mappings`);
    }
    if (kind !== "private" && (!isProtected || pins > 0)) {
      return broken("KSM-3", `frame ${number} is merged and not protected, or pinned`);
    }
  }
  return null;
}

/**
 * KSM-4: what is not mergeable is not merged, also right after it was said so. KSM-2: who stores is alone.
 */
function optIn({ op, report, after }: Taken): Objection {
  const isShared = ({ frame }: PageView) => after.frames[frame]!.kind !== "private";
  const wrong = after.pages.find((page) => !page.isMergeable && isShared(page));
  if (wrong !== undefined) return broken("KSM-4", `page ${nameText(wrong)} is merged, and not mergeable`);
  if (report.outcome.kind === "error") return null;
  if (op.do === "advise") {
    const named = new Set(pagesOf(op).map(nameText));
    const other = after.pages.find(
      (page) => named.has(nameText(page)) && page.isMergeable !== op.isMergeable,
    );
    if (other !== undefined) return broken("KSM-4", `page ${nameText(other)} is not as was advised`);
  }
  if (op.do === "store" || op.do === "store-capability" || op.do === "pin") {
    const stored = after.pages.find((page) => nameText(page) === nameText(op))!;
    const { kind, refs } = after.frames[stored.frame]!;
    if (kind !== "private" || refs !== 1)
      return broken("KSM-2", `page ${nameText(op)} is not alone with its frame`);
  }
  return null;
}

/** KSM-8: a merged frame of more mappings than its limit has not gained any by merging. */
function limit(before: KsmView, { op, after }: Taken): Objection {
  if (op.do !== "scan" && op.do !== "wake") return null;
  for (const [number, { kind }] of after.frames.entries()) {
    const pages = after.pages.filter(({ frame }) => frame === number);
    if (kind !== "merged" || pages.length <= after.knobs.maxSharing) continue;
    const had = pages.map((page) => frameBefore(before, page));
    if (had.some((frame) => frame !== had[0]))
      return broken("KSM-8", `frame ${number} gained more than its limit`);
  }
  return null;
}

function frameBefore({ pages }: KsmView, name: PageName): number {
  return pages.find((page) => nameText(page) === nameText(name))!.frame;
}

/** KSM-10: stopping and going on keeps what is merged; 2 leaves nothing merged. */
function running(before: KsmView, { op, report, after }: Taken): Objection {
  if (op.do !== "run" || report.outcome.kind === "error") return null;
  if (after.run !== op.run) return broken("KSM-10", `run is ${after.run}`);
  if (op.run !== 2) {
    const isKept = isDeepStrictEqual(before.pages, after.pages);
    return isKept ? null : broken("KSM-10", "pages are not as they were");
  }
  const isPrivate = after.frames.every(({ kind }) => kind === "private");
  return isPrivate ? null : broken("KSM-10", "something is still merged");
}
