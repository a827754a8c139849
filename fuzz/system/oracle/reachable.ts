/**
 * M: what a cVM can reach is what it was given (I-1). For every thread in a domain the registers, for every cVM its
 * capability store: each tagged capability covers only the domain's own parts, what it has opened and is still granted,
 * or the buffer of the call that it serves. Nothing that a domain can load from leads any further, since its data part is
 * never read as capabilities, and of its code part only the store has any.
 */
import {
  allowedText,
  CODE_PERMS,
  DATA_PERMS,
  DDC,
  isExactly,
  isInside,
  mayHold,
  PCC,
  permsOf,
  rangeText,
  rightsText,
  textOf,
  type Who,
} from "./allowed.ts";
import { type DeclaredCvm, type DeclaredFrame, type DeclaredThread, innermost } from "./declared.ts";
import type { Docket } from "./docket.ts";
import {
  capabilityText,
  cinvoke,
  execute,
  global,
  type HeldCapability,
  type HeldRegister,
  seal,
  store,
  storeCap,
  storeLocal,
  storeOf,
  system,
  unseal,
} from "./held.ts";
import type { Ledger } from "./ledger.ts";
import { boundBy, entryOffset, isDescriptor, isWayIn, leadsIn } from "./object-entries.ts";
import type { Sight, SystemMoment, SystemOracle } from "./oracle.ts";
import { GateHoldings } from "./reachable-gate.ts";
import { checkInside } from "./reachable-inside.ts";
import { reachableRules as rules } from "./reachable-rules.ts";

/** Where the buffer of a call lies in a callee. */
const BUFFER = 27;
/** The object type of entries that anybody can make. */
const SENTRY = 0x3fffe;

export class ReachableOracle implements SystemOracle {
  readonly name = "M";
  /** Object types by cVM, as they were when it was created. */
  readonly #otypes = new Map<DeclaredCvm, number>();
  readonly #gate = new GateHoldings();
  #authority = -1;

  begin(): void {
    this.#otypes.clear();
    this.#gate.begin();
    this.#authority = -1;
  }

  check({ sight }: SystemMoment, ledger: Ledger, docket: Docket, isWhole: boolean): void {
    const isChanged = isWhole || ledger.authority !== this.#authority;
    this.#authority = ledger.authority;
    for (const probed of sight.threads) {
      const thread = ledger.cvms.get(probed.slot)?.threads[probed.number];
      if (thread === undefined || probed.state === "dead" || thread.state === "dead") continue;
      if (!probed.isInGate) this.#gate.isOutside(thread);
      const { held, isNew } = sight.held.ofThread(probed);
      if (!isNew && !isChanged) continue;
      if (probed.isInGate) this.#gate.check(thread, probed, held, [ledger, sight, docket]);
      else if (innermost(thread).frame.running.length > 0)
        checkInside(thread, probed, held, [ledger, sight, docket]);
      else this.#checkRegisters(thread, held, ledger, sight, docket);
    }
    for (const cvm of ledger.cvms.values()) {
      if (cvm.state !== "running") continue;
      const { held, isNew } = sight.held.ofStore(cvm, sight.probe);
      if (isNew || isChanged) this.#checkStore(cvm, held, ledger, sight, docket);
      if (isWhole) this.#checkTags(cvm, sight, docket);
    }
  }

