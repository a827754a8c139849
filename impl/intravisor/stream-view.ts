/** Listeners and streams as the tables have them, in the order in which they were made. */
import type { ListenerView, StreamEndView, StreamView } from "../../model/system-contract.ts";
import { waiters } from "./basic-calls.ts";
import { Kept } from "./kept.ts";
import type { Listener, StreamEnd, Tables } from "./tables.ts";

const listenerViews = new Kept<Listener, ListenerView>();
const endViews = new Kept<StreamEnd, StreamEndView>();
/** By the end of who connected. */
const streamViews = new Kept<StreamEnd, StreamView>();

export function viewOfListeners({ listeners }: Tables): ListenerView[] {
  return [...listeners].map((listener) => {
    const { key, owner, backlog } = listener;
    return listenerViews.of(listener, [backlog.length], () => {
      return { key, owner: owner.name, backlog: backlog.length };
    });
  });
}

export function viewOfStreams(tables: Tables): StreamView[] {
  if (tables.streams.size === 0) return [];
  const sending = new Map<StreamEnd, number>();
  for (const { wait } of waiters({ tables })) {
    if (wait?.for === "send") sending.set(wait.end, (sending.get(wait.end) ?? 0) + 1);
  }
  return [...tables.streams].map((first) => {
    const { key, ends } = first;
    const views = [0, 1].map((end) => viewOfEnd(ends[end]!, sending.get(ends[end]!) ?? 0));
    return streamViews.of(first, views, () => ({ key, ends: [views[0]!, views[1]!] }));
  });
}

function viewOfEnd(end: StreamEnd, sending: number): StreamEndView {
  const { owner, open, reads, writes, posted } = end;
  const got = posted?.got ?? null;
  return endViews.of(end, [open, reads, writes, posted, got, sending], () => ({
    cvm: open ? owner.name : "",
    reads,
    writes,
    posted: posted && {
      base: BigInt(posted.base),
      length: BigInt(posted.size),
      got: got && { count: BigInt(got.count), full: BigInt(got.full) },
    },
    sending,
  }));
}
