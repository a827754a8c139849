/** S: tables are well formed and say what was declared; memory holds what was stored; what fails changes nothing. */
import type { StepReport, SystemView } from "../../../model/system-contract.ts";
import { errorOf, stepText } from "../listing.ts";
import { isEqual } from "../lockstep.ts";
import type { DeclaredCvm, Range } from "./declared.ts";
import type { Docket } from "./docket.ts";
import { storeOf } from "./held.ts";
import type { Ledger } from "./ledger.ts";
import type { Sight, SystemMoment, SystemOracle, SystemRule } from "./oracle.ts";
import { rangeText } from "./reachable.ts";
import { stateRules as rules } from "./state-rules.ts";

const PAGE = 4096;
/** Steps from one comparison of memory to the next. */
const MEMORY_EVERY = 8;
const RIGHTS = ["", "r", "w", "rw"];

export class StateOracle implements SystemOracle {
  readonly name = "S";
  #outline: SystemView | null = null;
  #gate: Uint8Array | null = null;
  /** Code parts before their bodies and stores, as they were when created. */
  readonly #code = new Map<DeclaredCvm, Uint8Array>();
  #generations = new Map<number, number>();
  #steps = 0;
  #authority = -1;

  begin(): void {
    this.#outline = null;
    this.#gate = null;
    this.#code.clear();
    this.#generations = new Map();
    this.#steps = 0;
    this.#authority = -1;
  }

  check({ step, report, sight }: SystemMoment, ledger: Ledger, docket: Docket, isWhole: boolean): void {
    const { outline } = sight;
    if (report !== null) this.#checkFailure(report, outline, docket, () => stepText(step));
    this.#outline = outline;
    checkTables(outline, ledger, docket);
    if (isWhole || ledger.authority !== this.#authority) {
      this.#authority = ledger.authority;
      this.#checkIdentities(outline, docket);
      checkRanges(outline, docket);
      checkRecords(ledger, sight, docket);
      checkStacks(ledger, sight, docket);
      this.#checkCode(ledger, sight, docket, isWhole);
    }
    this.#steps++;
    if (isWhole || this.#steps % MEMORY_EVERY === 0) checkMemory(ledger, sight, docket);
  }

  /** A call that gave an error has changed no table (I-44). Bytes are compared with all others. */
  #checkFailure(
    { outcome, woken }: StepReport,
    outline: SystemView,
    docket: Docket,
    what: () => string,
  ): void {
    const before = this.#outline;
    if (before === null) return;
    const isRefused = outcome.kind === "refused";
    const value =
      outcome.kind === "done" ? outcome.value : outcome.kind === "returned" ? outcome.values[0] : 0n;
    // Who is told that a call has failed for which he had a ticket has spent the ticket.
    const isSpent = outcome.kind === "returned" && outcome.values[1] !== 0n;
    if (!isRefused && (woken.length > 0 || isSpent || errorOf(value) === null)) return;
    if (isEqual(before, outline)) docket.holds(rules.failure);
    // What returns a value that is nobody's error, returns what a guest chose.
    else if (outcome.kind === "returned" && isFree(before, outline)) docket.vacuous(rules.failure);
    else docket.broken(rules.failure, `${what()} failed, and the tables are not as before`);
  }

