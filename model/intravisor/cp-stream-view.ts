/** CP_Stream as others see it: no numbers but those that guests were told, and nothing of ends that are closed. */
import type { ListenerView, StreamEndView, StreamView } from "../system-contract.ts";
import { findCvm } from "./change.ts";
import { otherEnd } from "./cp-stream.ts";
import { sendersTo } from "./cp-stream-transfer.ts";
import type { EndNumber, System } from "./state.ts";

/** In the order in which they were made. */
export function viewOfListeners(system: System): ListenerView[] {
  return [...system.listeners.values()].map(({ key, owner, backlog }) => ({
    key,
    owner: findCvm(system, owner)?.name ?? "",
    backlog: backlog.length,
  }));
}

/** In the order in which they were made. */
export function viewOfStreams(system: System): StreamView[] {
  return [...system.streams].map(([number, { key, ends }]) => {
    const viewOfEnd = (end: EndNumber): StreamEndView => {
      const { owner, open, reads, writes, posted } = ends[end];
      return {
        cvm: open ? (findCvm(system, owner)?.name ?? "") : "",
        reads,
        writes,
        posted: posted && { base: posted.range.base, length: posted.range.size, got: posted.got },
        sending: sendersTo(system, number, otherEnd(end)).length,
      };
    };
    return { key, ends: [viewOfEnd(0), viewOfEnd(1)] };
  });
}
