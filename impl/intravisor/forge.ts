/**
 * Makes capabilities the only way there is: by instructions, from a root, in a context of the Intravisor's own. What
 * comes out lies in c5 of the hart, to be copied or stored.
 */
import type { Engine } from "../engine/index.ts";

/** The text of a program of a hart, and its words: our assembler, given from outside. */
export type Assemble = (text: string, capabilityMode: boolean) => readonly number[];

export const perms = {
  global: 1,
  execute: 2,
  load: 4,
  store: 8,
  loadCap: 0x10,
  storeCap: 0x20,
  storeLocal: 0x40,
  cinvoke: 0x100,
  system: 0x400,
} as const;

/** What a capability is to be. */
export interface Shape {
  readonly base: number;
  readonly size: number;
  /** The address, if it is not the base. */
  readonly address?: number;
  readonly perms: number;
  readonly capabilityMode?: boolean;
  /** Sealed with this object type. */
  readonly otype?: number;
  /** Sealed as an entry, to be jumped to by anybody. */
  readonly isEntry?: boolean;
}

/** c20 is a root for good; x10 to x15 are parameters. */
const DERIVE = `
  csetaddr c5, c20, x10
  csetboundsexact c5, c5, x11
  candperm c5, c5, x12
  csetflags c5, c5, x13
  csetaddr c5, c5, x14
`;
const SEAL = `
  csetaddr c6, c20, x15
  cseal c5, c5, c6
  cmove c6, c0
`;
const ENTRY = `
  csealentry c5, c5
`;
const STORE = `
  csetaddr c7, c20, x10
  sc.cap c5, (c7)
  cmove c7, c0
`;
const LOAD = `
  csetaddr c7, c20, x10
  lc.cap c5, (c7)
  cmove c7, c0
`;
const ERASE = `
  csetaddr c7, c20, x10
  sc.cap c0, (c7)
  cmove c7, c0
`;

export class Forge {
  private readonly engine: Engine;
  private readonly context: Uint8Array;
  private readonly derive: Uint32Array;
  private readonly seal: Uint32Array;
  private readonly entry: Uint32Array;
  private readonly storing: Uint32Array;
  private readonly loading: Uint32Array;
  private readonly erasing: Uint32Array;

  /** The engine must be as a `dii` reset leaves it: with a root in c20. */
  constructor(engine: Engine, assemble: Assemble) {
    this.engine = engine;
    this.context = engine.hart.save();
    const words = (text: string) => Uint32Array.from(assemble(text, false));
    this.derive = words(DERIVE);
    this.seal = words(SEAL);
    this.entry = words(ENTRY);
    this.storing = words(STORE);
    this.loading = words(LOAD);
    this.erasing = words(ERASE);
  }

  /** The hart is the Intravisor's own from here on: whoever had it must have saved it. */
  begin(): void {
    this.engine.hart.restore(this.context);
  }

  /** Leaves a capability in c5. Throws if the shape is not exact, which whoever asks has to see to before. */
  make({ base, size, address = base, perms: allowed, capabilityMode = false, otype, isEntry }: Shape): void {
    const parameters = [base, size, allowed, capabilityMode ? 1 : 0, address, otype ?? 0];
    for (const [at, value] of parameters.entries()) this.engine.hart.setInteger(10 + at, BigInt(value));
    this.run(this.derive);
    if (otype !== undefined) this.run(this.seal);
    if (isEntry === true) this.run(this.entry);
    if (!this.engine.hart.capability(5).tag) throw new Error("defect: a capability came out untagged");
  }

  /** Stores c5 to an aligned address. */
  storeTo(address: number): void {
    this.engine.hart.setInteger(10, BigInt(address));
    this.run(this.storing);
  }

  /** Leaves the capability at an aligned address in c5. */
  loadFrom(address: number): void {
    this.engine.hart.setInteger(10, BigInt(address));
    this.run(this.loading);
  }

  /** Makes the granule at an aligned address null. */
  erase(address: number): void {
    this.engine.hart.setInteger(10, BigInt(address));
    this.run(this.erasing);
  }

  private run(words: Uint32Array): void {
    this.engine.injectAllQuiet(words, words.length);
  }
}
