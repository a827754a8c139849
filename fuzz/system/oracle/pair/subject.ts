/** Whose secrets differ between the worlds, and who may know them: the layers around it reach into it by right. */
import type { CvmView, Step, StepReport, SystemView, ThreadView } from "../../../../model/system-contract.ts";
import type { DeclaredCvm } from "../declared.ts";
import type { Ledger } from "../ledger.ts";
import type { Span } from "./span.ts";

type Creation = Extract<Step, { by: null }> & { readonly event: { readonly do: "create" } };

export class Subject {
  readonly name: string;
  /** The cVM while it has a place. */
  cvm: DeclaredCvm | null = null;
  readonly #birth: number;
  #births = 0;
  /** Identities of the cVM and of the layers around it, for good. */
  readonly #knowing = new Set<bigint>();

  /** The cVM of this name that is created after so many others that had it. */
  constructor(name: string, birth: number) {
    this.name = name;
    this.#birth = birth;
  }

  /** Whether a step creates it, if it creates anything. */
  isBirth(step: Step): step is Creation {
    if (step.by !== null || step.event.do !== "create") return false;
    return step.event.cvm.name === this.name && this.#births === this.#birth;
  }

  /** A step was taken in by the ledger. */
  follow(step: Step, { outcome }: StepReport, ledger: Ledger): void {
    if (this.cvm !== null && ledger.cvms.get(this.cvm.slot) !== this.cvm) this.cvm = null;
    if (step.by !== null || step.event.do !== "create" || step.event.cvm.name !== this.name) return;
    if (outcome.kind !== "done" || outcome.value !== 0n || this.#births++ !== this.#birth) return;
    this.cvm = ledger.named(this.name);
    for (let one = this.cvm; one !== null; one = one.parent) this.#knowing.add(one.identity);
  }

  /** Where its data part lies; nowhere if it is not there. */
  get data(): Span {
    if (this.cvm === null) return { from: 0, to: 0 };
    const { base, size } = this.cvm.data;
    return { from: base, to: base + size };
  }

  /** Pieces of its data part that are the data parts of cVMs inside it. */
  inner(ledger: Ledger): Span[] {
    const found: Span[] = [];
    for (const cvm of ledger.cvms.values()) {
      if (cvm.parent !== null && cvm.parent === this.cvm) {
        found.push({ from: cvm.data.base, to: cvm.data.base + cvm.data.size });
      }
    }
    return found;
  }

  /** Whether a cVM may know the secrets. */
  mayKnow(identity: bigint): boolean {
    return this.#knowing.has(identity);
  }
}

/** Slot and generation of a cVM. */
export function identityIn({ slot, generation }: Pick<CvmView, "slot" | "generation">): bigint {
  return BigInt(slot) | (BigInt(generation) << 32n);
}

export function cvmIn(view: SystemView, name: string): CvmView | undefined {
  return view.cvms.find((cvm) => cvm.name === name);
}

export function threadIn(view: SystemView, name: string, thread: number): ThreadView | undefined {
  return cvmIn(view, name)?.threads.find((one) => one.thread === thread);
}
