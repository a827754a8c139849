/** The abstract state, read off the tables and the engine's memory. */
import type { CvmView, SystemView, ThreadView } from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import { authorityOf } from "./authority.ts";
import { hexOf } from "./call-frame.ts";
import { pointersUnder } from "./domain.ts";
import { viewOfListeners, viewOfStreams } from "./stream-view.ts";
import type { Cvm, Tables, Thread } from "./tables.ts";

const RIGHTS = ["r", "r", "w", "rw"] as const;

const PAGE = 4096;

/** The pages of a cVM's data part. */
export function pagesOf(tables: Tables, engine: Engine, name: string): Uint8Array[] {
  const cvm = tables.cvms.find((one) => one?.name === name);
  if (!cvm) return [];
  const bytes = engine.peek(BigInt(cvm.dataBase), cvm.dataSize);
  const length = cvm.dataSize / PAGE;
  return Array.from({ length }, (_, index) => bytes.subarray(index * PAGE, (index + 1) * PAGE));
}

export function viewOf(tables: Tables, engine: Engine): SystemView {
  const outline = outlineOf(tables, engine);
  const cvms = tables.cvms.filter((cvm) => cvm !== null);
  const withMemory = outline.cvms.map((view, at) => {
    const cvm = cvms[at]!;
    return { ...view, ...memoryOf(cvm, engine), disk: runsOf(cvm.disk.contents()) };
  });
  return { ...outline, cvms: withMemory };
}

/** Everything but what memory holds. */
export function outlineOf(tables: Tables, engine: Engine): SystemView {
  const live = tables.cvms.filter((cvm) => cvm !== null);
  const running = engine.hart.save();
  const cvms = live.map((cvm) => viewOfCvm(cvm, engine));
  engine.hart.restore(running);
  return {
    cvms,
    grants: [...tables.grants].map((grant) => ({
      key: grant.key,
      owner: grant.owner.name,
      base: BigInt(grant.base),
      length: BigInt(grant.size),
      rights: RIGHTS[grant.rights],
      epoch: grant.epoch,
      holders: live
        .filter(({ handles }) => handles.some((handle) => handle?.kind === "grant" && handle.grant === grant))
        .map(({ name }) => name),
    })),
    endpoints: [...tables.endpoints].map((endpoint) => ({
      key: endpoint.key,
      owner: endpoint.owner.name,
      entry: BigInt(endpoint.entry),
      mode: endpoint.kind,
      active: live
        .flatMap(({ threads }) => threads)
        .filter(({ state }) => state !== "dead")
        .flatMap(({ frames }) => frames)
        .filter((frame) => frame.endpoint === endpoint).length,
    })),
    tickets: [...tables.tickets].map(({ owner, number, request, state, result }) => ({
      owner: owner.name,
      number,
      key: request.endpoint.live ? request.endpoint.key : "",
      state,
      result,
    })),
    listeners: viewOfListeners(tables),
    streams: viewOfStreams(tables),
    objects: [],
    time: tables.time,
  };
}

function viewOfCvm(cvm: Cvm, engine: Engine): CvmView {
  return {
    name: cvm.name,
    slot: cvm.slot,
    generation: cvm.generation,
    state: cvm.state,
    base: BigInt(cvm.codeBase),
    codeSize: cvm.codeSize,
    dataBase: BigInt(cvm.dataBase),
    size: cvm.codeSize + cvm.dataSize,
    data: [],
    tags: [],
    handler: BigInt(cvm.handler),
    disk: [],
    packets: cvm.packets.map(({ bytes }) => hexOf(bytes)),
    threads: cvm.threads.map((thread) => viewOfThread(thread, engine)),
    handles: cvm.handles.flatMap((handle, index) =>
      handle === null
        ? []
        : [
            {
              handle: BigInt(index) | (BigInt(cvm.handleGenerations[index]!) << 16n),
              what: handle.kind,
              stale: handle.kind === "grant" && !handle.grant.live,
            },
          ],
    ),
  };
}

function memoryOf({ dataBase, dataSize }: Cvm, engine: Engine): Pick<CvmView, "data" | "tags"> {
  const at = BigInt(dataBase);
  return { data: runsOf(engine.peek(at, dataSize)), tags: engine.hart.tagsIn(at, dataSize) };
}

function viewOfThread(thread: Thread, engine: Engine): ThreadView {
  const { number, state, frames } = thread;
  if (state === "dead")
    return { thread: number, state, handling: false, worker: false, domains: [], ddcBase: 0n, ddcTop: 0n };
  const { base, top } = pointersUnder(frames.at(-1)!.cvm, authorityOf(engine, thread));
  const domains = frames.map(({ cvm }) => cvm.name);
  const worker = frames[0]!.call !== null;
  return { thread: number, state, handling: thread.handling, worker, domains, ddcBase: base, ddcTop: top };
}

/** Runs of bytes other than zero; a run never goes beyond a page. */
function runsOf(bytes: Uint8Array): { offset: number; bytes: string }[] {
  const runs: { offset: number; bytes: string }[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0) continue;
    const start = at;
    while (at < bytes.length && bytes[at] !== 0 && (at === start || at % 4096 !== 0)) at++;
    runs.push({ offset: start, bytes: hexOf(bytes.subarray(start, at)) });
    at--;
  }
  return runs;
}
