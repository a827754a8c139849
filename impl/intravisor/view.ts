/**
 * The abstract state, read off the tables and the engine's memory. Every part is looked at each time; what shows the same
 * as before is the same object, so that whoever compares can tell at once.
 */
import type {
  CvmView,
  EndpointView,
  GrantView,
  SystemView,
  ThreadView,
  TicketView,
} from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import { viewOfObjects, withStates } from "../sco/view.ts";
import { authorityOf } from "./authority.ts";
import { hexOf } from "./call-frame.ts";
import { pointersUnder } from "./domain.ts";
import { Kept } from "./kept.ts";
import { viewOfListeners, viewOfStreams } from "./stream-view.ts";
import type { Cvm, Endpoint, Grant, Tables, Thread, Ticket } from "./tables.ts";

const RIGHTS = ["r", "r", "w", "rw"] as const;

const PAGE = 4096;
const ZEROS = new Uint8Array(PAGE);

/** The pages of a cVM's data part, as they are now and will be. */
export function pagesOf(tables: Tables, engine: Engine, name: string): Uint8Array[] {
  const cvm = tables.cvms.find((one) => one?.name === name);
  if (!cvm) return [];
  const bytes = engine.hart.ramIn(BigInt(cvm.dataBase), cvm.dataSize);
  const length = cvm.dataSize / PAGE;
  return Array.from({ length }, (_, index) => bytes.subarray(index * PAGE, (index + 1) * PAGE));
}

export function viewOf(tables: Tables, engine: Engine): SystemView {
  const outline = outlineOf(tables, engine);
  const cvms = liveIn(tables).map((cvm, at) => ({
    ...outline.cvms[at]!,
    ...memoryOf(cvm, engine),
    disk: runsOf(cvm.disk.contents()),
  }));
  return { ...outline, cvms, objects: withStates(outline.objects, tables, engine, runsOf) };
}

const outlines = new Kept<Tables, SystemView>();
const cvmViews = new Kept<Cvm, CvmView>();
const handleViews = new Kept<Cvm, CvmView["handles"]>();
const threadViews = new Kept<Thread, ThreadView>();
const grantViews = new Kept<Grant, GrantView>();
const endpointViews = new Kept<Endpoint, EndpointView>();
const ticketViews = new Kept<Ticket, TicketView>();
/** Lists of views, by what they are views of. */
const lists = new Kept<object, readonly object[]>();

/** Everything but what memory holds. */
export function outlineOf(tables: Tables, engine: Engine): SystemView {
  const cvms = listOf(
    tables.cvms,
    liveIn(tables).map((cvm) => viewOfCvm(cvm, engine)),
  );
  const grants = listOf(tables.grants, viewOfGrants(tables));
  const endpoints = listOf(tables.endpoints, viewOfEndpoints(tables));
  const tickets = listOf(tables.tickets, [...tables.tickets].map(viewOfTicket));
  const listeners = listOf(tables.listeners, viewOfListeners(tables));
  const streams = listOf(tables.streams, viewOfStreams(tables));
  const objects = listOf(tables.objects, viewOfObjects(tables, engine));
  const { time } = tables;
  const parts = [cvms, grants, endpoints, tickets, listeners, streams, objects, time];
  return outlines.of(tables, parts, () => {
    return { cvms, grants, endpoints, tickets, listeners, streams, objects, time };
  });
}

/** The list as it was before, if its elements are. */
function listOf<View extends object>(entries: object, views: readonly View[]): readonly View[] {
  return lists.of(entries, views, () => views) as readonly View[];
}

function liveIn({ cvms }: Tables): Cvm[] {
  return cvms.filter((cvm) => cvm !== null);
}

function viewOfGrants(tables: Tables): GrantView[] {
  const holders = new Map<Grant, Set<string>>([...tables.grants].map((grant) => [grant, new Set()]));
  for (const { name, handles } of holders.size === 0 ? [] : liveIn(tables)) {
    for (const handle of handles) if (handle?.kind === "grant") holders.get(handle.grant)?.add(name);
  }
  return [...holders].map(([grant, names]) => viewOfGrant(grant, [...names]));
}

function viewOfGrant(grant: Grant, holders: readonly string[]): GrantView {
  const { key, owner, epoch } = grant;
  return grantViews.of(grant, [epoch, ...holders], () => ({
    key,
    owner: owner.name,
    base: BigInt(grant.base),
    length: BigInt(grant.size),
    rights: RIGHTS[grant.rights],
    epoch,
    holders,
  }));
}

