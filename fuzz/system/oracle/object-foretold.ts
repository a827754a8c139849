/**
 * O of single-copy objects: what comes of calls into them, foretold. A counter counts, an array keeps to its bounds, and
 * what a call leaves in states and in the buffer is what its code says, for each client as if it had the object alone.
 */
import { callWithNumber } from "../../../model/intravisor/calls.ts";
import { failure } from "../../../model/intravisor/errors.ts";
import type { ErrorName, Outcome } from "../../../model/system-contract.ts";
import { isEqual } from "../difference.ts";
import { reportText, stepText } from "../listing.ts";
import { type DeclaredCvm, innermost } from "./declared.ts";
import type { DeclaredBinding } from "./declared-object.ts";
import type { Docket } from "./docket.ts";
import { objectForecasts } from "./exact-objects.ts";
import type { Ledger } from "./ledger.ts";
import { bindingOf, objectAt } from "./ledger-objects.ts";
import { halfTo, Piece, Unforeseen } from "./object-memory.ts";
import { foretoldRules as rules } from "./object-rules.ts";
import { importPlaces } from "./object-shape.ts";
import { type Ending, foretellVisit } from "./object-visit.ts";
import type { Judged, Sight, SystemMoment, SystemOracle } from "./oracle.ts";
import type { TakenCall } from "./taken-call.ts";

/** A state as it was last seen. */
interface SeenState {
  readonly bytes: Uint8Array;
  readonly tags: readonly number[];
}

const NO_ARGUMENTS: readonly bigint[] = new Array<bigint>(8).fill(0n);
const FRAMES_MAX = 8;

export class ForetoldOracle implements SystemOracle {
  readonly name = "O";
  readonly #seen = new Map<DeclaredBinding, SeenState>();
  /** Who called last: its states may be others since. */
  #caller: DeclaredCvm | null = null;
  /** What the call of this step leaves: to be compared when it is over. */
  #left: { readonly states: ReadonlyMap<DeclaredBinding, Piece>; readonly buffer: Piece | null } | null =
    null;

  begin(): void {
    this.#seen.clear();
    this.#left = null;
  }

  judge(moment: Judged, ledger: Ledger, docket: Docket): void {
    this.#left = null;
    const thread = moment.step.by === null ? null : ledger.threadOf(moment.step.by);
    this.#caller = thread === null ? null : (thread.frames.at(-1)?.cvm ?? null);
    const call = callIn(moment, ledger);
    if (call === null) return;
    try {
      this.#foretell(call, moment, docket);
    } catch (error) {
      if (!(error instanceof Unforeseen)) throw error;
      docket.vacuous(rules.results);
    }
  }