  #checkRegisters(
    thread: DeclaredThread,
    registers: readonly HeldRegister[],
    ledger: Ledger,
    sight: Sight,
    docket: Docket,
  ): void {
    const { frame, cvm } = innermost(thread);
    const name = { cvm: thread.cvm.name, number: thread.number };
    let [pcc, ddc, buffer]: [Found, Found, Found] = [null, null, null];
    for (const held of registers) {
      this.#checkPerms(name, held, docket);
      if (held.register === PCC) pcc = held;
      else if (held.register === DDC) ddc = held;
      else if (held.register === BUFFER) buffer = held;
      // Links to where its own code goes on are entries of it, which anybody can make.
      const isEntry = held.otype === SENTRY;
      // An entry into what cannot be executed leads nowhere, whatever it was made of.
      if (isEntry && (held.perms & execute) === 0) docket.vacuous(rules.registers);
      else if (held.otype !== null && !isEntry)
        this.#checkSealed(cvm, held, ledger, sight, docket, () => textOf(name, held));
      else if (mayHold(cvm, frame, held)) docket.holds(rules.registers);
      else docket.broken(rules.registers, ...textOf(name, held), ...allowedText(cvm, frame));
    }
    this.#checkPcc(name, frame, pcc, docket);
    this.#checkDdc(name, frame, ddc, docket);
    this.#checkBuffer(name, frame, buffer, docket);
  }

  /** What nobody but the Intravisor may have, wherever it points. */
  #checkPerms(who: Who, held: HeldRegister, docket: Docket): void {
    const { perms, otype } = held;
    const check = (rule: (typeof rules)[keyof typeof rules], isBroken: boolean) => {
      if (isBroken) docket.broken(rule, ...textOf(who, held));
      else docket.holds(rule);
    };
    check(rules.noSealing, (perms & (seal | unseal)) !== 0);
    if (otype !== null) return;
    check(rules.noSystem, (perms & system) !== 0);
    check(rules.noCapabilityStore, (perms & (storeCap | storeLocal)) !== 0);
    check(rules.writeOrExecute, (perms & (store | execute)) === (store | execute));
  }

  #checkPcc(who: Who, { cvm: { code }, isOwnCode }: DeclaredFrame, pcc: Found, docket: Docket): void {
    // Code of the guest's own may have narrowed it, which `registers` sees to.
    if (isOwnCode) docket.vacuous(rules.pcc);
    else if (pcc !== null && isExactly(pcc, code) && (pcc.perms & ~CODE_PERMS) === 0) docket.holds(rules.pcc);
    else docket.broken(rules.pcc, ...textOf(who, pcc ?? "PCC"), `code part ${rangeText(code)}`);
  }

  #checkDdc(who: Who, { ddc: declared, isOwnCode }: DeclaredFrame, ddc: Found, docket: Docket): void {
    if (isOwnCode) docket.vacuous(rules.ddc);
    else if (declared.size === 0 || (ddc !== null && isExactly(ddc, declared) && ddc.perms === DATA_PERMS))
      docket.holds(rules.ddc);
    else docket.broken(rules.ddc, ...textOf(who, ddc ?? "DDC"), `there should be ${rangeText(declared)} RW`);
  }

  #checkBuffer(who: Who, frame: DeclaredFrame, held: Found, docket: Docket): void {
    const { buffer, isOwnCode } = frame;
    // Code of the guest's own may have thrown it away, or put something else there.
    if (isOwnCode) docket.vacuous(rules.buffer);
    else if (buffer === null && held === null) docket.holds(rules.buffer);
    else if (
      buffer !== null &&
      held !== null &&
      isExactly(held, buffer) &&
      held.perms === permsOf(buffer.rights)
    )
      docket.holds(rules.buffer);
    else {
      const wanted =
        buffer === null ? "no buffer" : `the buffer ${rangeText(buffer)} ${rightsText(buffer.rights)}`;
      docket.broken(rules.buffer, ...textOf(who, held ?? "c27"), `there should be ${wanted}`);
    }
  }

  /** Half of a gate pair: of the domain's own type, and either the gate or a block. Or of a pair that leads into objects. */
  #checkSealed(
    cvm: DeclaredCvm,
    held: HeldCapability,
    { objects }: Ledger,
    { probe }: Sight,
    docket: Docket,
    text: () => readonly string[],
  ): void {
    const { places } = probe;
    const isOfType = held.otype === this.#otypes.get(cvm);
    const isCode =
      isInside(held, places.gateBase, places.gateSize) &&
      held.address === places.gateBase &&
      (held.perms & ~system) === (global | execute | cinvoke);
    const isData =
      (held.base - places.blocksBase) % places.blockBytes === 0 &&
      held.top - held.base === places.blockBytes &&
      isInside(held, places.blocksBase, places.blocksSize) &&
      (held.perms & (execute | global)) === 0;
    if ((isOfType && (isCode || isData)) || leadsIn(held, cvm, objects, probe)) docket.holds(rules.sealed);
    else docket.broken(rules.sealed, ...text(), `own type 0x${this.#otypes.get(cvm)?.toString(16)}`);
  }

  #checkStore(
    cvm: DeclaredCvm,
    granules: readonly (HeldCapability & { readonly offset: number })[],
    ledger: Ledger,
    sight: Sight,
    docket: Docket,
  ): void {
    const { places } = sight.probe;
    const records = new Map<number, HeldCapability>();
    const pairs = new Map<number, HeldCapability>();
    for (const held of granules) {
      const where = () => [`store of ${cvm.name} + 0x${held.offset.toString(16)}: ${capabilityText(held)}`];
      if (held.offset === entryOffset(sight.probe)) {
        if (isWayIn(held, sight.probe)) docket.holds(rules.sealed);
        else docket.broken(rules.sealed, ...where(), "not the way into objects");
        continue;
      }
      if (held.offset < places.handlesAt) {
        if (!this.#otypes.has(cvm) && held.otype !== null) this.#learn(cvm, held.otype, ledger, docket);
        pairs.set(held.offset, held);
        if (held.otype === null) docket.broken(rules.sealed, ...where(), "not sealed");
        else this.#checkSealed(cvm, held, ledger, sight, docket, where);
        continue;
      }
      const index = (held.offset - places.handlesAt) / places.recordBytes;
      if (Number.isInteger(index)) records.set(index, held);
      else docket.broken(rules.store, ...where(), "beside the capabilities of records");
    }
    this.#checkRecords(cvm, records, sight, docket);
    this.#checkPairs(cvm, pairs, ledger, sight, docket);
  }

  /** Each cVM has a type of its own (I-21, I-86). */
  #learn(cvm: DeclaredCvm, otype: number, ledger: Ledger, docket: Docket): void {
    this.#otypes.set(cvm, otype);
    const others = [...ledger.cvms.values()].filter(
      (other) => other !== cvm && this.#otypes.get(other) === otype,
    );
    if (others.length === 0) docket.holds(rules.ownType);
    else
      docket.broken(
        rules.ownType,
        `type 0x${otype.toString(16)} is that of ${cvm.name} and of ${others[0]!.name}`,
      );
  }

  /** A record for each live grant that is open, exactly what was granted; no capability in any other (I-5, I-50, I-55). */
  #checkRecords(
    cvm: DeclaredCvm,
    records: ReadonlyMap<number, HeldCapability>,
    { probe }: Sight,
    docket: Docket,
  ): void {
    for (const [index, held] of records) {
      const handle = cvm.handles.get(index);
      const where = `record ${index} of ${cvm.name}: ${capabilityText(held)}`;
      const object = boundBy(cvm, index);
      if (object !== null) {
        if (isDescriptor(held, cvm, object, probe)) docket.holds(rules.store);
        else docket.broken(rules.store, where, `object ${object.number} is bound by this handle`);
      } else if (handle?.kind !== "grant" || !handle.grant.isLive) {
        docket.broken(rules.store, where, "there is no live grant with this handle");
      } else {
        const { grant, rights } = handle;
        const isRight = held.otype === null && isExactly(held, grant.range) && held.perms === permsOf(rights);
        if (isRight) docket.holds(rules.store);
        else docket.broken(rules.store, where, `granted ${rangeText(grant.range)} ${rightsText(rights)}`);
      }
    }
    for (const [index, handle] of cvm.handles) {
      const isOpen = (handle.kind === "grant" && handle.grant.isLive) || boundBy(cvm, index) !== null;
      if (!isOpen || records.has(index)) continue;
      docket.broken(
        rules.store,
        `record ${index} of ${cvm.name}: no capability`,
        "an open grant, and an object that is bound, has one",
      );
    }
  }

  /** At the place of each stack that a thread runs on: the gate, and that thread's block (I-23, I-91). */
  #checkPairs(
    cvm: DeclaredCvm,
    pairs: ReadonlyMap<number, HeldCapability>,
    ledger: Ledger,
    { probe }: Sight,
    docket: Docket,
  ): void {
    const { places } = probe;
    const blockOf = ({ cvm: { slot }, number }: DeclaredThread) =>
      places.blocksBase + (slot * places.blocksPerCvm + number) * places.blockBytes;
    const runners = new Map(ledger.framesIn(cvm).map(({ thread, frame }) => [frame.stack, thread]));
    for (let stack = 0; stack * places.pairBytes < places.handlesAt; stack++) {
      if (stack === places.entryPlace) continue;
      const at = stack * places.pairBytes;
      const [code, data] = [pairs.get(at), pairs.get(at + 16)];
      const runner = runners.get(stack);
      if (runner === undefined && code === undefined && data === undefined) continue;
      // Whoever ran there last and is dead may have left his own pair, which brings nobody anywhere.
      const wanted = runner ?? cvm.threads[stack];
      const isRight =
        wanted !== undefined && code?.base === places.gateBase && data?.base === blockOf(wanted);
      if (isRight) docket.holds(rules.pairs);
      else {
        const found = [code, data].map((half) => (half === undefined ? "none" : capabilityText(half)));
        const who = wanted === undefined ? "nobody" : `${wanted.cvm.name}.${wanted.number}`;
        docket.broken(rules.pairs, `pair ${stack} of ${cvm.name}: ${found.join(", ")}`, `there runs ${who}`);
      }
    }
  }

  /** No tag but in the store: what else a domain could load as a capability, it does not have (I-12, I-13). */
  #checkTags(cvm: DeclaredCvm, { probe }: Sight, docket: Docket): void {
    const inCode = probe.tagged(cvm.code.base, storeOf(cvm, probe) - cvm.code.base).length;
    const inData = probe.tagged(cvm.data.base, cvm.data.size);
    if (inCode === 0 && inData.length === 0) docket.holds(rules.untaggedMemory);
    else {
      const where =
        inData.length > 0 ? `data part + 0x${inData[0]!.toString(16)}` : "code part before the store";
      docket.broken(rules.untaggedMemory, `${cvm.name}: a tagged granule in its ${where}`);
    }
  }
}

type Found = HeldRegister | null;
