/** Life and death of cVMs, and time. */
import type { CvmDescription } from "../../../model/system-contract.ts";
import { at, KEY_BYTES, KEY_SEED, KEYS, type Scene } from "./scene.ts";
import { code, handle, keyed, number, own, patience } from "./value.ts";

const NAMES = ["a", "b", "c", "d"] as const;
const CODE_SIZE = 0x4000;
const DATA_SIZES = [0x8000, 0x8000, 0x10000, 0x10000, 0x20000] as const;
const INNER_SIZE = 0x8000;

export function populate(scene: Scene): void {
  const count = scene.random.pick([2, 2, 3, 3, 4]);
  const names = NAMES.slice(0, count);
  const isRoomy = scene.random.odds(1, 2);
  for (const name of names) {
    const cvm = descriptionOf(scene, name);
    const quotas = isRoomy ? { ...cvm.quotas, threads: 4, endpoints: 3, handles: 16 } : cvm.quotas;
    scene.happen({ do: "create", cvm: { ...cvm, quotas } });
  }
  for (const name of names) prepare(scene, name);
}

/** Creates a cVM and fills in its keys. */
function create(scene: Scene, name: string): void {
  const description = descriptionOf(scene, name);
  const { outcome } = scene.happen({ do: "create", cvm: description });
  if (outcome.kind === "done" && outcome.value === 0n) prepare(scene, name);
}

function prepare(scene: Scene, name: string): void {
  const actor = scene.actor(({ by }) => by.cvm === name);
  if (actor === null) return;
  const length = KEYS.length * KEY_BYTES;
  scene.act(actor, { do: "fill", address: own(at.keys), length, seed: KEY_SEED });
  // Without a handler the first fault of a cVM is its last.
  if (scene.random.odds(7, 8)) scene.call(actor, "exception_register", code(0x1000));
}

function descriptionOf(
  { random, ...scene }: Pick<Scene, "random" | "outline">,
  name: string,
): CvmDescription {
  const { outline } = scene;
  const outers = outline.cvms.filter(
    ({ state, size, codeSize }) => state === "running" && size - codeSize > INNER_SIZE,
  );
  const isInner = outers.length > 0 && random.odds(1, 4);
  const parent = isInner ? { cvm: random.pick(outers).name, at: random.pick([0x2000, 0x4000]) } : null;
  return {
    name,
    size: CODE_SIZE + (isInner ? INNER_SIZE : random.pick(DATA_SIZES)),
    codeSize: CODE_SIZE,
    image: "",
    ...(random.odds(1, 4) ? { disk: "c0de".repeat(16 + random.below(512)) } : {}),
    parent,
    quotas: {
      threads: random.pick([2, 3, 4, 4]),
      handles: random.pick([4, 16, 16]),
      grants: 1 + random.below(4),
      endpoints: 1 + random.below(3),
      timers: random.pick([1, 2]),
    },
  };
}

export function birth(scene: Scene): void {
  create(scene, scene.random.pick(NAMES));
}

/** A description in which one thing is not as it should be. */
export function misbirth(scene: Scene): void {
  const { random } = scene;
  const good = descriptionOf(scene, random.odds(1, 2) ? "odd" : random.pick(NAMES));
  const { quotas } = good;
  const flaws: readonly Partial<CvmDescription>[] = [
    { size: good.size + 16 },
    { size: 0 },
    { size: (1 << 25) + 0x1000 },
    { size: 0x80_5000 },
    { codeSize: 0x2000 },
    { codeSize: good.size },
    { image: "00".repeat(CODE_SIZE - 2 * 4096 + 1) },
    { disk: "00".repeat(0x8001) },
    { quotas: { ...quotas, threads: 0 } },
    { quotas: { ...quotas, threads: 40 } },
    { quotas: { ...quotas, threads: 5 } },
    { size: good.codeSize + 0x4_8000, quotas: { ...quotas, threads: 64 } },
    { quotas: { ...quotas, handles: 65 } },
    { parent: { cvm: "nobody", at: 0 } },
    { parent: { cvm: random.pick(orNobody(scene.running())), at: -0x1000 } },
    { parent: { cvm: random.pick(NAMES), at: random.pick([-0x1000, 0x1001, 0x1_0000, 0x2000]) } },
    { parent: { cvm: random.pick(NAMES), at: 0x1ff00000 } },
  ];
  scene.happen({ do: "create", cvm: { ...good, ...random.pick(flaws) } });
}

