/**
 * The life of a cVM (3.4): ready, running, dying, quarantine, and its place is free again for the next generation.
 * Creation is all or nothing (I-88); whoever dies takes along what it granted and what it was granted (I-54, I-69).
 */
import { leaveObjects } from "../sco/objects.ts";
import type { CvmDescription, ErrorName } from "../system-contract.ts";
import { bytesOf, clearBytes, noBytes, writeBytes } from "./bytes.ts";
import { type Change, changed, findCvm, isSame, returned, withCvm } from "./change.ts";
import { leaveDead } from "./cp-call-part.ts";
import { admit } from "./cp-call-room.ts";
import { endGrant } from "./cp-file.ts";
import { endStreamsOf } from "./cp-stream.ts";
import { DISK_SIZE } from "./devices.ts";
import { failure } from "./errors.ts";
import { CODE_SIZE_MIN, isExact, isInside, PAGE, place, RAM_BASE, type Range, STACK_SIZE } from "./layout.ts";
import type { Cvm, Identity, System } from "./state.ts";
import { newThread } from "./threads.ts";

const SIZE_MAX = 1 << 25;
const THREADS_MAX = 63;
const HANDLES_MAX = 64;
/** Generations are the upper half of an identity word. */
const GENERATION_MAX = 2 ** 32 - 1;
/** Layers above a cVM, at most (I-89). */
const DEPTH_MAX = 4;

/** Creates and starts a cVM: 0, or why not. */
export function create(system: System, description: CvmDescription): Change {
  const planned = plan(system, description);
  if (typeof planned === "string") return changed(system, { kind: "done", value: failure(planned) });
  const { slot, code, data, parent } = planned;
  const generation = system.generations[slot]! + 1;
  const identity = { slot, generation };
  const { name, quotas } = description;
  const cvm: Cvm = {
    identity,
    name,
    state: "running",
    code,
    data,
    parent: parent?.identity ?? null,
    quotas,
    handles: new Array<null>(quotas.handles).fill(null),
    handleGenerations: new Array<number>(quotas.handles).fill(system.handlesUsed),
    ticketsMade: 0n,
    threads: [newThread({ identity, data }, 0)],
    disk: writeBytes(noBytes, 0, bytesOf(description.disk ?? "")),
    packets: [],
    handler: null,
  };
  const zeroed = clearBytes(system.memory, Number(data.base - RAM_BASE), Number(data.size));
  const generations = system.generations.with(slot, generation);
  const cvms = withPlace(system.cvms, cvm);
  return changed({ ...system, cvms, memory: zeroed, generations }, { kind: "done", value: 0n });
}

interface Plan {
  readonly slot: number;
  readonly code: Range;
  readonly data: Range;
  readonly parent: Cvm | null;
}

function plan(system: System, description: CvmDescription): Plan | ErrorName {
  const { size, codeSize, image, disk, quotas } = description;
  const live = system.cvms.filter((cvm) => cvm !== null);
  const isWellFormed =
    size > codeSize &&
    size <= SIZE_MAX &&
    codeSize >= CODE_SIZE_MIN &&
    size % PAGE === 0 &&
    codeSize % PAGE === 0;
  const imageFits = image.length / 2 <= codeSize - CODE_SIZE_MIN;
  const dataSize = size - codeSize;
  const threadsFit =
    quotas.threads >= 1 && quotas.threads <= THREADS_MAX && quotas.threads * STACK_SIZE < dataSize;
  if (!isWellFormed || !threadsFit || quotas.handles > HANDLES_MAX) return "EINVAL";
  if (!imageFits || (disk ?? "").length / 2 > DISK_SIZE) return "E2BIG";
  if (live.some(({ name }) => name === description.name)) return "EEXIST";
  const slot = freeSlot(system);
  if (slot < 0) return "ENOSPC";
  const ranges =
    description.parent === null ? placeAlone(live, size, codeSize) : placeInside(live, description);
  return typeof ranges === "string" ? ranges : { slot, ...ranges };
}

/** The lowest place that is free; -1 if none is. One whose generations are used up stays empty (I-83). */
function freeSlot({ cvms, generations }: System): number {
  return generations.findIndex((used, at) => (cvms[at] ?? null) === null && used < GENERATION_MAX);
}

/** The cVMs with one more. */
function withPlace(cvms: System["cvms"], cvm: Cvm): System["cvms"] {
  const { slot } = cvm.identity;
  const length = Math.max(cvms.length, slot + 1);
  return Array.from({ length }, (_, at) => (at === slot ? cvm : (cvms[at] ?? null)));
}

