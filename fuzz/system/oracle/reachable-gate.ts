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
/** The gate begins with two instructions that compare the block with that of the thread; it refuses by EBREAK. */
const CHECK_WORDS = 2;
const WORD = 4;
const EBREAK = Buffer.from([0x73, 0, 0x10, 0]);

type Places = Sight["probe"]["places"];

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
    const isAtDoor = isNotAccepted(
      registers.find(({ register }) => register === PCC),
      sight.probe,
    );
    for (const held of registers) {
      const { register } = held;
      const isBlock = isInside(held, probed.block, places.blockBytes);
      const isOwn = held.base === places.ramBase && held.top === places.arenaBase;
      if (register !== PCC && (isBlock || isOwn)) checkLocal(probed, held, docket);
      // The ways into objects have the Intravisor's authority wherever they need it.
      const isWays =
        isInObjects && (isBelow(held, places) || mayHoldOnTheWay(thread, probed, held, ledger, sight));
      // Whose block it is that somebody comes with is what the gate looks at first.
      const isForeign = isAtDoor && register === BLOCK && isOneBlock(held, places);
      const isGates =
        isWays ||
        isForeign ||
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

/** The gate has not looked yet whose block a thread has come with, or has, and will not have it. */
function isNotAccepted(pcc: HeldRegister | undefined, probe: Sight["probe"]): boolean {
  if (pcc === undefined) return false;
  const offset = pcc.address - probe.places.gateBase;
  if (offset < 0 || offset >= probe.places.gateSize) return false;
  const word = probe.bytes(pcc.address, WORD);
  return offset < CHECK_WORDS * WORD || Buffer.compare(word, EBREAK) === 0;
}

function isOneBlock(held: HeldRegister, { blocksBase, blocksSize, blockBytes }: Places): boolean {
  const isWhole = (held.base - blocksBase) % blockBytes === 0 && held.top - held.base === blockBytes;
  return isWhole && isInside(held, blocksBase, blocksSize);
}

/** Whether a capability lies where the Intravisor keeps things of its own. */
function isBelow(held: HeldRegister, places: Places): boolean {
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
