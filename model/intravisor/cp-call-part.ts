/**
 * Calls that do not end by a return: the callee dies, its endpoint is taken back, the caller dies, its time is up.
 *
 * All four part the trusted stack of a thread. A frame that is over is gone; a frame that is left goes on without its
 * caller. What is below either is told an error, with its registers as they were when it called (I-38, I-70). What is
 * above goes on, with its own callees, as a *worker*: a thread of the cVM that its lowest frame is in, whose number is that
 * of the stack that it runs on. It has no caller any more: the buffer is gone before anybody is told (I-39, I-69), and
 * when it returns it ends. So a thread is never in two places, and frames are still left in the order opposite to that in
 * which they were entered (I-30).
 */
import type { ErrorName } from "../system-contract.ts";
import { type Change, findCvm, isSame, withCvm } from "./change.ts";
import { admit } from "./cp-call-room.ts";
import { complete, dropTicketsOf, expireTickets } from "./cp-call-ticket.ts";
import { failure } from "./errors.ts";
import type { Cvm, Frame, Identity, System, Thread } from "./state.ts";
import { anonymous, endThread, withPlace } from "./threads.ts";
import { wake } from "./waiting.ts";

type Step = Pick<Change, "system" | "woken">;
type Woken = Change["woken"][number];

/** What becomes of a frame, and what the frame below is told. */
interface Fate {
  readonly frame: "over" | "left";
  readonly error: ErrorName;
}

const overWith: Fate = { frame: "over", error: "ECONNRESET" };

/** Ends an endpoint: who is in it or has a ticket for it is told ECONNRESET, who waits to enter ESTALE (I-72). */
export function endEndpoint(system: System, number: number): Step {
  const endpoints = new Map(system.endpoints);
  endpoints.delete(number);
  const parted = part({ ...system, endpoints }, ({ activation }) =>
    activation?.endpoint === number ? overWith : null,
  );
  const shut = turnAway(parted.system, [number]);
  const next = admit(shut.system);
  return { system: next.system, woken: [...parted.woken, ...shut.woken, ...next.woken] };
}

/** Ends everything that a cVM which is over has to do with calls: its frames, its endpoints, its tickets. */
export function leaveDead(system: System, dead: Identity): Step {
  const parted = part(system, ({ domain }) => (isSame(domain, dead) ? overWith : null));
  const gone = [...system.endpoints].filter(([, { owner }]) => isSame(owner, dead)).map(([number]) => number);
  const endpoints = new Map(parted.system.endpoints);
  for (const number of gone) endpoints.delete(number);
  const shut = turnAway(dropTicketsOf({ ...parted.system, endpoints }, dead), gone);
  return { system: shut.system, woken: [...parted.woken, ...shut.woken] };
}

/** Calls whose time is up: who waits for one is told ETIMEDOUT, the callee goes on alone (I-39). Threads before tickets. */
export function expireCalls(system: System): Step {
  const parted = part(system, ({ activation }) => {
    const until = activation?.until ?? null;
    return until !== null && until <= system.time ? { frame: "left", error: "ETIMEDOUT" } : null;
  });
  const expired = expireTickets(parted.system);
  return { system: expired.system, woken: [...parted.woken, ...expired.woken] };
}

/** Those who wait to enter endpoints that are over, threads and then tickets. */
function turnAway(system: System, endpoints: readonly number[]): Step {
  const told = wake(system, (wait) =>
    wait.for === "endpoint" && endpoints.includes(wait.request.endpoint) ? "ESTALE" : null,
  );
  let after = told.system;
  const woken: Woken[] = [...told.woken];
  for (const [key, { state, request }] of system.tickets) {
    if (state !== "queued" || !endpoints.includes(request.endpoint)) continue;
    const done = complete(after, key, failure("ECONNRESET"));
    after = done.system;
    woken.push(...done.woken);
  }
  return { system: after, woken };
}

