/** Under what guests reach memory, as found in their registers. */
import type { Capability } from "../../model/contract.ts";
import type { Authority } from "../../model/system-contract.ts";
import { type EncodedCapability, taggedIn } from "../engine/hart.ts";
import type { Engine } from "../engine/index.ts";
import { isInObject } from "../sco/stack.ts";
import { RAM_BASE } from "./layout.ts";
import type { Doing, Thread } from "./tables.ts";

const DDC = 0x21;
const UNSEALED = 0x3ffffn;

/** What was read from the contexts of threads: reading one takes longer than seeing that it is as before. */
const known = new WeakMap<Doing, Known>();

interface Known {
  /** As it was encoded. */
  readonly held: EncodedCapability;
  readonly ddc: Authority | null;
  /** Whether it is what the gate has in the register. */
  readonly isGates: boolean;
}

/**
 * DDC of the domain that a thread is in; null if it is untagged or sealed. Where the gate has its own in the register,
 * or the thread is in an object, the guest's was seen before.
 */
export function authorityOf(engine: Engine, thread: Thread): Authority | null {
  const { context, frames } = thread;
  const { doing } = frames.at(-1)!;
  if (thread.objectPage !== 0 && isInObject(engine, thread)) return doing.ddc;
  const held = taggedIn(context, DDC);
  if (held === null) return null;
  let before = known.get(doing);
  if (before === undefined || before.held.high !== held.high || before.held.address !== held.address) {
    const running = engine.hart.save();
    engine.hart.restore(context);
    const ddc = engine.hart.capability(DDC);
    engine.hart.restore(running);
    const isGates = ddc.base === BigInt(RAM_BASE);
    before = { held, ddc: authority(ddc), isGates };
    known.set(doing, before);
  }
  return before.isGates ? doing.ddc : before.ddc;
}

export function authority({ tag, otype, base, top, perms }: Capability): Authority | null {
  return tag && otype === UNSEALED ? { base, top, perms: Number(perms) } : null;
}