/** Large cVMs until there is no room, and away with them. */
export function crush(scene: Scene): void {
  if (!scene.random.odds(1, 8)) return;
  const big = {
    ...descriptionOf(scene, "big-0"),
    parent: null,
    size: (1 << 25) - (1 << 23),
    codeSize: CODE_SIZE,
  };
  const names = ["big-0", "big-1", "big-2"];
  for (const name of names) {
    const cvm = { ...big, name, codeSize: 1 << 23 };
    scene.happen({ do: "create", cvm });
  }
  for (const cvm of names) {
    scene.happen({ do: "kill", cvm });
    scene.happen({ do: "reclaim", cvm });
  }
}

/** Layer in layer in layer, one more than there may be. */
export function layers(scene: Scene): void {
  if (scene.cvm("layer-0") !== undefined) return;
  const quotas = { threads: 1, handles: 4, grants: 1, endpoints: 1, timers: 1 };
  const sizes = [0x20000, 0x10000, 0x8000, 0x4000, 0x2000];
  let outer: string | null = null;
  for (const [index, size] of sizes.entries()) {
    const name: string = `layer-${index}`;
    const parent: CvmDescription["parent"] = outer === null ? null : { cvm: outer, at: 0 };
    const cvm = { name, size: CODE_SIZE + size, codeSize: CODE_SIZE, image: "", parent, quotas };
    scene.happen({ do: "create", cvm });
    outer = name;
  }
}

export function death(scene: Scene): void {
  const { random } = scene;
  const victim = random.odds(1, 10) ? random.pick(NAMES) : random.pick(orNobody(scene.running()));
  if (random.odds(1, 4)) {
    const actor = scene.actor(({ domain }) => domain === victim);
    if (actor !== null) scene.call(actor, "exit", number(random.below(3)));
  } else scene.happen({ do: "kill", cvm: victim });
}

function orNobody(names: readonly string[]): readonly string[] {
  return names.length === 0 ? NAMES : names;
}

export function reclaim(scene: Scene): void {
  const dead = scene.outline.cvms.filter(({ state }) => state === "quarantine").map(({ name }) => name);
  const name = scene.random.pick(dead.length === 0 || scene.random.odds(1, 6) ? NAMES : dead);
  scene.happen({ do: "reclaim", cvm: name });
}

/** A cVM dies, its place is swept, and another comes in its stead, to which old handles mean nothing. */
export function rebirth(scene: Scene): void {
  const { random } = scene;
  const victim = random.pick(orNobody(scene.running()));
  scene.happen({ do: "kill", cvm: victim });
  if (random.odds(1, 2)) useOld(scene);
  scene.happen({ do: "reclaim", cvm: victim });
  const newborn = random.odds(2, 3) ? victim : random.pick(NAMES);
  create(scene, newborn);
  useOld(scene);
  openAll(scene, newborn);
}

/** Tries what is offered to others: to whoever had the place before, too. */
function openAll(scene: Scene, name: string): void {
  for (const { key } of scene.outline.grants) {
    const actor = scene.actor(({ domain }) => domain === name);
    const index = KEYS.indexOf(key);
    if (actor === null || index < 0) continue;
    scene.open(actor, "cp_file_probe", [...keyed(index), number(1)], { key: index, rights: 1n });
  }
}

/** Handles that are no more are used: by those who had them, and by those who have the name now. */
export function useOld(scene: Scene): void {
  const { random, held } = scene;
  for (let count = 1 + random.below(3); count > 0 && held.length > 0; count--) {
    const old = random.pick(held);
    const actor = scene.actor(({ domain }) => domain === old.domain) ?? scene.actor();
    if (actor === null) return;
    if (old.kind === "endpoint") scene.call(actor, "cp_call", handle(old), own(at.block));
    else if (random.odds(1, 4)) scene.call(actor, "cp_file_wait", handle(old), number(0), patience(scene));
    else scene.call(actor, "cp_file_pread", handle(old), number(0), own(at.buffers), number(64));
  }
}

export function wait(scene: Scene): void {
  scene.happen({ do: "advance", ns: BigInt(scene.random.pick([1, 10, 50, 100, 1000])) });
}
