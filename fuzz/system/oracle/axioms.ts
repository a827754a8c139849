/**
 * A: every step of the machine that the system takes is one that the axioms of the instruction set allow: of guests, of
 * their stubs, of the gate and of what copies for them. What is held is taken anew where each run begins, since the
 * Intravisor's tables are TypeScript: what it does to registers and memory between two runs, and the capabilities that
 * its forge makes there from a root, are trusted by declaration, and left to the oracles that look at the state.
 *
 * Recorded steps are many times slower than others: whoever asks for this oracle says in which scripts.
 */
import { integerOf, type Probe, type Recorder, wholeOf } from "../../../impl/intravisor/probe.ts";
import type { Capability } from "../../../model/contract.ts";
import { axiomOracle } from "../../oracle/axiom/oracle.ts";
import { fromMemory } from "../../oracle/exact/capability.ts";
import { boundsAt } from "../../oracle/exact/encoding.ts";
import type { Snapshot } from "../../oracle/held.ts";
import { type Judge, judgeOf } from "../../oracle/judge.ts";
import {
  COUNT_TRUE,
  COUNT_VACUOUS,
  COUNTS_PER_CLAUSE,
  type Oracle,
  type Violation,
} from "../../oracle/oracle.ts";
import { stepText } from "../listing.ts";
import { ruleOfClause, axiomRules as rules } from "./axiom-rules.ts";
import type { Docket } from "./docket.ts";
import { GateLaws, type WayOut } from "./gate-laws.ts";
import type { Ledger } from "./ledger.ts";
import type { SystemMoment, SystemOracle } from "./oracle.ts";

export class AxiomOracle implements SystemOracle, Recorder {
  readonly name = "A";
  readonly #probe: Probe;
  readonly #oracles: readonly Oracle[];
  readonly #gate: GateLaws;
  readonly #judge: Judge;
  /** Counts of each oracle as they were told last. */
  readonly #told: readonly Float64Array[];
  readonly #granules: Granules;
  #violation: Violation | null = null;
  #ways: WayOut[] = [];
  /** Entries that were registered before the step. */
  #entries: ReadonlySet<string> = new Set();

  constructor(probe: Probe) {
    const { gateBase, gateSize } = probe.places;
    this.#probe = probe;
    this.#granules = new Granules(probe);
    this.#gate = new GateLaws({ base: BigInt(gateBase), size: BigInt(gateSize) }, (way) => {
      this.#ways.push(way);
    });
    this.#oracles = [axiomOracle(), this.#gate];
    this.#judge = judgeOf(this.#oracles);
    this.#told = this.#oracles.map(({ counts }) => counts.slice());
  }

  begin(): void {
    this.#violation = null;
    this.#ways = [];
    this.#entries = new Set();
  }

  /** A run of the machine begins. */
  begins(): void {
    this.#gate.begin();
    this.#judge.adopt(heldIn(this.#probe.registers(), this.#granules.look()));
  }

  ran(steps: number): void {
    for (let index = 0; index < steps && this.#violation === null; index++) {
      this.#violation = this.#judge.step(this.#probe.event(index));
    }
  }

  check({ step }: SystemMoment, ledger: Ledger, docket: Docket): void {
    this.#count(docket);
    if (this.#violation !== null) {
      const { rule, instruction, text } = this.#violation;
      const told = `${stepText(step)}: ${rule}, ${instruction}`;
      docket.broken(ruleOfClause[rule as keyof typeof ruleOfClause], told, ...text);
      this.#violation = null;
    }
    const now = new Set([...ledger.endpoints].map(({ owner, entry }) => spell(owner.code.base, entry)));
    for (const { target, link, base } of this.#ways) {
      const where = spell(Number(base), target);
      if (target === (link & ~1n) || now.has(where) || this.#entries.has(where)) docket.holds(rules.target);
      else
        docket.broken(
          rules.target,
          `${stepText(step)}: the gate leads to 0x${target.toString(16)}`,
          `neither to ra, 0x${link.toString(16)}, nor to an entry of whoever has the code at 0x${base.toString(16)}`,
        );
    }
    this.#ways = [];
    this.#entries = now;
  }

  /** Tells how often each clause was tested since it was told last. */
  #count(docket: Docket): void {
    for (const [at, { clauses, counts }] of this.#oracles.entries()) {
      const told = this.#told[at]!;
      for (const [place, clause] of clauses.entries()) {
        const more = (count: number) =>
          counts[place * COUNTS_PER_CLAUSE + count]! - told[place * COUNTS_PER_CLAUSE + count]!;
        docket.add(ruleOfClause[clause as keyof typeof ruleOfClause], more(COUNT_TRUE), more(COUNT_VACUOUS));
      }
      told.set(counts);
    }
  }
}

/** The entry of a cVM, by where its code part begins. */
function spell(codeBase: number, entry: bigint): string {
  return `${codeBase} ${entry}`;
}

const REGISTERS = 64;
const PCC = 0x20;

/** What is held, from registers as they are kept. */
function heldIn(context: Uint8Array, granules: Snapshot["granules"]): Snapshot {
  const registers = Array.from({ length: REGISTERS }, (_, index) => {
    const whole = wholeOf(context, index);
    return whole === null ? integerOf(context, index) : inRegister(whole);
  });
  const pcc = registers[PCC]!;
  return { pc: typeof pcc === "bigint" ? pcc : pcc.address, registers, granules };
}

/** A capability from its register form: perms 63:48, reserved 47:46, flags 45, otype 44:27, bounds 26:0. */
function inRegister({ tag, address, high }: NonNullable<ReturnType<typeof wholeOf>>): Capability {
  const field = (low: bigint, size: number) => BigInt.asUintN(size, high >> low);
  const bounds = field(0n, 27);
  return {
    tag,
    address,
    ...boundsAt(bounds, address),
    perms: field(48n, 16),
    otype: field(27n, 18),
    flags: field(45n, 1),
    reserved: field(46n, 2),
    bounds,
  };
}

/** A granule as it lies in memory, and what it means. */
interface Known {
  readonly low: bigint;
  readonly high: bigint;
  readonly cap: Capability;
}

/** All tagged granules of memory, of which only those are decoded that are not as they were at the last look. */
class Granules {
  readonly #probe: Probe;
  #known = new Map<number, Known>();

  constructor(probe: Probe) {
    this.#probe = probe;
  }

  look(): [address: number, cap: Capability][] {
    const found = new Map<number, Known>();
    for (const address of this.#probe.allTagged()) {
      const { buffer, byteOffset } = this.#probe.bytes(address, GRANULE);
      const view = new DataView(buffer, byteOffset);
      const [low, high] = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
      const known = this.#known.get(address);
      const isKnown = known?.low === low && known.high === high;
      found.set(address, isKnown ? known : { low, high, cap: fromMemory(true, low, high) });
    }
    this.#known = found;
    return [...found].map(([address, { cap }]) => [address, cap]);
  }
}

const GRANULE = 16;
