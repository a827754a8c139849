/**
 * T: what was revoked, closed, returned, timed out, killed or reclaimed is reachable by nobody (4.6): not from the
 * registers of threads, not from capability stores, and not from what the Intravisor keeps of a thread to give it back.
 */
import type { ProbedThread } from "../../../impl/intravisor/probe.ts";
import { integerOf } from "../../../impl/intravisor/probe.ts";
import { callNamed } from "../../../model/intravisor/calls.ts";
import type { StepReport } from "../../../model/system-contract.ts";
import { errorOf } from "../listing.ts";
import { mayHold, permsOf, rangeText } from "./allowed.ts";
import {
  type DeclaredCvm,
  type DeclaredFrame,
  type DeclaredThread,
  innermost,
  type Range,
} from "./declared.ts";
import type { Docket } from "./docket.ts";
import { capabilityText, execute, type HeldCapability, storeOf } from "./held.ts";
import type { Ledger } from "./ledger.ts";
import type { Sight, SystemMoment, SystemOracle } from "./oracle.ts";
import { temporalRules as rules } from "./temporal-rules.ts";

/** Ranges that are remembered after their end. */
const GRAVES_MAX = 64;

/** Something over, and what it was. */
interface Grave {
  readonly range: Range;
  readonly what: string;
}

export class TemporalOracle implements SystemOracle {
  readonly name = "T";
  #graves: Grave[] = [];
  /** What was there before the step, to see what is gone after it. */
  #before: readonly Grave[] = [];
  #authority = -1;
  /** Bytes and tags of thread blocks that were found right, by address. */
  /** What a reclaimed cVM had. */
  #reclaimed: DeclaredCvm | null = null;
  readonly #blocks = new Map<number, { readonly bytes: Uint8Array; readonly tags: string }>();

  begin(): void {
    this.#graves = [];
    this.#before = [];
    this.#authority = -1;
    this.#blocks.clear();
  }

  /** A handle that was given and is closed, or belongs to somebody else, opens nothing. */
  judge(
    { step, report, reports }: SystemMoment & { readonly report: StepReport },
    ledger: Ledger,
    docket: Docket,
  ): void {
    const { by } = step;
    this.#reclaimed = by === null && step.event.do === "reclaim" ? ledger.named(step.event.cvm) : null;
    if (by === null || step.action.do !== "call" || report.outcome.kind === "refused") return;
    const { call, args } = step.action;
    const thread = ledger.threadOf(by);
    if (callNamed(call)?.args[0] !== "handle" || thread === null || thread.state !== "ready") return;
    const caller = innermost(thread);
    const word = ledger.meaning(args[0] ?? NOTHING, caller, reports);
    if (!caller.cvm.spent.has(word)) return;
    const { outcome } = report;
    const error = outcome.kind === "returned" ? errorOf(outcome.values[0]) : null;
    if (error === "EBADF") docket.holds(rules.handles);
    else
      docket.broken(
        rules.handles,
        `${call}: 0x${word.toString(16)} is closed, and gave ${error ?? outcome.kind}`,
      );
  }