  #foretell(call: TakenCall, moment: Judged, docket: Docket): void {
    const { cvm, args, thread, frame, ledger } = call;
    const bindings = [...ledger.objects].flatMap((one) => bindingOf(one, cvm) ?? []);
    const states = new Map(bindings.map((binding) => [binding, this.#stateOf(binding)]));
    const size = Number(args[7]);
    const buffer = size === 0 ? null : new Piece(args[6]!, ledger.memory.read(Number(args[6]), size).slice());
    const object = objectAt(cvm, args[0]!)!;
    const isLibrary = bindingOf(object, cvm)!.mode === "library";
    if (isLibrary && frame.isOwnCode) throw new Unforeseen("a DDC that a guest may have changed");
    const ending = foretellVisit({
      states,
      isInTable: ({ mode }) => !isLibrary || mode === "library",
      object,
      export: Number(args[1]),
      args: args.slice(2, 6),
      buffer,
      ddc: isLibrary ? frame.ddc : null,
      mayCallBack: thread.frames.length < FRAMES_MAX,
    });
    const expected = outcomeOf(ending, call);
    this.#left = { states, buffer };
    if (isEqual(moment.report.outcome, expected)) docket.holds(rules.results);
    else {
      const { step, report } = moment;
      docket.broken(
        rules.results,
        `${stepText(step)}: ${reportText(report)}`,
        `its code says ${reportText({ ...report, outcome: expected })}`,
      );
    }
  }

  #stateOf(binding: DeclaredBinding): Piece {
    const { state, object, imports } = binding;
    if (state.size === 0) return new Piece(0n, new Uint8Array());
    const seen = this.#seen.get(binding);
    if (seen === undefined) throw new Unforeseen("a state that nobody has seen");
    const places = importPlaces(object);
    const halves = new Map(
      [...places].map(([place, number]) => {
        const target = imports.get(number);
        const isCode = places.get(place - 16) !== number;
        return [place, target === undefined ? null : halfTo(target, isCode)];
      }),
    );
    return new Piece(BigInt(state.base), seen.bytes.slice(), seen.tags, halves);
  }

  check({ step, report, sight }: SystemMoment, ledger: Ledger, docket: Docket): void {
    if (report === null) {
      // In slices anybody may have been in an object since.
      this.#seen.clear();
      return;
    }
    if (this.#left !== null) this.#checkLeft(stepText(step), sight, docket);
    this.#left = null;
    this.#look(ledger, sight);
  }

  #checkLeft(what: string, { probe }: Sight, docket: Docket): void {
    const { states, buffer } = this.#left!;
    const pieces = [...states].map(([binding, piece]) => {
      const where = `the state of ${binding.cvm.name} in object ${binding.object.number}`;
      return { where, piece, tags: probe.tagged(Number(piece.base), piece.bytes.length) };
    });
    if (buffer !== null) pieces.push({ where: "the buffer", piece: buffer, tags: [] });
    for (const { where, piece, tags } of pieces) {
      const found = probe.bytes(Number(piece.base), piece.bytes.length);
      const at = piece.bytes.findIndex((byte, index) => byte !== found[index]);
      const isTagged = tags.length === piece.tags.size && tags.every((offset) => piece.tags.has(offset));
      if (at < 0 && isTagged) docket.holds(rules.left);
      else if (at >= 0)
        docket.broken(
          rules.left,
          `${what}: ${where} + 0x${at.toString(16)}: 0x${found[at]!.toString(16)}`,
          `its code leaves 0x${piece.bytes[at]!.toString(16)}`,
        );
      else docket.broken(rules.left, `${what}: ${where}: tags at ${tags}`, `it leaves ${[...piece.tags]}`);
    }
  }

  /** States as they are behind a call; those of others are not looked at, so that a change by others shows. */
  #look(ledger: Ledger, { probe }: Sight): void {
    for (const { bindings } of ledger.objects) {
      for (const binding of bindings) {
        const { base, size } = binding.state;
        if (size === 0 || (this.#seen.has(binding) && binding.cvm !== this.#caller)) continue;
        this.#seen.set(binding, { bytes: probe.bytes(base, size).slice(), tags: probe.tagged(base, size) });
      }
    }
  }
}

/** The call of a step, if it goes into an object: into the first one that its thread is in. */
function callIn({ step, reports }: Judged, ledger: Ledger): TakenCall | null {
  if (step.by === null || (step.action.do !== "call" && step.action.do !== "call-number")) return null;
  const { action } = step;
  const name = action.do === "call" ? action.call : callWithNumber(action.number)?.name;
  const thread = name === "sco_call" ? ledger.threadOf(step.by) : null;
  if (thread === null || thread.state !== "ready") return null;
  if (thread.frames.some(({ chain }) => chain !== null)) return null;
  const caller = innermost(thread);
  const args = action.args.map((value) => ledger.meaning(value, caller, reports));
  const call = { ledger, ...caller, args: [...args, ...NO_ARGUMENTS] };
  return objectForecasts["sco_call"]!(call).kind === "free" ? call : null;
}

/** Addresses of accesses are not told: some are the Intravisor's business. */
function toldOf({ cause, value }: { readonly cause: bigint; readonly value: bigint }): bigint {
  return cause === 4n || cause === 6n ? 0n : value;
}

function outcomeOf(ending: Ending, { cvm }: TakenCall): Outcome {
  const error = (name: ErrorName) => BigInt.asUintN(64, failure(name));
  switch (ending.kind) {
    case "returned":
      return { kind: "returned", values: [ending.value, 0n, 0n] };
    case "trapped":
      return { kind: "returned", values: [error("EFAULT"), ending.trap.cause, toldOf(ending.trap)] };
    case "out of steps":
      return { kind: "returned", values: [error("ETIMEDOUT"), 0n, 0n] };
    case "entered":
      return { kind: "entered", cvm: cvm.name, values: [...ending.values, cvm.identity, 0n] };
  }
}