/** Code and data part beside each other, in the lowest place that is free. */
function placeAlone(live: readonly Cvm[], size: number, codeSize: number): Omit<Plan, "slot"> | ErrorName {
  const base = place(BigInt(size), live.flatMap(placesOf));
  if (base === null) return "ENOMEM";
  const code = { base, size: BigInt(codeSize) };
  const data = { base: base + BigInt(codeSize), size: BigInt(size - codeSize) };
  return isExact(code) && isExact(data) ? { code, data, parent: null } : "EINVAL";
}

/** The data part inside that of the parent, apart from its other children (I-89); the code part outside. */
function placeInside(live: readonly Cvm[], { parent: inside, size, codeSize }: CvmDescription) {
  const parent = live.find(({ name }) => name === inside!.cvm);
  if (parent === undefined || parent.state !== "running") return "ENOENT";
  if (depthOf(live, parent) + 1 >= DEPTH_MAX) return "ELOOP";
  const data = { base: parent.data.base + BigInt(inside!.at), size: BigInt(size - codeSize) };
  if (inside!.at < 0 || !isInside(data.base, data.size, parent.data)) return "EINVAL";
  const siblings = live.filter((cvm) => cvm.parent !== null && isSame(cvm.parent, parent.identity));
  if (siblings.some((sibling) => overlaps(sibling.data, data))) return "EEXIST";
  const base = place(BigInt(codeSize), live.flatMap(placesOf));
  if (base === null) return "ENOMEM";
  const code = { base, size: BigInt(codeSize) };
  return isExact(code) && isExact(data) ? { code, data, parent } : "EINVAL";
}

function placesOf({ code, data, parent }: Cvm): Range[] {
  return parent === null ? [{ base: code.base, size: code.size + data.size }] : [code];
}

function overlaps(one: Range, other: Range): boolean {
  return one.base < other.base + other.size && other.base < one.base + one.size;
}

function depthOf(live: readonly Cvm[], { parent }: Cvm): number {
  if (parent === null) return 0;
  const above = live.find(({ identity }) => isSame(identity, parent));
  return above === undefined ? 0 : 1 + depthOf(live, above);
}

/** exit(status): the whole cVM ends, as if it was killed. */
export function exit(system: System, cvm: Cvm): Change {
  const ended = end(system, cvm.identity);
  return returned(ended.system, 0n, 0n, 0n, { woken: ended.woken });
}

/** Ends a cVM and, first, its descendants (3.8): no thread of it runs again. */
export function kill(system: System, name: string): Change {
  const cvm = system.cvms.find((one) => one?.name === name) ?? null;
  if (cvm === null) return changed(system, { kind: "done", value: failure("ENOENT") });
  if (cvm.state !== "running") return changed(system, { kind: "done", value: failure("EBUSY") });
  const ended = end(system, cvm.identity);
  return changed(ended.system, { kind: "done", value: 0n }, { woken: ended.woken });
}

/** Ends a cVM in the course of something else: what its end wakes is told by whoever asks. */
export function end(system: System, identity: Identity): Pick<Change, "system" | "woken"> {
  let after = system;
  const woken: Change["woken"][number][] = [];
  const take = (step: Pick<Change, "system" | "woken">) => {
    after = step.system;
    woken.push(...step.woken);
  };
  for (const child of system.cvms) {
    if (child?.parent && isSame(child.parent, identity) && child.state === "running")
      take(end(after, child.identity));
  }
  const cvm = findCvm(after, identity)!;
  const handles = cvm.handles.map(() => null);
  // The disk stays until the place is freed; packets for the dead are lost.
  after = withCvm(after, { ...cvm, state: "dying", handles, packets: [], handler: null });
  take(leaveDead(after, identity));
  for (const [number, { owner }] of after.grants) {
    if (isSame(owner, identity)) take(endGrant(after, number));
  }
  take(endStreamsOf(after, identity));
  after = { ...after, timers: after.timers.filter(({ owner }) => !isSame(owner, identity)) };
  after = leaveObjects(after, identity);
  // Threads that died elsewhere have left room for others.
  take(admit(after));
  return { system: withCvm(after, { ...findCvm(after, identity)!, state: "quarantine" }), woken };
}

/** Sweeps and scrubs what a dead cVM had, and frees its place (I-81, I-82): inner ones first, since they lie in it. */
export function reclaim(system: System, name: string): Change {
  const cvm = system.cvms.find((one) => one?.name === name) ?? null;
  if (cvm === null) return changed(system, { kind: "done", value: failure("ENOENT") });
  const isOuter = system.cvms.some((inner) => inner?.parent && isSame(inner.parent, cvm.identity));
  if (cvm.state !== "quarantine" || isOuter) {
    return changed(system, { kind: "done", value: failure("EBUSY") });
  }
  const { slot } = cvm.identity;
  const memory = clearBytes(system.memory, Number(cvm.data.base - RAM_BASE), Number(cvm.data.size));
  const freed = { ...system, memory, cvms: system.cvms.with(slot, null) };
  return changed(freed, { kind: "done", value: 0n });
}