  check(moment: SystemMoment, ledger: Ledger, docket: Docket, isWhole: boolean): void {
    const { step, report, sight } = moment;
    const isChanged = isWhole || ledger.authority !== this.#authority;
    this.#authority = ledger.authority;
    if (isChanged) this.#bury(ledger);
    const { threads } = sight;
    for (const probed of threads) {
      const thread = ledger.cvms.get(probed.slot)?.threads[probed.number];
      if (thread !== undefined) this.#checkThread(probed, thread, sight, docket, isChanged);
    }
    if (isChanged && this.#graves.length > 0) this.#checkGraves(threads, ledger, sight, docket);
    if (isChanged) this.#checkDead(sight, docket);
    if (step.by === null && report?.outcome.kind === "done" && report.outcome.value === 0n) {
      if (step.event.do === "create") {
        const cvm = ledger.named(step.event.cvm.name);
        if (cvm !== null) this.#checkCreated(cvm, threads, sight, docket);
      }
      if (this.#reclaimed !== null) this.#checkReclaimed(this.#reclaimed, ledger, sight, docket);
    }
    const { outcome } = report ?? { outcome: null };
    if (step.by !== null && step.action.do === "call" && step.action.call === "thread_create") {
      const number = outcome?.kind === "returned" ? Number(BigInt.asIntN(64, outcome.values[0])) : -1;
      const by = ledger.threadOf(step.by);
      const cvm = by === null || by.state === "dead" ? null : innermost(by).cvm;
      const thread = threads.find((one) => one.slot === cvm?.slot && one.number === number);
      if (number >= 0 && thread !== undefined) this.#checkStart(cvm!, thread, docket);
    }
  }

  /** Notes what has ended since it was asked last. */
  #bury(ledger: Ledger): void {
    const now: Grave[] = [];
    for (const { key, range } of ledger.grants) now.push({ range, what: `grant ${key}` });
    for (const thread of ledger.living()) {
      for (const { buffer } of thread.frames)
        if (buffer !== null) now.push({ range: buffer, what: "buffer" });
    }
    for (const cvm of ledger.cvms.values()) now.push({ range: cvm.data, what: `data part of ${cvm.name}` });
    const isStill = new Set(now.map(({ range }) => range));
    for (const grave of this.#before) if (!isStill.has(grave.range)) this.#graves.push(grave);
    this.#graves = this.#graves.slice(-GRAVES_MAX);
    this.#before = now;
  }

  #checkThread(
    probed: ProbedThread,
    thread: DeclaredThread,
    { probe, held }: Sight,
    docket: Docket,
    isChanged: boolean,
  ): void {
    if (thread.state === "dead" || probed.state === "dead") return;
    const bytes = probe.bytes(probed.block, CAPABILITIES_BYTES);
    const tags = probe.tagged(probed.block, CAPABILITIES_BYTES).join();
    const known = this.#blocks.get(probed.block);
    if (!isChanged && known?.tags === tags && Buffer.compare(known.bytes, bytes) === 0) return;
    this.#blocks.set(probed.block, { bytes: bytes.slice(), tags });

    const { block } = probe.places;
    const inBlock = (offset: number) => held.granule(probe, probed.block + offset);
    const frame = thread.frames.at(-1)!;
    const wrong = [
      wrongIn(frame, "pcc", inBlock(block.pcc)),
      wrongIn(frame, "ddc", inBlock(block.ddc)),
      wrongIn(frame, "buffer", inBlock(block.buffer)),
    ];
    for (const [depth, { kept }] of probed.frames.entries()) {
      const caller = thread.frames[depth - 1];
      if (caller === undefined) continue;
      for (const one of kept.map((value) => held.decode(value))) {
        // Halves of pairs that code of its own has put there: whether it may hold those was seen in its registers.
        if (caller.isOwnCode && one.otype !== null) continue;
        if (!mayHold(caller.cvm, caller, one))
          wrong.push(`kept of the caller in ${caller.cvm.name}: ${capabilityText(one)}`);
      }
    }
    const first = wrong.find((one) => one !== null);
    if (first == null) docket.holds(rules.frames);
    else docket.broken(rules.frames, `${probed.cvm}.${probed.number}, in ${frame.cvm.name}: ${first}`);
  }

  /** What is over is held by nobody, but where something else gives it. */
  #checkGraves(threads: readonly ProbedThread[], ledger: Ledger, sight: Sight, docket: Docket): void {
    for (const probed of threads) {
      const thread = ledger.cvms.get(probed.slot)?.threads[probed.number];
      if (thread === undefined || thread.state === "dead" || probed.isInGate) continue;
      const { frame, cvm } = innermost(thread);
      for (const held of sight.held.ofThread(probed).held)
        this.#checkGrave(cvm, frame, held, `${probed.cvm}.${probed.number}`, docket);
    }
    for (const cvm of ledger.cvms.values()) {
      if (cvm.state !== "running") continue;
      for (const held of sight.held.ofStore(cvm, sight.probe).held)
        this.#checkGrave(cvm, null, held, `store of ${cvm.name}`, docket);
    }
  }

