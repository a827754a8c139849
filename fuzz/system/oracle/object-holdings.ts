/** Every capability that there is, by where it lies and whose it is. */
import type { Probe, ProbedThread } from "../../../impl/intravisor/probe.ts";
import type { DeclaredCvm, Range } from "./declared.ts";
import { type HeldCapability, type HeldGranule, storeOf } from "./held.ts";
import type { Ledger } from "./ledger.ts";
import { SLOT } from "./object-shape.ts";
import type { Sight } from "./oracle.ts";

/** Whose a capability is; null: the Intravisor's own; undefined: left over of a call into objects, for nobody to find. */
export type Owner = DeclaredCvm | null | undefined;

/** Is given what is held in one place, and how a capability there is named. */
type Take = <Held extends HeldCapability>(
  held: readonly Held[],
  owner: Owner,
  where: (one: Held) => string,
) => void;

/** Every capability that is held or kept: by threads, in stores, in objects, states and tables. */
export function everything(ledger: Ledger, sight: Sight, isWhole: boolean, take: Take): void {
  const { probe, held, threads } = sight;
  const takePiece = (piece: Range, owner: Owner, where: string) => {
    if (piece.size > 0)
      take(tagsOf(piece, sight), owner, ({ offset }) => `${where} + 0x${offset.toString(16)}`);
  };
  for (const thread of threads) {
    const owner = ledger.cvms.get(thread.slot)?.threads[thread.number];
    if (thread.state === "dead" || owner === undefined || owner.state === "dead") continue;
    const { cvm } = owner.frames.at(-1)!;
    const { held: registers } = held.ofThread(thread);
    take(registers, cvm, ({ register }) => `${thread.cvm}.${thread.number}: c${register}`);
  }
  for (const cvm of ledger.cvms.values()) {
    if (cvm.state === "running")
      takePiece({ base: storeOf(cvm, probe), size: probe.places.storeSize }, cvm, `store of ${cvm.name}`);
    for (const base of tablesOf(cvm, probe))
      takePiece({ base, size: probe.places.pageSize }, cvm, `table of ${cvm.name}`);
  }
  for (const { number, text, rodata, bindings } of ledger.objects) {
    takePiece(text, null, `text of object ${number}`);
    takePiece(rodata, null, `rodata of object ${number}`);
    for (const { cvm, state } of bindings) takePiece(state, cvm, `state of ${cvm.name} in object ${number}`);
  }
  if (isWhole) takeOwn(ledger, sight, take);
}

/** What is in the Intravisor's own pages, but for tables. */
function takeOwn(ledger: Ledger, sight: Sight, take: Take): void {
  const { probe, held, threads } = sight;
  const { ownBase, ownSize, pageSize } = probe.places;
  const pages = new Set([...ledger.cvms.values()].flatMap((cvm) => tablesOf(cvm, probe)));
  const own = new Map(threads.map((thread) => [thread.objectPage, thread]));
  for (const offset of probe.tagged(ownBase, ownSize)) {
    const at = ownBase + offset;
    const page = at - (at % pageSize);
    const one = pages.has(page) ? null : held.granule(probe, at);
    const thread = own.get(page);
    const owner = thread === undefined ? null : callerAt(at, thread, ledger, sight);
    if (one !== null) take([one], owner, () => `the Intravisor's own page + 0x${offset.toString(16)}`);
  }
}

/** The pages with the tables of a cVM, as many as it has. */
function tablesOf({ slot }: DeclaredCvm, probe: Probe): number[] {
  return [probe.tableOf(slot), probe.libraryTableOf(slot)].filter((page) => page !== 0);
}

/**
 * The client for which an object runs that finds this again when what it has called comes back. A client finds nothing of
 * objects again, whatever lies in between.
 */
function callerAt(
  at: number,
  { objects }: ProbedThread,
  { cvms }: Ledger,
  { probe }: Sight,
): DeclaredCvm | undefined {
  const { objectFrameBytes, pageSize } = probe.places;
  const frame = objects.find((one) => at >= one.at && at < one.at + objectFrameBytes);
  if (frame === undefined || !frame.isFromObject) return undefined;
  const page = frame.descriptor - (frame.descriptor % pageSize);
  return [...cvms.values()].find(({ slot }) => probe.tableOf(slot) === page);
}

/** What is held in a piece of memory that begins with a granule. */
export function tagsOf({ base, size }: Range, { held, probe }: Sight): readonly HeldGranule[] {
  return held.ofPiece({ base, size: Math.ceil(size / SLOT) * SLOT }, probe).held;
}
