/** What calls that went well declare, and what waits that end do. One entry a call; what is not here declares nothing. */
import type { Outcome } from "../../../model/system-contract.ts";
import { errorOf } from "../listing.ts";
import { type Declarations, handleAt } from "./declarations.ts";
import type { DeclaredGrant, DeclaredRequest, DeclaredThread, Range, Rights } from "./declared.ts";
import { deviceEffects } from "./ledger-devices.ts";
import { entersObject } from "./ledger-inside.ts";
import { endCvm } from "./ledger-life.ts";
import { objectEffects } from "./ledger-objects.ts";
import { endEndpoint, leave, nextServed, ticketAt } from "./ledger-parts.ts";
import { endAt, listenerAt, streamEffects, streamWakes, wordsOf } from "./ledger-streams.ts";
import { keyOf, type TakenCall, type Values } from "./taken-call.ts";

type Effect = (call: TakenCall, values: Values) => void;

const FOREVER = (1n << 64n) - 1n;

/** Takes in what a call came to. */
export function takeCall(call: TakenCall, name: string, outcome: Outcome): void {
  const { ledger } = call;
  if (outcome.kind === "blocked") block(call, name);
  else if (outcome.kind === "entered") goIn(call, name);
  else if (outcome.kind === "returned") {
    const isGuests = name === "cp_call_return" && call.frame.endpoint !== null;
    const isError = !isGuests && name !== "cp_call_wait" && errorOf(outcome.values[0]) !== null;
    if (isError) return;
    const effect = effects[name];
    if (effect !== undefined) effect(call, outcome.values);
    else if (!isFollowed(name)) ledger.lost = name;
  }
}

/** Calls that declare nothing. */
const WITHOUT_EFFECT: readonly string[] = [
  "console_write",
  "time",
  "sleep",
  "thread_join",
  "thread_self",
  "futex_wait",
  "futex_wake",
  "cp_file_wait",
  "disk_capacity",
  "net_poll",
];

/** Whether what a call declares is known here. After one that is not, nothing more of its script is judged. */
export function isFollowed(name: string): boolean {
  return effects[name] !== undefined || WITHOUT_EFFECT.includes(name) || entersObject(name);
}

function block(call: TakenCall, name: string): void {
  const { ledger, thread, cvm, args } = call;
  const request = name === "cp_call" ? requestOf(call) : null;
  const timeout = name === "cp_call" ? (request?.timeout ?? FOREVER) : timeoutOf(name, args);
  thread.state = "blocked";
  thread.wait = {
    call: name,
    args,
    until: timeout === FOREVER ? null : ledger.time + timeout,
    request,
    end: endAt(call),
    listener: listenerAt(call),
    words: name === "cps_poll" ? wordsOf(ledger.memory.read(Number(args[0]), Number(args[1]) * 8)) : null,
    ticket: name === "cp_call_wait" ? ticketAt(ledger, cvm, args[0]!) : null,
    grant: name === "cp_file_wait" ? grantAt(call) : null,
    thread: name === "thread_join" ? (cvm.threads[Number(args[0])] ?? null) : null,
    order: ledger.waits++,
  };
}

function grantAt({ cvm, args }: TakenCall): DeclaredGrant | null {
  const handle = handleAt(cvm, args[0]!);
  return handle?.kind === "grant" ? handle.grant : null;
}

function goIn(call: TakenCall, name: string): void {
  const { ledger, thread, cvm } = call;
  if (name === "cp_call_serve") {
    const ticket = nextServed(ledger, cvm);
    if (ticket !== null) ledger.enter(thread, ticket.request, ticket.until, ticket);
    return;
  }
  const request = requestOf(call);
  if (request === null) return;
  const { timeout } = request;
  const until = timeout === 0n || timeout === FOREVER ? null : ledger.time + timeout;
  ledger.enter(thread, request, until, null);
}

/** Takes in that a wait ended: with a result, or inside of what was called (`depth`: the domains it is in now). */
export function takeWake(ledger: Declarations, thread: DeclaredThread, values: Values, depth: number): void {
  const { wait } = thread;
  thread.state = "ready";
  thread.wait = null;
  if (wait === null) return;
  if (depth > thread.frames.length) {
    const ticket = wait.call === "cp_call_serve" ? nextServed(ledger, thread.frames.at(-1)!.cvm) : null;
    if (ticket !== null) ledger.enter(thread, ticket.request, ticket.until, ticket);
    else if (wait.request !== null) ledger.enter(thread, wait.request, wait.until, null);
    return;
  }
  if (wait.ticket !== null && values[1] === 1n) ledger.tickets.delete(wait.ticket);
  if (errorOf(values[0]) === null) streamWakes[wait.call]?.(ledger, { thread, wait }, values);
}

/** Where the time-out of a call that can wait is among its arguments. */
const timeouts: Readonly<Record<string, number>> = {
  sleep: 0,
  futex_wait: 2,
  cp_file_wait: 2,
  cps_accept: 1,
  cps_poll: 2,
  net_rx: 3,
  cp_call_wait: 1,
  cp_call_serve: 0,
};

function timeoutOf(name: string, args: readonly bigint[]): bigint {
  const at = timeouts[name];
  return at === undefined ? FOREVER : args[at]!;
}

/** What a cp_call asks for; null if its handle or block is not there to be read. */
export function requestOf(call: TakenCall): DeclaredRequest | null {
  const handle = handleAt(call.cvm, call.args[0]!);
  const words = call.ledger.words(call, call.args[1]!, 10);
  if (handle?.kind !== "endpoint" || words === null) return null;
  const rights = Number(words[8]);
  const buffer = rights === 0 ? null : { ...rangeOf(words[6]!, words[7]!), rights: rights as Rights };
  return {
    endpoint: handle.endpoint,
    integers: words.slice(0, 6),
    buffer,
    caller: call.cvm.identity,
    timeout: words[9]!,
  };
}