  #checkGrave(
    cvm: DeclaredCvm,
    frame: DeclaredFrame | null,
    held: HeldCapability,
    where: string,
    docket: Docket,
  ): void {
    if (held.otype !== null || (held.perms & execute) !== 0) return;
    const grave = this.#graves.find(
      ({ range }) => held.base < range.base + range.size && range.base < held.top,
    );
    if (grave === undefined) return;
    if (mayHold(cvm, frame ?? NO_FRAME, held)) docket.holds(rules.revoked);
    else
      docket.broken(
        rules.revoked,
        `${where}: ${capabilityText(held)}`,
        `over: ${grave.what} ${rangeText(grave.range)}`,
      );
  }

  #checkDead({ outline }: Sight, docket: Docket): void {
    const isDead = (name: string) => outline.cvms.find((cvm) => cvm.name === name)?.state !== "running";
    for (const cvm of outline.cvms) {
      if (cvm.state === "running") continue;
      const living = cvm.threads.filter(({ state }) => state !== "dead").length;
      if (living + cvm.handles.length === 0) docket.holds(rules.dead);
      else docket.broken(rules.dead, `${cvm.name}: ${living} threads, ${cvm.handles.length} handles`);
    }
    for (const { name, threads } of outline.cvms) {
      for (const { thread, domains } of threads) {
        const inside = domains.find(isDead);
        if (inside !== undefined)
          docket.broken(rules.dead, `${name}.${thread} is in ${inside}, which is dead`);
      }
    }
    for (const { key, owner } of [...outline.grants, ...outline.endpoints]) {
      if (isDead(owner)) docket.broken(rules.dead, `${owner} is dead and still offers ${key}`);
    }
  }

  #checkCreated(cvm: DeclaredCvm, threads: readonly ProbedThread[], sight: Sight, docket: Docket): void {
    const { probe } = sight;
    const { code, data, description } = cvm;
    const { imageAt, storeSize, pairBytes } = probe.places;
    const image = Buffer.from(description.image, "hex");
    const end = imageAt + image.length;
    const isClean =
      isZero(probe.bytes(data.base, data.size)) &&
      Buffer.compare(probe.bytes(code.base + imageAt, image.length), image) === 0 &&
      isZero(probe.bytes(code.base + end, code.size - storeSize - end)) &&
      isZero(probe.bytes(storeOf(cvm, probe) + pairBytes, storeSize - pairBytes)) &&
      probe.tagged(data.base, data.size).length === 0 &&
      probe.tagged(code.base, code.size).join() === `${code.size - storeSize},${code.size - storeSize + 16}`;
    if (isClean) docket.holds(rules.created);
    else docket.broken(rules.created, `${cvm.name} begins with bytes or tags of somebody else`);
    const thread = threads.find(({ slot, number }) => slot === cvm.slot && number === 0);
    if (thread !== undefined) this.#checkStart(cvm, thread, docket);
  }

  #checkReclaimed(
    { name, code, data, slot }: DeclaredCvm,
    ledger: Ledger,
    sight: Sight,
    docket: Docket,
  ): void {
    const { probe } = sight;
    const { blocksBase, blocksPerCvm, blockBytes } = probe.places;
    const size = blocksPerCvm * blockBytes;
    const blocks = { base: blocksBase + slot * size, size };
    const left = [code, data, blocks].find(
      (range) =>
        !isZero(probe.bytes(range.base, range.size)) || probe.tagged(range.base, range.size).length > 0,
    );
    if (left === undefined || ledger.cvms.has(slot)) docket.holds(rules.reclaimed);
    else docket.broken(rules.reclaimed, `${name}: bytes or tags are left in ${rangeText(left)}`);
  }

  /** The start register file (3.5): PCC, DDC, sp, tp and a0. */
  #checkStart(cvm: DeclaredCvm, { context, number }: ProbedThread, docket: Docket): void {
    const stack = BigInt(cvm.data.base + cvm.data.size - number * STACK_BYTES);
    for (let register = 1; register < 32; register++) {
      const value = integerOf(context, register);
      const expected =
        register === 2 ? stack : register === 4 ? BigInt(number) : register === 10 ? value : 0n;
      if (value === expected) continue;
      docket.broken(
        rules.started,
        `${cvm.name}.${number} starts with 0x${value.toString(16)} in x${register}`,
      );
      return;
    }
    docket.holds(rules.started);
  }
}

/** Bytes of a thread block in which capabilities lie. */
const CAPABILITIES_BYTES = 64;
const STACK_BYTES = 0x1000;
const NOTHING = { kind: "number", value: 0n } as const;
const NO_FRAME = { buffer: null } as DeclaredFrame;

/** What is wrong with a capability that is kept for a frame; null if it is right, or there is none. */
function wrongIn(
  frame: DeclaredFrame,
  kind: "pcc" | "ddc" | "buffer",
  held: HeldCapability | null,
): string | null {
  const { cvm, buffer } = frame;
  if (held === null) return kind === "buffer" && buffer !== null ? "no buffer is kept" : null;
  // Code of the guest's own may have put anything that it holds into DDC.
  if (kind === "ddc" && mayHold(cvm, frame, held)) return null;
  // Halves of pairs too, which are of no use there; whether it may hold those is seen when it has them in its registers.
  if (kind === "ddc" && frame.isOwnCode && held.otype !== null) return null;
  const range = kind === "pcc" ? cvm.code : kind === "ddc" ? cvm.data : buffer;
  const lies = range !== null && held.base >= range.base && held.top <= range.base + range.size;
  const isAllowed = kind !== "buffer" || (buffer !== null && held.perms === permsOf(buffer.rights));
  if (lies && isAllowed && held.otype === null) return null;
  return `${kind} is ${capabilityText(held)}, there should be ${range === null ? "none" : rangeText(range)}`;
}

export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const piece = bytes.subarray(at, at + ZEROS.length);
    if (Buffer.compare(piece, ZEROS.subarray(0, piece.length)) !== 0) return false;
  }
  return true;
}

const ZEROS = new Uint8Array(4096);