  #checkIdentities({ cvms }: SystemView, docket: Docket): void {
    for (const { name, slot, generation } of cvms) {
      const before = this.#generations.get(slot) ?? 0;
      this.#generations.set(slot, generation);
      if (generation === before || generation === before + 1) docket.holds(rules.identities);
      else
        docket.broken(rules.identities, `${name} in place ${slot}: generation ${generation} after ${before}`);
    }
    if (new Set(cvms.map(({ slot }) => slot)).size !== cvms.length)
      docket.broken(rules.identities, "two cVMs have the same place");
  }

  #checkCode(ledger: Ledger, { probe }: Sight, docket: Docket, isWhole: boolean): void {
    const { gateBase, gateSize } = probe.places;
    const gate = probe.bytes(gateBase, gateSize);
    this.#gate ??= gate.slice();
    if (Buffer.compare(this.#gate, gate) === 0) docket.holds(rules.code);
    else docket.broken(rules.code, "the gate has changed");
    for (const cvm of ledger.cvms.values()) {
      const size = storeOf(cvm, probe) - probe.places.bodiesSize - cvm.code.base;
      const bytes = probe.bytes(cvm.code.base, size);
      const known = this.#code.get(cvm);
      if (known === undefined) this.#code.set(cvm, bytes.slice());
      else if (isWhole) {
        if (Buffer.compare(known, bytes) === 0) docket.holds(rules.code);
        else docket.broken(rules.code, `the code part of ${cvm.name} has changed`);
      }
    }
    for (const cvm of this.#code.keys()) if (ledger.cvms.get(cvm.slot) !== cvm) this.#code.delete(cvm);
  }
}

/** Whether a thread has left a domain: what its call gave back is what a callee said. */
function isFree(before: SystemView, after: SystemView): boolean {
  const depths = ({ cvms }: SystemView) =>
    cvms.flatMap(({ threads }) => threads.map(({ domains }) => domains.length));
  return !isEqual(depths(before), depths(after));
}

/** Everything that the tables say is what was declared. */
function checkTables(outline: SystemView, ledger: Ledger, docket: Docket): void {
  const check = (rule: SystemRule, what: string, found: unknown, declared: unknown) => {
    if (isEqual(found, declared)) docket.holds(rule);
    else docket.broken(rule, what, `found ${spell(found)}`, `declared ${spell(declared)}`);
  };
  check(rules.time, "time", outline.time, ledger.time);
  check(
    rules.grants,
    "grants",
    outline.grants.map(({ key, owner, base, length, rights, epoch, holders }) => [
      key,
      owner,
      Number(base),
      Number(length),
      rights,
      epoch,
      [...holders].sort(),
    ]),
    [...ledger.grants].map((grant) => {
      const holders = [...ledger.cvms.values()].filter(({ handles }) =>
        [...handles.values()].some((handle) => handle.kind === "grant" && handle.grant === grant),
      );
      const { key, owner, range, rights, epoch } = grant;
      return [
        key,
        owner.name,
        range.base,
        range.size,
        RIGHTS[rights],
        epoch,
        holders.map(({ name }) => name).sort(),
      ];
    }),
  );
  check(
    rules.endpoints,
    "endpoints",
    outline.endpoints.map(({ key, owner, entry, mode, active }) => [key, owner, entry, mode, active]),
    [...ledger.endpoints].map((endpoint) => {
      const { key, owner, entry, mode } = endpoint;
      return [key, owner.name, entry, mode, ledger.activationsOf(endpoint)];
    }),
  );
  check(
    rules.tickets,
    "tickets",
    outline.tickets.map(({ owner, number, state }) => [owner, number, state]),
    [...ledger.tickets].map(({ owner, number, state }) => [owner.name, number, state]),
  );
  check(
    rules.streams,
    "listeners",
    outline.listeners.map(({ key, owner, backlog }) => [key, owner, backlog]),
    [...ledger.listeners].map(({ key, owner, backlog }) => [key, owner.name, backlog.length]),
  );
  check(
    rules.streams,
    "streams",
    outline.streams.map(({ key, ends }) => [
      key,
      ends.map(({ cvm, reads, writes, posted }) => [
        cvm,
        reads,
        writes,
        posted && [Number(posted.base), Number(posted.length), posted.got],
      ]),
    ]),
    [...ledger.streams].map(({ key, ends }) => [
      key,
      ends.map(({ isOpen, owner, reads, writes, posted }) => [
        isOpen ? owner.name : "",
        reads,
        writes,
        posted && [posted.range.base, posted.range.size, posted.got],
      ]),
    ]),
  );
  checkKeys(outline, docket);
  for (const view of outline.cvms) {
    const cvm = ledger.cvms.get(view.slot);
    if (cvm === undefined) {
      docket.broken(rules.threads, `${view.name} was never created, or is reclaimed`);
      continue;
    }
    checkQuotas(cvm, view, ledger, docket);
    check(
      rules.handles,
      `handles of ${view.name}`,
      view.handles.map(({ handle, what, stale }) => [handle, what, stale]),
      [...cvm.handles.values()]
        .map((handle) => [handle.word, handle.kind, handle.kind === "grant" && !handle.grant.isLive])
        .sort((one, other) => Number((one[0] as bigint) & 0xffffn) - Number((other[0] as bigint) & 0xffffn)),
    );
    check(
      rules.threads,
      `threads of ${view.name}`,
      view.threads.map(({ thread, state, domains, handling }) => [
        thread,
        state,
        domains,
        state !== "dead" && handling,
      ]),
      cvm.threads.map(({ number, state, frames, isHandling }) => [
        number,
        state,
        frames.map((frame) => frame.cvm.name),
        state !== "dead" && isHandling,
      ]),
    );
    check(
      rules.devices,
      `handler and packets of ${view.name}`,
      [view.handler, view.packets],
      [cvm.handler, cvm.packets.map(({ bytes }) => Buffer.from(bytes).toString("hex"))],
    );
  }
}

function checkKeys({ grants, endpoints }: SystemView, docket: Docket): void {
  for (const list of [grants, endpoints]) {
    const keys = new Set(list.map(({ key }) => key));
    if (keys.size === list.length) docket.holds(rules.keys);
    else docket.broken(rules.keys, `${list.length} offers have ${keys.size} keys`);
  }
}

function checkQuotas(
  { name, description: { quotas } }: DeclaredCvm,
  { threads, handles }: SystemView["cvms"][number],
  ledger: Ledger,
  docket: Docket,
): void {
  const used = {
    threads: threads.filter(({ state }) => state !== "dead").length,
    handles: handles.length,
    grants: [...ledger.grants].filter(({ owner }) => owner.name === name).length,
    endpoints: [...ledger.endpoints].filter(({ owner }) => owner.name === name).length,
  };
  for (const [what, count] of Object.entries(used)) {
    const quota = quotas[what as keyof typeof used];
    if (count <= quota) docket.holds(rules.quotas);
    else docket.broken(rules.quotas, `${name} has ${count} ${what}, and may have ${quota}`);
  }
}

/** The unit of bounds of this length: nothing below 4 KiB is rounded (2.3). */
export function unitOf(length: number): number {
  return length < 4096 ? 1 : 2 ** (Math.floor(Math.log2(length)) - 9);
}

export function isExactRange({ base, size }: Range): boolean {
  const unit = unitOf(size);
  return base % unit === 0 && size % unit === 0;
}

function checkRanges({ cvms }: SystemView, docket: Docket): void {
  const parts = cvms.map((view) => {
    const code = { base: Number(view.base), size: view.codeSize };
    const data = { base: Number(view.dataBase), size: view.size - view.codeSize };
    return { view, code, data, isInner: data.base !== code.base + code.size };
  });
  for (const one of parts) {
    const isExact = isExactRange(one.code) && isExactRange(one.data);
    const clash = parts.find((other) => other !== one && areTooClose(one, other));
    if (isExact && clash === undefined) docket.holds(rules.ranges);
    else {
      const why = clash === undefined ? "cannot be covered exactly" : `are too close to ${clash.view.name}`;
      docket.broken(
        rules.ranges,
        `${one.view.name}: ${rangeText(one.code)} and ${rangeText(one.data)} ${why}`,
      );
    }
  }
}

type Parts = { readonly code: Range; readonly data: Range; readonly isInner: boolean };

/**
 * Code parts are apart from each other by a guard, and outer data parts from everything; an inner one lies within an outer
 * one, maybe at its start, beside which there is code.
 */
function areTooClose(one: Parts, other: Parts): boolean {
  const guardOf = ({ isInner }: Parts) => (isInner ? 0 : PAGE);
  if (touch(one.code, other.code, PAGE)) return true;
  if (touch(one.code, other.data, guardOf(other)) || touch(one.data, other.code, guardOf(one))) return true;
  if (!touch(one.data, other.data, 0)) {
    return !one.isInner && !other.isInner && touch(one.data, other.data, PAGE);
  }
  return !((one.isInner && within(one.data, other.data)) || (other.isInner && within(other.data, one.data)));
}

function touch(one: Range, other: Range, guard: number): boolean {
  return one.base < other.base + other.size + guard && other.base < one.base + one.size + guard;
}

function within(inner: Range, outer: Range): boolean {
  return inner.base >= outer.base && inner.base + inner.size <= outer.base + outer.size;
}

/** Beside the capability of a record stand its generation and its rights; a record of nothing is zero. */
function checkRecords(ledger: Ledger, { probe }: Sight, docket: Docket): void {
  const { handlesAt, recordBytes } = probe.places;
  for (const cvm of ledger.cvms.values()) {
    if (cvm.state !== "running") continue;
    const at = storeOf(cvm, probe) + handlesAt;
    for (let index = 0; index < cvm.description.quotas.handles; index++) {
      const handle = cvm.handles.get(index);
      const bytes = probe.bytes(at + index * recordBytes + 16, 16);
      const words = new DataView(bytes.buffer, bytes.byteOffset, 16);
      const [generation, rights] = [words.getBigUint64(0, true), words.getBigUint64(8, true)];
      const wanted = handle?.kind === "grant" ? [handle.word >> 16n, BigInt(handle.rights)] : [0n, 0n];
      if (generation === wanted[0] && rights === wanted[1]) docket.holds(rules.records);
      else
        docket.broken(
          rules.records,
          `record ${index} of ${cvm.name}: generation ${generation}, rights ${rights}`,
        );
    }
  }
}

function checkStacks(ledger: Ledger, { threads }: Sight, docket: Docket): void {
  const users = new Map<string, string>();
  for (const probed of threads) {
    if (probed.state === "dead") continue;
    const declared = ledger.cvms.get(probed.slot)?.threads[probed.number];
    for (const [depth, { cvm, stack }] of probed.frames.entries()) {
      const who = `${probed.cvm}.${probed.number}`;
      const place = `${cvm} ${stack}`;
      const other = users.get(place);
      users.set(place, who);
      if (other !== undefined)
        docket.broken(rules.stacks, `${who} and ${other} run on stack ${stack} of ${cvm}`);
      else if (declared?.frames[depth]?.stack === stack) docket.holds(rules.stacks);
      else
        docket.broken(
          rules.stacks,
          `${who} runs on stack ${stack} of ${cvm}, not on the highest that was free`,
        );
    }
  }
}

/** The bytes of every data part are those that the ledger has. */
function checkMemory(ledger: Ledger, { probe }: Sight, docket: Docket): void {
  for (const cvm of ledger.cvms.values()) {
    const { base, size } = cvm.data;
    const bytes = probe.bytes(base, size);
    let wrong = -1;
    for (let at = 0; at < size && wrong < 0; at += PAGE) {
      const expected = ledger.memory.page(base + at);
      const actual = bytes.subarray(at, at + PAGE);
      if (Buffer.compare(expected, actual) !== 0)
        wrong = at + expected.findIndex((byte, index) => byte !== actual[index]);
    }
    if (wrong < 0) docket.holds(rules.memory);
    else {
      const expected = ledger.memory.read(base + wrong, 1)[0]!.toString(16);
      docket.broken(
        rules.memory,
        `data part of ${cvm.name} + 0x${wrong.toString(16)}: 0x${bytes[wrong]!.toString(16)}`,
        `what was stored there: 0x${expected}`,
      );
    }
  }
}

function spell(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "bigint" ? `0x${one.toString(16)}` : one,
  );
}
