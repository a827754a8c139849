import { createModel } from "../../model/machine/reference.ts";
import { nameOf } from "../lockstep/name.ts";
import type { Objector } from "../program/index.ts";
import { type BlockingPeer, openBlockingPeer } from "../rvfi/blocking-peer.ts";
import type { Strictness } from "../rvfi/compare.ts";
import { RvfiLockstep } from "../rvfi/lockstep.ts";
import type { PeerOptions } from "../rvfi/peer.ts";
import { type Bench, benchWith } from "./bench.ts";

/** A bench that compares the model with somebody else's implementation. */
export interface PeerBench {
  readonly bench: Bench;
  readonly peer: BlockingPeer;
  /** The words that the peer died of without coming back, or null. */
  unanswered(): readonly number[] | null;
}

/**
 * Connects to `rvfi://HOST:PORT`. The machines are compared whoever else may object.
 *
 * @throws BadInput when there is nobody, or nobody who speaks RVFI-DII.
 */
export async function openPeerBench(
  url: string,
  options: PeerOptions,
  strictness: Strictness,
  oracles: readonly Objector[],
): Promise<PeerBench> {
  const peer = await openBlockingPeer(url, options);
  const model = createModel();
  const lockstep = new RvfiLockstep(model, peer, nameOf, strictness);
  return {
    bench: benchWith(model, peer, lockstep, oracles, false),
    peer,
    unanswered: () => lockstep.unanswered,
  };
}
