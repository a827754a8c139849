/** S: tables are well formed and say what was declared; memory holds what was stored; what fails changes nothing. */
import type { Step, StepReport, SystemView } from "../../../model/system-contract.ts";
import { errorOf, stepText } from "../listing.ts";
import { isEqual } from "../lockstep.ts";
import type { DeclaredCvm } from "./declared.ts";
import type { Docket } from "./docket.ts";
import { storeOf } from "./held.ts";
import type { Ledger } from "./ledger.ts";
import { boundBy } from "./object-entries.ts";
import type { Sight, SystemMoment, SystemOracle } from "./oracle.ts";
import { checkRanges } from "./state-ranges.ts";
import { stateRules as rules } from "./state-rules.ts";
import { checkTables } from "./state-tables.ts";

const PAGE = 4096;
/** Steps from one comparison of memory to the next. */
const MEMORY_EVERY = 8;

export class StateOracle implements SystemOracle {
  readonly name = "S";
  #outline: SystemView | null = null;
  #gate: Uint8Array | null = null;
  /** Code parts before their bodies and stores, as they were when created. */
  readonly #code = new Map<DeclaredCvm, Uint8Array>();
  #generations = new Map<number, number>();
  #steps = 0;
  #authority = -1;
  #version = -1;

  begin(): void {
    this.#outline = null;
    this.#gate = null;
    this.#code.clear();
    this.#generations = new Map();
    this.#steps = 0;
    this.#authority = -1;
    this.#version = -1;
  }

  check({ step, report, sight }: SystemMoment, ledger: Ledger, docket: Docket, isWhole: boolean): void {
    const { outline } = sight;
    const before = this.#outline;
    const isSame = before !== null && isEqual(before, outline);
    if (report !== null && before !== null && !isSame)
      this.#judgeChange(report, before, outline, docket, step);
    else docket.holds(rules.failure);
    this.#outline = outline;
    // What was right, and has not changed on either side, is right.
    if (isWhole || !isSame || ledger.version !== this.#version) checkTables(outline, ledger, docket);
    this.#version = ledger.version;
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

  /** The tables have changed: a call that gave an error does not do that (I-44). Bytes are compared with all others. */
  #judgeChange(
    { outcome, woken }: StepReport,
    before: SystemView,
    outline: SystemView,
    docket: Docket,
    step: Step,
  ): void {
    const isRefused = outcome.kind === "refused";
    const value =
      outcome.kind === "done" ? outcome.value : outcome.kind === "returned" ? outcome.values[0] : 0n;
    // Who is told that a call has failed for which he had a ticket has spent the ticket.
    const isSpent = outcome.kind === "returned" && outcome.values[1] !== 0n;
    if (!isRefused && (woken.length > 0 || isSpent || errorOf(value) === null)) return;
    // What returns a value that is nobody's error, returns what a guest chose.
    if (outcome.kind === "returned" && isFree(before, outline)) docket.vacuous(rules.failure);
    else docket.broken(rules.failure, `${stepText(step)} failed, and the tables are not as before`);
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

/** Beside the capability of a record stand its generation and its rights; a record of nothing is zero. */
function checkRecords(ledger: Ledger, { probe }: Sight, docket: Docket): void {
  const { handlesAt, recordBytes } = probe.places;
  for (const cvm of ledger.cvms.values()) {
    if (cvm.state !== "running") continue;
    const { handles } = cvm.description.quotas;
    const bytes = probe.bytes(storeOf(cvm, probe) + handlesAt, handles * recordBytes);
    const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    for (let index = 0; index < handles; index++) {
      const handle = cvm.handles.get(index);
      const at = (index * recordBytes) / 8 + 2;
      const [generation, rights] = [words[at]!, words[at + 1]!];
      const object = boundBy(cvm, index);
      const wanted =
        handle?.kind === "grant"
          ? [handle.word >> 16n, BigInt(handle.rights)]
          : object === null
            ? [0n, 0n]
            : [0n, (handle!.word >> 16n) | (BigInt(object.file.exports.length) << 48n)];
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
      // A client that is called back is on the stack that it has called with.
      if (declared?.frames[depth]?.chain != null && declared.frames[depth].stack === stack) continue;
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
