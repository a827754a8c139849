/**
 * Random scripts in small worlds, where contents are often equal, frames run out and scans are interrupted.
 */
import type { KsmOp, KsmWorld, PageName } from "../../model/ksm-contract.ts";
import type { Random } from "../generate/random.ts";
import type { KsmScript } from "./script.ts";

/** What scripts of a run are like. */
export interface Style {
  /** Operations behind those that set the world up. */
  readonly ops: number;
  /** Whether frames and nodes may run out. */
  readonly isTight: boolean;
  /** Whether spaces fork and pages are pinned. */
  readonly hasForksAndPins: boolean;
  /** Whether few pages are stored to again and again while the scanner has them under way. */
  readonly isAmbush: boolean;
}

/** A script of any kind: the world is drawn too. */
export function ksmScript(random: Random, style: Style): KsmScript {
  const world = worldOf(random, style);
  const scene = new Scene(random, world);
  const ops = setUp(random, world);
  for (const op of ops) scene.note(op);
  while (ops.length < style.ops) {
    const op = anyOp(scene, style);
    scene.note(op);
    ops.push(op);
  }
  return { world, ops };
}

/** What a script has made so far, if nothing failed: operands are drawn from it, nine times in ten. */
class Scene {
  readonly random: Random;
  readonly world: KsmWorld;
  /** By space, the pages that are there; null: it does not live. */
  readonly #there: (Set<number> | null)[];
  /** A few pages that most stores go to, so that they meet the scanner. */
  readonly #hot: readonly PageName[];
  readonly #pinned: PageName[] = [];

  constructor(random: Random, world: KsmWorld) {
    this.random = random;
    this.world = world;
    this.#there = Array.from({ length: world.spaces }, () => null);
    this.#hot = Array.from({ length: 3 }, () => this.#anyPage());
  }