/** What becomes of each frame of a thread: one that objects have called back into goes with the call it was made in. */
function fatesOf({ frames }: Thread, fateOf: (frame: Frame) => Fate | null): (Fate | null)[] {
  const fates: (Fate | null)[] = [];
  for (const frame of frames) {
    const below = fates.at(-1) ?? null;
    const isBack = frame.callback !== null;
    fates.push(isBack && below?.frame === "over" ? below : fateOf(frame));
  }
  return fates;
}

/** Parts every thread that has a frame with a fate; then tickets that were served in frames that are over are done. */
function part(system: System, fateOf: (frame: Frame) => Fate | null): Step {
  let after = system;
  const woken: Woken[] = [];
  const take = (step: Step) => {
    after = step.system;
    woken.push(...step.woken);
  };
  const ended: { owner: Cvm; thread: Thread }[] = [];
  const served: number[] = [];
  for (const owner of system.cvms) {
    for (const thread of owner?.threads ?? []) {
      if (thread.state === "dead") continue;
      const fates = fatesOf(thread, fateOf);
      if (fates.every((fate) => fate === null)) continue;
      take(partThread(after, owner!, thread, fates));
      const over = thread.frames.filter((_, at) => fates[at]?.frame === "over");
      if (over.includes(thread.frames[0]!)) ended.push({ owner: owner!, thread });
      served.push(...over.flatMap(({ activation }) => activation?.served?.ticket ?? []));
    }
  }
  for (const key of served) take(complete(after, key, failure("ECONNRESET")));
  for (const { owner, thread } of ended) take(endThread(after, owner.identity, thread.number, 0n));
  return { system: after, woken };
}

/** Frames of a thread that stay together, and what the innermost of them is told; null: its last one goes on as it is. */
interface Piece {
  readonly frames: readonly Frame[];
  readonly error: ErrorName | null;
}

function partThread(system: System, owner: Cvm, thread: Thread, fates: readonly (Fate | null)[]): Step {
  let after = system;
  const woken: Woken[] = [];
  const own = { cvm: owner.name, thread: thread.number };
  // What it waits for goes with its innermost frame, if that goes on elsewhere.
  after = withCvm(after, withPlace(findCvm(after, owner.identity)!, { ...thread, wait: null }));
  for (const { frames, error } of piecesOf(thread.frames, fates)) {
    const { state, wait } = error === null ? thread : { state: "ready" as const, wait: null };
    const isOwn = frames[0] === thread.frames[0];
    const home = isOwn ? owner : findCvm(after, frames[0]!.domain)!;
    const number = isOwn ? thread.number : frames[0]!.activation!.stack;
    const name = { cvm: home.name, thread: number };
    const parted: Thread = isOwn
      ? { ...thread, state, wait, frames }
      : { ...anonymous(number, state), wait, frames };
    after = withCvm(after, withPlace(findCvm(after, home.identity)!, parted));
    // What the innermost frame was about to be told follows it.
    if (error === null && !isOwn) woken.unshift({ moved: own, to: name });
    if (error !== null) woken.push({ thread: name, values: [failure(error), 0n, 0n] });
  }
  return { system: after, woken };
}

function piecesOf(frames: readonly Frame[], fates: readonly (Fate | null)[]): Piece[] {
  const pieces: Piece[] = [];
  let piece: Frame[] = [];
  const close = (error: ErrorName | null) => {
    if (piece.length > 0) pieces.push({ frames: piece, error });
    piece = [];
  };
  for (const [at, frame] of frames.entries()) {
    const fate = fates[at] ?? null;
    if (fate !== null) close(fate.error);
    if (fate?.frame !== "over") piece.push(piece.length > 0 || at === 0 ? frame : withoutCaller(frame));
  }
  close(null);
  return pieces;
}

/** An activation that nobody below waits for; that of a ticket is still for whoever has that. */
function withoutCaller(frame: Frame): Frame {
  const { activation } = frame;
  if (activation === null || activation.served?.ticket != null) return frame;
  return { ...frame, activation: { ...activation, buffer: null, until: null } };
}
