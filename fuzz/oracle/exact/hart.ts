/** What the steps of a run have told of the hart beyond its capabilities: CSRs, mode, reservation, memory. */
import type { Privilege, StepEvent, Trap } from "../../../model/contract.ts";
import { KnownMemory } from "./memory.ts";

/** mstatus fields. RISC-V Privileged, mstatus. */
export const status = {
  mie: 1n << 3n,
  mpie: 1n << 7n,
  mpp: 3n << 11n,
  mprv: 1n << 17n,
} as const;

/** 64-bit user and supervisor mode, everything else off. */
export const STATUS_RESET = 0xa_0000_0000n;
/** RV64 with A C D F I M S U V X. */
export const MISA_RESET = 0x8000_0000_00b4_112dn;
export const MISA_C = 1n << 2n;

/** A counter that the steps advance. */
export interface Counter {
  steps: number;
  offset: bigint;
}

export class Hart {
  readonly memory: KnownMemory;
  mode: Privilege = 3;
  /** misa.C: 16-bit instructions are enabled. */
  isCompressed = true;
  /** The words are fetched from memory, not injected. */
  isFetched = false;
  /** Address held by LR, or null. */
  reservation: bigint | null = null;
  mstatus = STATUS_RESET;
  misa = MISA_RESET;
  mie = 0n;
  mcounteren = 0n;
  mscratch = 0n;
  mcause = 0n;
  mtval = 0n;
  /** Steps begun before the one being judged, and those of them that retired. */
  readonly cycles: Counter = { steps: 0, offset: 0n };
  readonly retired: Counter = { steps: 0, offset: 0n };

  constructor(ramBase: bigint, ramSize: number) {
    this.memory = new KnownMemory(ramBase, ramSize);
  }

  begin(code: Uint8Array | null): void {
    this.memory.begin(code);
    this.mode = 3;
    this.isCompressed = true;
    this.isFetched = code !== null;
    this.reservation = null;
    this.mstatus = STATUS_RESET;
    this.misa = MISA_RESET;
    this.mie = 0n;
    this.mcounteren = 0n;
    this.mscratch = 0n;
    this.mcause = 0n;
    this.mtval = 0n;
    this.cycles.steps = 0;
    this.cycles.offset = 0n;
    this.retired.steps = 0;
    this.retired.offset = 0n;
  }

  /** Takes in what a step says it did; what is peculiar to an instruction follows separately. */
  take(event: StepEvent): void {
    const { trap, write } = event;
    this.cycles.steps++;
    if (trap === null) this.retired.steps++;
    else this.#trap(trap);
    if (write !== null && this.memory.contains(write.address, write.size)) {
      this.memory.write(write.address, write.size, write.data, write.tag);
    }
  }

  /** RISC-V Privileged, traps: interrupts off, what they were and the mode are kept, machine mode. */
  #trap(trap: Trap): void {
    this.mcause = trap.cause;
    this.mtval = trap.value;
    const before = this.mstatus & ~(status.mie | status.mpie | status.mpp);
    const wereOn = (this.mstatus & status.mie) !== 0n;
    this.mstatus = before | (wereOn ? status.mpie : 0n) | (BigInt(this.mode) << 11n);
    this.mode = 3;
    this.reservation = null;
  }
}