function viewOfEndpoints(tables: Tables): EndpointView[] {
  const active = new Map<Endpoint | null, number>();
  for (const { threads } of tables.endpoints.size === 0 ? [] : liveIn(tables)) {
    for (const { state, frames } of threads) {
      if (state === "dead") continue;
      for (const { endpoint } of frames) active.set(endpoint, (active.get(endpoint) ?? 0) + 1);
    }
  }
  return [...tables.endpoints].map((endpoint) => viewOfEndpoint(endpoint, active.get(endpoint) ?? 0));
}

function viewOfEndpoint(endpoint: Endpoint, active: number): EndpointView {
  const { key, owner, entry, kind } = endpoint;
  return endpointViews.of(endpoint, [active], () => {
    return { key, owner: owner.name, entry: BigInt(entry), mode: kind, active };
  });
}

function viewOfTicket(ticket: Ticket): TicketView {
  const { owner, number, request, state, result } = ticket;
  const key = request.endpoint.live ? request.endpoint.key : "";
  return ticketViews.of(ticket, [key, state, result], () => {
    return { owner: owner.name, number, key, state, result };
  });
}

function viewOfCvm(cvm: Cvm, engine: Engine): CvmView {
  const { state, handler } = cvm;
  const threads = listOf(
    cvm.threads,
    cvm.threads.map((thread) => viewOfThread(thread, engine)),
  );
  const handles = viewOfHandles(cvm);
  return cvmViews.of(cvm, [state, handler, threads, handles, ...cvm.packets], () => ({
    name: cvm.name,
    slot: cvm.slot,
    generation: cvm.generation,
    state,
    base: BigInt(cvm.codeBase),
    codeSize: cvm.codeSize,
    dataBase: BigInt(cvm.dataBase),
    size: cvm.codeSize + cvm.dataSize,
    data: [],
    tags: [],
    handler: BigInt(handler),
    disk: [],
    packets: cvm.packets.map(({ bytes }) => hexOf(bytes)),
    threads,
    handles,
  }));
}

function viewOfHandles(cvm: Cvm): CvmView["handles"] {
  const { handles, handleGenerations } = cvm;
  const parts: unknown[] = [];
  for (let index = 0; index < handles.length; index++) {
    const handle = handles[index] ?? null;
    if (handle === null) continue;
    parts.push(index, handleGenerations[index], handle, handle.kind === "grant" && handle.grant.live);
  }
  return handleViews.of(cvm, parts, () =>
    handles.flatMap((handle, index) =>
      handle === null
        ? []
        : [
            {
              handle: BigInt(index) | (BigInt(handleGenerations[index]!) << 16n),
              what: handle.kind,
              stale: handle.kind === "grant" && !handle.grant.live,
            },
          ],
    ),
  );
}

function memoryOf({ dataBase, dataSize }: Cvm, { hart }: Engine): Pick<CvmView, "data" | "tags"> {
  const at = BigInt(dataBase);
  return { data: runsOf(hart.ramIn(at, dataSize)), tags: hart.tagsIn(at, dataSize) };
}

function viewOfThread(thread: Thread, engine: Engine): ThreadView {
  const { number, state, frames, handling } = thread;
  if (state === "dead") {
    const nothing = { handling: false, worker: false, domains: [], ddcBase: 0n, ddcTop: 0n };
    return threadViews.of(thread, [state], () => ({ thread: number, state, ...nothing }));
  }
  const ddc = authorityOf(engine, thread);
  const worker = frames[0]!.call !== null;
  const domains = frames.map(({ cvm }) => cvm.name);
  const parts = [state, handling, worker, ddc?.base, ddc?.top, ddc?.perms, ...domains];
  return threadViews.of(thread, parts, () => {
    const { base, top } = pointersUnder(frames.at(-1)!.cvm, ddc);
    return { thread: number, state, handling, worker, domains, ddcBase: base, ddcTop: top };
  });
}

/** Runs of bytes other than zero; a run never goes beyond a page. */
function runsOf(bytes: Uint8Array): { offset: number; bytes: string }[] {
  const runs: { offset: number; bytes: string }[] = [];
  for (let page = 0; page < bytes.length; page += PAGE) {
    const piece = bytes.subarray(page, page + PAGE);
    if (piece.length === PAGE && Buffer.compare(piece, ZEROS) === 0) continue;
    for (let at = 0; at < piece.length; at++) {
      if (piece[at] === 0) continue;
      const start = at;
      while (at < piece.length && piece[at] !== 0) at++;
      runs.push({ offset: page + start, bytes: hexOf(piece.subarray(start, at)) });
    }
  }
  return runs;
}
