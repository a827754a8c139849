/**
 * When a client gives up an object nothing that led there works any more (I-106): its pairs in the place of imports of that
 * client's other objects, and what objects that wait for the client have in their registers.
 */
import { capabilityFromMemory, clearTagIf, permission, permits } from "../capability/index.ts";
import type { Capability } from "../contract.ts";
import { findCvm, isSame, withCvm } from "../intravisor/change.ts";
import type { Identity, System, Thread } from "../intravisor/state.ts";
import { granuleAt } from "./capabilities.ts";
import { leadsTo } from "./entries.ts";
import { SLOT } from "./format.ts";
import type { Chain, Piece } from "./state.ts";

/** What is gone for the client: the number of the object, and where it and the client's state of it are. */
export interface Gone {
  readonly object: number;
  readonly pieces: readonly Piece[];
}

export function revoke(system: System, client: Identity, gone: Gone): System {
  const objects = [...system.objects].map(([number, object]) => {
    const bindings = object.bindings.map((binding) =>
      isSame(binding.client, client) ? { ...binding, state: swept(binding.state, gone) } : binding,
    );
    return [number, { ...object, bindings }] as const;
  });
  const threads = system.cvms.reduce((after, cvm) => {
    if (cvm === null) return after;
    const left = cvm.threads.map((thread) => withoutGone(thread, client, gone));
    const isSwept = left.some((thread, at) => thread !== cvm.threads[at]);
    return isSwept ? withCvm(after, { ...findCvm(after, cvm.identity)!, threads: left }) : after;
  }, system);
  return { ...threads, objects: new Map(objects) };
}

/** A state without entries into what is gone. */
function swept(state: Piece, gone: Gone): Piece {
  const stale = [...state.tags.keys()].filter(
    (at) =>
      state.tags[at] === 1 && isStale(capabilityFromMemory(true, granuleAt(state.bytes, at * SLOT)), gone),
  );
  return stale.length === 0
    ? state
    : { ...state, tags: state.tags.map((tag, at) => (stale.includes(at) ? 0 : tag)) };
}

function withoutGone(thread: Thread, client: Identity, gone: Gone): Thread {
  if (!thread.frames.some(({ callback }) => callback !== null)) return thread;
  const frames = thread.frames.map((frame) =>
    frame.callback !== null && isSame(frame.domain, client)
      ? { ...frame, callback: sweptChain(frame.callback, gone) }
      : frame,
  );
  return { ...thread, frames };
}

function sweptChain(chain: Chain, gone: Gone): Chain {
  // A code half is the same for all who use the object: it is the data half that says for whom (5.5).
  const isCodeHalf = (capability: Capability) =>
    leadsTo(capability, gone.object) && permits(capability, permission.execute);
  const left = (capability: Capability) =>
    clearTagIf(capability, isStale(capability, gone) && !isCodeHalf(capability));
  const frames = chain.frames.map((frame) => {
    const { registers, ddc } = frame.kept!;
    const kept = new Map([...registers].map(([index, register]) => [index, left(register)]));
    return { ...frame, kept: { registers: kept, ddc: left(ddc) } };
  });
  return { ...chain, frames };
}

/** Whether it leads into the object, or to what the client had of it. */
function isStale(capability: Capability, { object, pieces }: Gone): boolean {
  const meets = ({ base, bytes }: Piece) =>
    capability.base < base + BigInt(bytes.length) && capability.top > base;
  return capability.tag && (leadsTo(capability, object) || pieces.some(meets));
}
