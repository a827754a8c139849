/**
 * What a domain has of objects, to tell what it has lost: in registers of its threads, also of objects that wait for a
 * callback, and on their trusted object stacks.
 */
import type { Capability } from "../../model/contract.ts";
import type { Authority } from "../../model/system-contract.ts";
import { pcIn } from "../engine/hart.ts";
import type { Engine } from "../engine/index.ts";
import type { Forge } from "../intravisor/forge.ts";
import { OBJECTS_BASE, OBJECTS_TOP, OWN_PAGES_BASE, OWN_PAGES_TOP } from "../intravisor/layout.ts";
import type { Cvm, Frame, Thread } from "../intravisor/tables.ts";
import { FRAME_BYTES, FRAMES_AT, STACK_AT } from "./layout.ts";
import type { Place } from "./placement.ts";
import { CALLBACK_OTYPE, CLIENT_OTYPE, isObjectCode } from "./program.ts";
import { descriptorOf, nextOf } from "./stack.ts";
import { bindingOf, bindingsOf, type Objects } from "./table.ts";

type Range = Pick<Authority, "base" | "top">;

const isBetween = ({ base, top }: Range, from: number, to: number): boolean =>
  base >= BigInt(from) && top <= BigInt(to);

/** Whether this is what an object has by its client: code, data, a state; or the Intravisor's own, in its code's hands. */
export function isOfObject(objects: Objects, cvm: Cvm, range: Range): boolean {
  if (isBetween(range, OWN_PAGES_BASE, OWN_PAGES_TOP)) return true;
  if (!isBetween(range, OBJECTS_BASE, OBJECTS_TOP)) return false;
  const within = ({ base, size }: Place) => isBetween(range, base, base + size);
  return objects.some((object) => {
    const binding = object === null ? undefined : bindingOf(object, cvm);
    if (binding === undefined) return false;
    return within(binding.object.place) || (binding.place !== null && within(binding.place));
  });
}

/** Whether this is a sealed data half that has led to an object which the cVM has not bound any more. */
export function isEndedEntry(objects: Objects, cvm: Cvm, { tag, otype, base, top }: Capability): boolean {
  const isEntry = tag && otype >= BigInt(CLIENT_OTYPE) && otype < BigInt(CALLBACK_OTYPE);
  if (!isEntry || !isBetween({ base, top }, OWN_PAGES_BASE, OWN_PAGES_TOP)) return false;
  return !bindingsOf(objects, cvm).some((binding) => BigInt(descriptorOf(binding)) === base);
}

/**
 * Erases from the trusted object stack of a thread what its domains have lost, and whatever is above it. What a thread
 * that stands in the code between clients and objects has put there already counts as its innermost domain's.
 */
export function sweepObjectStack(
  engine: Engine,
  forge: Forge,
  thread: Thread,
  isLost: (frame: Frame, value: Capability) => boolean,
): void {
  const { objectPage, frames } = thread;
  if (objectPage === 0) return;
  const isHalfway = isObjectCode(pcIn(thread.context));
  const top = nextOf(engine, thread) + (isHalfway ? FRAME_BYTES : 0);
  forge.begin();
  for (const offset of engine.hart.tagsIn(BigInt(objectPage + FRAMES_AT), STACK_AT - FRAMES_AT)) {
    const at = FRAMES_AT + offset;
    const owner = frames.findLast(({ objects }) => objects <= at) ?? frames[0]!;
    forge.loadFrom(objectPage + at);
    if (at >= top || isLost(owner, engine.hart.capability(5))) forge.erase(objectPage + at);
  }
}
