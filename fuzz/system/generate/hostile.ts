/** Calls that nobody should make: one argument of a sound call replaced, handles of others, numbers of nothing. */
import { type HostCall, hostCalls } from "../../../model/intravisor/calls.ts";
import type { Value } from "../../../model/system-contract.ts";
import { type Actor, at, type Held, type Scene } from "./scene.ts";
import {
  any,
  anyKey,
  buffer,
  code,
  foreign,
  handle,
  keyed,
  length,
  number,
  odd,
  own,
  timeout,
} from "./value.ts";

/** The end of a whole cVM is a theme of its own. */
const LAST = "exit";
const openers = [
  "cp_file_advertise",
  "cp_file_probe",
  "cp_call_register",
  "cp_call_open",
  "cps_listen",
  "cps_connect",
  "cps_accept",
] as const;
type Opener = (typeof openers)[number];
const NUMBERS_BELOW = 64;
const INSIST_MAX = 24;

/** Any call there is, with arguments that suit it, but for one now and then. */
export function almost(scene: Scene): void {
  const actor = scene.actor();
  if (actor === null) return;
  const call = scene.random.pick(hostCalls);
  if (call.name === LAST) return;
  const key = anyKey(scene);
  const args = call.args.map((name) => fitting(scene, actor, call, name, key));
  if (args.length > 0 && scene.random.odds(2, 3)) args[scene.random.below(args.length)] = any(scene);
  if (isOpener(call.name)) scene.open(actor, call.name, args, { key });
  else scene.call(actor, call.name, ...args);
}

function isOpener(name: string): name is Opener {
  return (openers as readonly string[]).includes(name);
}

/** An argument by its name. */
function fitting(scene: Scene, actor: Actor, call: HostCall, name: string, key: number): Value {
  const { random } = scene;
  const isKeyed = call.args[0] === "key";
  switch (name) {
    case "handle": {
      const kind = kindFor(scene, call.name);
      const open = scene.handles(kind, actor.domain);
      return open.length === 0 ? odd(scene) : handle(random.pick(open));
    }
    case "key":
      return keyed(key)[0];
    case "n":
      return isKeyed ? keyed(key)[1] : number(length(scene));
    case "ptr":
      return buffer(scene, 64n, actor.domain);
    case "len":
      return number(random.pick([64, 1024, 4097]));
    case "set":
      return own(at.set);
    case "acl":
      return own(at.acl);
    case "count":
      return number(random.odds(1, 4) ? 65 : random.below(3));
    case "block":
      return own(at.block);
    case "entry":
      return code(0x1000 + random.below(3));
    case "address":
      return own(at.words);
    case "device":
      return number(random.odds(1, 8) ? 1 : 0);
    case "sector":
      return number(random.below(66));
    case "iov":
      return own(at.iov);
    case "pc":
      return code(0x1000 + random.below(3));
    case "timeout":
    case "ns":
      return timeout(scene);
    default:
      return number(random.below(4));
  }
}

/** What a call takes handles of; of those that take a stream, sometimes the wrong kind. */
function kindFor({ random }: Scene, name: string): Held["kind"] {
  if (name.startsWith("cp_file")) return "grant";
  if (name.startsWith("cp_call")) return "endpoint";
  return (name === "cps_accept") !== random.odds(1, 8) ? "listener" : "stream";
}

/** The same sound call again and again, until there is no more to be had of whatever it takes. */
export function insist(scene: Scene): void {
  const { random } = scene;
  const call = random.pick(hostCalls);
  const key = anyKey(scene);
  let actor = scene.actor();
  for (let count = 0; actor !== null && call.name !== LAST && count < INSIST_MAX; count++) {
    const by = actor;
    const args = call.args.map((name) => fitting(scene, by, call, name, key));
    const { outcome } = scene.call(by, call.name, ...args);
    if (outcome.kind === "returned" && outcome.values[0] >= 1n << 63n && random.odds(1, 2)) return;
    actor = scene.again(by);
  }
}

/** What another cVM holds, used as if it was one's own. */
export function borrow(scene: Scene): void {
  const { random, held } = scene;
  if (held.length === 0) return;
  const other = random.pick(held);
  const actor = scene.actor(({ domain }) => domain !== other.domain);
  if (actor === null) return;
  const rows = hostCalls.filter(({ args }) => args[0] === "handle");
  const call = random.pick(rows);
  const rest = call.args.slice(1).map((name) => fitting(scene, actor, call, name, 0));
  scene.call(actor, call.name, handle(other), ...rest);
}

/** Any number, any arguments. */
export function wild(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const args = Array.from({ length: 8 }, () => foreign(scene));
  const value = random.odds(1, 6) ? odd(scene) : number(random.below(NUMBERS_BELOW));
  if (value.kind !== "number" || hostCalls.some((row) => row.name === LAST && row.number === value.value))
    return;
  scene.act(actor, { do: "call-number", number: value.value, args });
}

/** A step by a thread that cannot act, or is not there. */
export function ghost(scene: Scene): void {
  const { random, outline } = scene;
  const threads = outline.cvms.flatMap((cvm) =>
    cvm.threads.filter(({ state }) => state !== "ready").map(({ thread }) => ({ cvm: cvm.name, thread })),
  );
  const nobody = { cvm: random.pick(["a", "b", "nobody"]), thread: random.below(64) };
  const by = threads.length > 0 && random.odds(3, 4) ? random.pick(threads) : nobody;
  scene.take({ by, action: { do: "call", call: "time", args: [] } });
}
