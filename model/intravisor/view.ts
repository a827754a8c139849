/**
 * What is compared of the state. The state never changes, so a view of a part of it is made once: as long as everything
 * that it shows is the same, it is the same object, and whoever compares two states can tell at once.
 */
import { viewOfObjects } from "../sco/view.ts";
import type {
  CvmView,
  EndpointView,
  GrantView,
  ListenerView,
  ObjectView,
  StreamView,
  SystemView,
  ThreadView,
  TicketView,
} from "../system-contract.ts";
import { hexOf, runsOf } from "./bytes.ts";
import { findCvm } from "./change.ts";
import { viewOfListeners, viewOfStreams } from "./cp-stream-view.ts";
import { DISK_SIZE } from "./devices.ts";
import { handleNumber } from "./handles.ts";
import { RAM_BASE } from "./layout.ts";
import type { Cvm, Identity, System, Thread } from "./state.ts";
import { innermost } from "./threads.ts";

/** Everything. */
export function viewOf(system: System): SystemView {
  const outline = outlineOf(system);
  const cvms = liveIn(system).map((cvm, at) => {
    const { base, size } = cvm.data;
    const data = runsOf(system.memory, Number(base - RAM_BASE), Number(size));
    return { ...outline.cvms[at]!, data, disk: runsOf(cvm.disk, 0, DISK_SIZE) };
  });
  return { ...outline, cvms, objects: viewOfObjects(system, "contents") };
}

/**
 * What `make` makes of a state, made anew only for one with other parts: `partsOf` names everything that shows in it, the
 * first of it an object that tells it from most others.
 */
function kept<Of extends readonly unknown[], View>(
  partsOf: (...of: Of) => readonly [object, ...unknown[]],
  make: (...of: Of) => View,
): (...of: Of) => View {
  const known = new WeakMap<object, { readonly parts: readonly unknown[]; readonly view: View }>();
  return (...of) => {
    const parts = partsOf(...of);
    const before = known.get(parts[0]);
    if (before !== undefined && areSame(parts, before.parts)) return before.view;
    const view = make(...of);
    known.set(parts[0], { parts, view });
    return view;
  };
}

function areSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

function liveIn({ cvms }: System): Cvm[] {
  return cvms.filter((cvm) => cvm !== null);
}

function nameOf(system: System, identity: Identity): string {
  return findCvm(system, identity)?.name ?? "";
}

/** Names by slot: as long as it is the same object, every identity means the same. */
function names(system: System): readonly (string | undefined)[] {
  let found = namesIn.get(system.cvms);
  if (found === undefined) {
    found = namesOf(system);
    namesIn.set(system.cvms, found);
  }
  return found;
}

const namesIn = new WeakMap<System["cvms"], readonly (string | undefined)[]>();

const namesOf = kept(
  ({ generations, cvms }) => [generations, ...cvms.map((cvm) => cvm?.identity)],
  ({ cvms }: System) => cvms.map((cvm) => cvm?.name),
);

const viewOfCvm = kept(
  (system: System, cvm: Cvm) => [cvm, system.grants, names(system)],
  (system, cvm): CvmView => {
    const { identity, name, state, code, data, threads } = cvm;
    return {
      name,
      ...identity,
      state,
      base: code.base,
      codeSize: Number(code.size),
      dataBase: data.base,
      size: Number(code.size + data.size),
      data: [],
      tags: [],
      handler: cvm.handler ?? 0n,
      disk: [],
      packets: cvm.packets.map(({ bytes }) => hexOf(bytes)),
      threads: threads.map((thread) => viewOfThread(system, thread)),
      handles: viewOfHandles(system, cvm),
    };
  },
);

