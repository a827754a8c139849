/**
 * What a thread holds between the gate's ends: the Intravisor's authority where the gate has it and nowhere else, and
 * beside it only what the domain that it came from, or one that it is in, may have.
 */
import type { ProbedThread } from "../../../impl/intravisor/probe.ts";
import { DDC, isInside, mayHold, PCC, textOf } from "./allowed.ts";
import { type DeclaredFrame, type DeclaredThread, innermost } from "./declared.ts";
import type { Docket } from "./docket.ts";
import { global, type HeldRegister } from "./held.ts";
import type { Ledger } from "./ledger.ts";
import type { Sight } from "./oracle.ts";
import { mayHoldOnTheWay } from "./reachable-inside.ts";
import { reachableRules as rules } from "./reachable-rules.ts";

/** c31 is the block that the gate was entered with; c6 a piece of it, then the Intravisor's DDC, then the next PCC. */
const [BLOCK, SCRATCH] = [31, 6];

export class GateHoldings {
  /** Where each thread was when it was outside last: what the gate has not replaced yet is from there. */
  readonly #cameFrom = new Map<DeclaredThread, DeclaredFrame>();

  begin(): void {
    this.#cameFrom.clear();
  }

  /** A thread is not in the gate now. */
  isOutside(thread: DeclaredThread): void {
    this.#cameFrom.set(thread, innermost(thread).frame);
  }

  check(
    thread: DeclaredThread,
    probed: ProbedThread,
    registers: readonly HeldRegister[],
    [ledger, sight, docket]: readonly [Ledger, Sight, Docket],
  ): void {
    const { places } = sight.probe;
    const cameFrom = this.#cameFrom.get(thread);
    const frames = cameFrom === undefined ? thread.frames : [...thread.frames, cameFrom];
    const isInObjects = registers.some(
      (held) => held.register === PCC && isInside(held, places.objectCodeBase, places.objectCodeSize),
    );
    for (const held of registers) {
      const { register } = held;
      const isBlock = isInside(held, probed.block, places.blockBytes);
      const isOwn = held.base === places.ramBase && held.top === places.arenaBase;
      if (register !== PCC && (isBlock || isOwn)) checkLocal(probed, held, docket);
      // The ways into objects have the Intravisor's authority wherever they need it.
      const isWays =
        isInObjects && (isBelow(held, places) || mayHoldOnTheWay(thread, probed, held, ledger, sight));
      const isGates =
        isWays ||
        (register === PCC && isInside(held, places.gateBase, places.gateSize)) ||
        (isBlock && (register === BLOCK || register === SCRATCH)) ||
        (isOwn && (register === DDC || register === SCRATCH));
      const isGuests =
        register !== PCC && (held.otype !== null || frames.some((frame) => mayHold(frame.cvm, frame, held)));
      if (isGates || isGuests) docket.holds(rules.gate);
      else docket.broken(rules.gate, ...textOf(probed, held), "in the gate");
    }
  }
}

/** Whether a capability lies where the Intravisor keeps things of its own. */
function isBelow(held: HeldRegister, places: Sight["probe"]["places"]): boolean {
  return (
    isInside(held, places.ramBase, places.arenaBase - places.ramBase) ||
    isInside(held, places.ownBase, places.ownSize)
  );
}

/** What the Intravisor has for itself can be stored by nothing that a guest has. */
function checkLocal(who: ProbedThread, held: HeldRegister, docket: Docket): void {
  if ((held.perms & global) === 0) docket.holds(rules.local);
  else docket.broken(rules.local, ...textOf(who, held), "it is global");
}