function rangeOf(base: bigint, size: bigint): Range {
  return { base: Number(base), size: Number(size) };
}

const effects: Readonly<Record<string, Effect>> = {
  ...streamEffects,
  ...deviceEffects,
  ...objectEffects,
  timer_arm({ ledger, thread, args }) {
    ledger.timers.push({ thread, at: ledger.time + args[0]! });
  },
  thread_create({ ledger, cvm }, [number]) {
    ledger.startThread(cvm, Number(number));
  },
  thread_exit: ({ ledger, thread, args }) => ledger.endThread(thread, args[0]!),
  exit({ ledger, cvm }) {
    endCvm(ledger, cvm);
  },
  cp_file_advertise(call, [word]) {
    const { ledger, cvm, args } = call;
    const rights = Number(args[4]) as Rights;
    const acl = ledger.words(call, args[5]!, Number(args[6])) ?? [];
    const range = rangeOf(args[2]!, args[3]!);
    const grant = { key: keyOf(call) ?? "", owner: cvm, range, rights, acl, epoch: 0n, isLive: true };
    ledger.grants.add(grant);
    ledger.open(cvm, word, { kind: "grant", word, grant, rights, position: 0n });
  },
  cp_file_probe(call, [word]) {
    const { ledger, cvm, args } = call;
    const key = keyOf(call);
    for (const grant of ledger.grants) {
      if (grant.key !== key) continue;
      ledger.open(cvm, word, { kind: "grant", word, grant, rights: Number(args[2]) as Rights, position: 0n });
    }
  },
  cp_file_pread: (call, [moved]) => copyFile(call, moved, "read"),
  cp_file_pwrite: (call, [moved]) => copyFile(call, moved, "write"),
  cp_buffer_read: (call, [moved]) => copyBuffer(call, moved, "read"),
  cp_buffer_write: (call, [moved]) => copyBuffer(call, moved, "write"),
  cp_file_lseek({ cvm, args }, [position]) {
    const handle = handleAt(cvm, args[0]!);
    if (handle?.kind === "grant") handle.position = position;
  },
  cp_file_notify({ cvm, args }, [epoch]) {
    const handle = handleAt(cvm, args[0]!);
    if (handle?.kind === "grant") handle.grant.epoch = epoch;
  },
  cp_file_close: ({ ledger, cvm, args }) => ledger.close(cvm, args[0]!),
  cp_file_revoke({ ledger, cvm, args }) {
    const handle = handleAt(cvm, args[0]!);
    if (handle?.kind === "grant") ledger.endGrant(handle.grant);
  },
  cp_call_register(call, [word]) {
    const { ledger, cvm, args } = call;
    const mode = Number(args[4]! & 0xffn);
    const endpoint = {
      key: keyOf(call) ?? "",
      owner: cvm,
      entry: args[2]!,
      messageMax: args[3]!,
      acl: ledger.words(call, args[5]!, Number(args[6])) ?? [],
      mode: (["serial", "pool", "reentrant"] as const)[mode] ?? "serial",
      room: mode === 0 ? 1 : mode === 1 ? Number(args[4]! >> 8n) : Number.POSITIVE_INFINITY,
      isLive: true,
    };
    ledger.endpoints.add(endpoint);
    ledger.open(cvm, word, { kind: "endpoint", word, endpoint });
  },
  cp_call_open(call, [word]) {
    const key = keyOf(call);
    for (const endpoint of call.ledger.endpoints) {
      if (endpoint.key === key) call.ledger.open(call.cvm, word, { kind: "endpoint", word, endpoint });
    }
  },
  cp_call_return: ({ ledger, thread, args }) => leave(ledger, thread, args[0]!),
  cp_call_async(call, [number]) {
    const { ledger, cvm } = call;
    const request = requestOf(call);
    if (request === null) return;
    const { timeout } = request;
    const until = timeout === 0n || timeout === FOREVER ? null : ledger.time + timeout;
    cvm.tickets = number;
    ledger.tickets.add({ owner: cvm, number, request, state: "queued", until, result: null });
  },
  cp_call_wait({ ledger, cvm, args }, [, isSpent]) {
    const ticket = ticketAt(ledger, cvm, args[0]!);
    if (ticket !== null && isSpent === 1n) ledger.tickets.delete(ticket);
  },
  cp_call_unregister({ ledger, cvm, args }) {
    const handle = handleAt(cvm, args[0]!);
    if (handle?.kind === "endpoint") endEndpoint(ledger, handle.endpoint);
  },
  cp_call_close: ({ ledger, cvm, args }) => ledger.close(cvm, args[0]!),
};

function copyFile({ ledger, cvm, args }: TakenCall, moved: bigint, way: "read" | "write"): void {
  const handle = handleAt(cvm, args[0]!);
  if (handle?.kind === "grant") copy(ledger, handle.grant.range, args.slice(1), moved, way);
}

function copyBuffer({ ledger, frame, args }: TakenCall, moved: bigint, way: "read" | "write"): void {
  if (frame.buffer !== null) copy(ledger, frame.buffer, args, moved, way);
}

/** (offset, pointer, n): as if through a temporary. */
function copy(
  ledger: Declarations,
  shared: Range,
  args: readonly bigint[],
  moved: bigint,
  way: "read" | "write",
): void {
  const [remote, own] = [shared.base + Number(args[0]), Number(args[1])];
  const [from, to] = way === "read" ? [remote, own] : [own, remote];
  ledger.memory.write(to, ledger.memory.read(from, Number(moved)));
}
