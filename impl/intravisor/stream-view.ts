/** Listeners and streams as the tables have them, in the order in which they were made. */
import type { ListenerView, StreamEndView, StreamView } from "../../model/system-contract.ts";
import { waiters } from "./basic-calls.ts";
import type { StreamEnd, Tables } from "./tables.ts";

export function viewOfListeners({ listeners }: Tables): ListenerView[] {
  return [...listeners].map(({ key, owner, backlog }) => ({
    key,
    owner: owner.name,
    backlog: backlog.length,
  }));
}

export function viewOfStreams(tables: Tables): StreamView[] {
  if (tables.streams.size === 0) return [];
  const sending = new Map<StreamEnd, number>();
  for (const { wait } of waiters({ tables })) {
    if (wait?.for === "send") sending.set(wait.end, (sending.get(wait.end) ?? 0) + 1);
  }
  const viewOfEnd = (end: StreamEnd): StreamEndView => ({
    cvm: end.open ? end.owner.name : "",
    reads: end.reads,
    writes: end.writes,
    posted: end.posted && {
      base: BigInt(end.posted.base),
      length: BigInt(end.posted.size),
      got: end.posted.got && { count: BigInt(end.posted.got.count), full: BigInt(end.posted.got.full) },
    },
    sending: sending.get(end) ?? 0,
  });
  return [...tables.streams].map(({ key, ends }) => ({
    key,
    ends: [viewOfEnd(ends[0]!), viewOfEnd(ends[1]!)],
  }));
}