  note(op: KsmOp): void {
    if ("space" in op && op.space >= this.#there.length) return;
    if (op.do === "pin") this.#pinned.push({ space: op.space, page: op.page });
    if (op.do === "create") this.#there[op.space] ??= new Set();
    if (op.do === "exit") this.#there[op.space] = null;
    if (op.do === "fork") this.#there[op.child] ??= new Set(this.#there[op.space]);
    if (op.do !== "map" && op.do !== "unmap") return;
    for (let page = op.first; page < op.first + op.count; page++) {
      if (op.do === "map") this.#there[op.space]?.add(page);
      else this.#there[op.space]?.delete(page);
    }
  }

  /** The number of a space that lives, or that does not. */
  space(isLiving: boolean): number {
    const fitting = [...this.#there.keys()].filter((space) => (this.#there[space] !== null) === isLiving);
    const isAny = fitting.length === 0 || this.random.odds(1, 10);
    return isAny ? this.random.below(this.world.spaces) : this.random.pick(fitting);
  }

  page(): PageName {
    const hot = this.random.pick(this.#hot);
    if (this.random.odds(1, 2) && this.#there[hot.space]?.has(hot.page) === true) return hot;
    const space = this.space(true);
    const pages = [...(this.#there[space] ?? [])];
    return pages.length === 0 || this.random.odds(1, 20)
      ? this.#anyPage()
      : { space, page: this.random.pick(pages) };
  }

  /** A page that was pinned once, and most often not let go since. */
  pinned(): PageName {
    const at = this.random.below(this.#pinned.length + 1);
    return this.#pinned.splice(at, 1)[0] ?? this.page();
  }

  /** Pages that are there, or that are not, from one on; seldom both. */
  range(isThere: boolean): { space: number; first: number; count: number } {
    const space = this.space(true);
    const { pages } = this.world;
    const is = (page: number) => this.#there[space]?.has(page) === isThere;
    const fitting = Array.from({ length: pages }, (_, page) => page).filter(is);
    const first = fitting.length === 0 ? this.random.below(pages) : this.random.pick(fitting);
    let count = 1;
    while (first + count < pages && is(first + count) && this.random.odds(3, 4)) count++;
    if (first + count < pages && this.random.odds(1, 10)) count++;
    return { space, first, count };
  }

  #anyPage(): PageName {
    return { space: this.random.below(this.world.spaces), page: this.random.below(this.world.pages) };
  }
}

function worldOf(random: Random, { isTight, isAmbush }: Style): KsmWorld {
  const spaces = isAmbush ? 2 : 2 + random.below(3);
  const pages = isAmbush ? 1 + random.below(2) : random.pick([1, 2, 2, 3, 4, 8]);
  const all = spaces * pages;
  return {
    pageSize: random.pick([16, 32, 32, 64]),
    spaces,
    pages,
    frames: isTight ? 1 + random.below(1 + Math.ceil(all / 2)) : 2 * all,
    nodes: isTight && random.odds(1, 2) ? 1 + random.below(3) : all,
    checksumBits: random.pick([0, 2, 2, 32, 32]),
  };
}

/** Most of the world is there and mergeable, and the scanner runs. */
function setUp(random: Random, world: KsmWorld): KsmOp[] {
  const ops: KsmOp[] = [{ do: "knob", knob: "maxSharing", value: random.pick([2, 2, 3, 256]) }];
  if (random.odds(1, 2)) ops.push({ do: "knob", knob: "zeroPages", value: true });
  if (random.odds(1, 3)) ops.push({ do: "knob", knob: "acrossTenants", value: false });
  const spaces = Math.max(1, world.spaces - random.below(3));
  for (let space = 0; space < spaces; space++) {
    const count = 1 + random.below(world.pages);
    ops.push({ do: "create", space, tenant: random.below(2) });
    ops.push({ do: "map", space, first: 0, count });
    ops.push({ do: "advise", space, first: 0, count, isMergeable: true });
  }
  ops.push({ do: "run", run: 1 });
  return ops;
}

type Maker = (scene: Scene) => KsmOp;

/** Few, and one of them more than the others. */
const CONTENTS = ["11", "11", "11", "00", "22", "33"];

/** Four contents of whole pages; what differs in one byte or tag is made by other stores. */
const fill =
  (by: "space" | "device"): Maker =>
  (scene) => ({
    do: "store",
    ...scene.page(),
    offset: 0,
    bytes: scene.random.pick(CONTENTS),
    times: scene.world.pageSize,
    by,
  });

const store: Maker = (scene) => {
  const { random, world } = scene;
  const offset = random.edge(world.pageSize);
  const times = 1 + random.below(Math.min(4, world.pageSize - offset));
  return { do: "store", ...scene.page(), offset, bytes: random.pick(["00", "11", "7f"]), times, by: "space" };
};

/** Often of the same bytes as are there: only the tag differs. */
const storeCapability: Maker = (scene) => ({
  do: "store-capability",
  ...scene.page(),
  granule: scene.random.below(scene.world.pageSize / 16),
  bytes: scene.random.pick(CONTENTS).repeat(16),
});

const scan =
  (unit: "step" | "page" | "pass", most: number): Maker =>
  ({ random }) => ({ do: "scan", unit, count: 1 + random.below(most) });

const knob: Maker = ({ random }) =>
  random.pick<KsmOp>([
    { do: "knob", knob: "maxSharing", value: 1 + random.below(3) },
    { do: "knob", knob: "pagesToScan", value: random.below(4) },
    { do: "knob", knob: "sleepMs", value: random.below(30) - 1 },
    { do: "knob", knob: "zeroPages", value: random.odds(1, 2) },
    { do: "knob", knob: "acrossTenants", value: random.odds(1, 2) },
  ]);

/** What no world has. */
const foul: Maker = ({ random, world: { spaces, pages, pageSize } }) =>
  random.pick<KsmOp>([
    { do: "pin", space: 0, page: pages },
    { do: "unpin", space: -1, page: 0 },
    { do: "create", space: spaces, tenant: 0 },
    { do: "create", space: 0, tenant: spaces },
    { do: "fork", space: 0, child: spaces },
    { do: "map", space: 0, first: pages - 1, count: 2 },
    { do: "advise", space: 0, first: 0, count: 0, isMergeable: true },
    { do: "store", space: 0, page: 0, offset: pageSize - 1, bytes: "aabb", times: 1, by: "space" },
    { do: "store", space: 0, page: 0, offset: 0, bytes: "aab", times: 1, by: "space" },
    { do: "store-capability", space: 0, page: 0, granule: pageSize / 16, bytes: "00".repeat(16) },
    { do: "store-capability", space: 0, page: 0, granule: 0, bytes: "00" },
    { do: "scan", unit: "page", count: -1 },
  ]);

type Weighted = readonly (readonly [weight: number, maker: Maker])[];

const always: Weighted = [
  [20, fill("space")],
  [3, store],
  [5, storeCapability],
  [32, scan("step", 3)],
  [14, scan("page", 3)],
  [6, scan("pass", 3)],
  [2, () => ({ do: "wake" })],
  [3, (scene) => ({ do: "create", space: scene.space(false), tenant: scene.random.below(2) })],
  [1, (scene) => ({ do: "exit", space: scene.space(true) })],
  [4, (scene) => ({ do: "map", ...scene.range(false) })],
  [2, (scene) => ({ do: "unmap", ...scene.range(true) })],
  [6, (scene) => ({ do: "advise", ...scene.range(true), isMergeable: scene.random.odds(3, 4) })],
  [3, ({ random }) => ({ do: "run", run: random.pick([0, 1, 1, 1, 2]) })],
  [2, knob],
  [1, foul],
];

const forksAndPins: Weighted = [
  [4, (scene) => ({ do: "fork", space: scene.space(true), child: scene.space(false) })],
  [2, (scene) => ({ do: "exit", space: scene.space(true) })],
  [2, (scene) => ({ do: "pin", ...scene.page() })],
  [4, (scene) => ({ do: "unpin", ...scene.pinned() })],
  [3, fill("device")],
];

const ambush: Weighted = [
  [100, scan("step", 1)],
  [20, fill("space")],
  // What was merged is found in the unstable tree again, not in the stable one.
  [6, ({ random }) => ({ do: "run", run: random.pick([1, 1, 2]) })],
];

function anyOp(scene: Scene, { hasForksAndPins, isAmbush }: Style): KsmOp {
  const table = [...always, ...(hasForksAndPins ? forksAndPins : []), ...(isAmbush ? ambush : [])];
  let left = scene.random.below(table.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, maker] of table) {
    left -= weight;
    if (left < 0) return maker(scene);
  }
  throw new Error("defect: weights do not add up");
}