const viewOfHandles = kept(
  ({ grants }: System, { handles, handleGenerations }: Cvm) => [handles, handleGenerations, grants],
  ({ grants }, { handles, handleGenerations }): CvmView["handles"] =>
    handles.flatMap((handle, index) =>
      handle === null
        ? []
        : [
            {
              handle: handleNumber(index, handleGenerations[index]!),
              what: handle.kind,
              stale: handle.kind === "grant" && !grants.has(handle.grant),
            },
          ],
    ),
);

const viewOfThread = kept(
  (system: System, thread: Thread) => [thread, names(system)],
  (system, thread): ThreadView => {
    const { number, state, handling, frames } = thread;
    if (state === "dead") {
      const nothing = { handling: false, worker: false, domains: [], ddcBase: 0n, ddcTop: 0n };
      return { thread: number, state, ...nothing };
    }
    const { ddc } = innermost(thread);
    return {
      thread: number,
      state,
      handling,
      worker: frames[0]!.activation !== null,
      domains: frames.map(({ domain }) => nameOf(system, domain)),
      ddcBase: ddc.base,
      ddcTop: ddc.base + ddc.size,
    };
  },
);

const viewOfGrants = kept(
  (system) => [system.grants, names(system), ...system.cvms.map((cvm) => cvm?.handles)],
  (system: System): readonly GrantView[] =>
    [...system.grants].map(([number, { key, owner, range, rights, epoch }]) => ({
      key,
      owner: nameOf(system, owner),
      base: range.base,
      length: range.size,
      rights,
      epoch,
      holders: holdersOf(system, number).map(({ name }) => name),
    })),
);

function holdersOf(system: System, grant: number): Cvm[] {
  return liveIn(system).filter(({ handles }) =>
    handles.some((handle) => handle?.kind === "grant" && handle.grant === grant),
  );
}

const viewOfEndpoints = kept(
  (system) => [system.endpoints, names(system), ...system.cvms.map((cvm) => cvm?.threads)],
  (system: System): readonly EndpointView[] =>
    [...system.endpoints].map(([number, { key, owner, entry, mode }]) => ({
      key,
      owner: nameOf(system, owner),
      entry,
      mode: mode.kind,
      active: liveIn(system)
        .flatMap(({ threads }) => threads)
        .filter(({ state }) => state !== "dead")
        .flatMap(({ frames }) => frames)
        .filter(({ activation }) => activation?.endpoint === number).length,
    })),
);

const viewOfTickets = kept(
  (system) => [system.tickets, system.endpoints, names(system)],
  (system: System): readonly TicketView[] =>
    [...system.tickets.values()].map(({ owner, number, request, state, result }) => ({
      owner: nameOf(system, owner),
      number,
      key: system.endpoints.get(request.endpoint)?.key ?? "",
      state,
      result,
    })),
);

const listenersOf = kept(
  (system) => [system.listeners, names(system)],
  (system: System): readonly ListenerView[] => viewOfListeners(system),
);

const streamsOf = kept(
  (system) => [system.streams, names(system), ...system.cvms.map((cvm) => cvm?.threads)],
  (system: System): readonly StreamView[] => viewOfStreams(system),
);

const outlineOfObjects = kept(
  (system) => [system.objects, names(system), ...system.cvms.flatMap((cvm) => [cvm?.handles, cvm?.threads])],
  (system: System): readonly ObjectView[] => viewOfObjects(system, "outline"),
);

/** Everything but what memory holds. */
export const outlineOf = kept(
  ({ cvms, grants, endpoints, tickets, listeners, streams, objects, time }) => [
    cvms,
    grants,
    endpoints,
    tickets,
    listeners,
    streams,
    objects,
    time,
  ],
  (system: System): SystemView => ({
    cvms: liveIn(system).map((cvm) => viewOfCvm(system, cvm)),
    grants: viewOfGrants(system),
    endpoints: viewOfEndpoints(system),
    tickets: viewOfTickets(system),
    listeners: listenersOf(system),
    streams: streamsOf(system),
    objects: outlineOfObjects(system),
    time: system.time,
  }),
);
