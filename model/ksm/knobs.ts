/** What the administrator says to the scanner. */
import type { KsmOp, Run } from "../ksm-contract.ts";
import { allOwned, isShared, tidy, withFrame } from "./memory.ts";
import type { Result } from "./spaces.ts";
import type { State } from "./state.ts";

type KnobOp = Extract<KsmOp, { do: "knob" }>;

/** Limits and groups of merged frames do not change while there are any: EBUSY. */
export function turn(state: State, { knob, value }: KnobOp): Result {
  const isFixed = knob === "maxSharing" || knob === "acrossTenants";
  if (isFixed && state.stable.length > 0) return "EBUSY";
  const after = { ...givenUp(state), knobs: { ...state.knobs, [knob]: value } };
  return { state: knob === "acrossTenants" ? { ...after, unstable: [] } : after, copied: 0 };
}

/** KSM-10: 0 keeps what is merged, and 2 gives a copy to everyone, or fails as if it had not been asked. */
export function setRun(state: State, run: Run): Result {
  const stopped = { ...givenUp(state), run };
  if (run !== 2) return { state: stopped, copied: 0 };
  const own = allOwned(stopped, stopped.pages, isShared);
  if (own === null) return "ENOMEM";
  const pages = own.state.pages.map((page) => ({ ...page, record: null }));
  return { ...own, state: tidy({ ...own.state, pages, cursor: null }) };
}

/** Nothing is under way, and nothing is protected that is not merged. */
export function givenUp(state: State): State {
  const held = (state.underWay?.protected ?? []).filter((frame) => state.frames.has(frame));
  const open = held.reduce((now, frame) => withFrame(now, frame, { isProtected: false }), state);
  return { ...open, underWay: null };
}
