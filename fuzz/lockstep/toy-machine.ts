import type { Capability, MachineState, MachineUnderTest, StepEvent } from "../../model/contract.ts";

/** A flaw to plant in a toy: changes what a step reports, or what the machine holds at the end. */
export interface Flaw {
  readonly event?: (event: StepEvent) => StepEvent;
  readonly state?: (state: MachineState) => MachineState;
}

export const toyCapability: Capability = {
  tag: true,
  address: 0xffff_ffff_8000_0010n,
  base: 0x10n,
  top: (1n << 64n) + 0x10n,
  perms: 0xf00fn,
  otype: 0x3ffffn,
  flags: 1n,
  reserved: 2n,
  bounds: 0x5a5a5a5n,
};

const plain: Omit<StepEvent, "order" | "word" | "pcBefore" | "pcAfter"> = {
  mode: 3,
  trap: null,
  register: null,
  cleared: 0,
  specials: [],
  csr: null,
  read: null,
  write: null,
  authority: null,
  source: null,
};

/** What a word does, by its remainder: together they fill every field of the step event. */
const deeds: readonly Partial<StepEvent>[] = [
  {},
  { register: { kind: "integer", index: 5, value: 0xffff_ffff_ffff_fff0n } },
  { register: { kind: "capability", index: 31, value: toyCapability }, source: 0x3f, authority: 0 },
  { read: { address: 0x8000_0008n, size: 8, data: 0x0123_4567_89ab_cdefn, tag: false }, authority: 0x21 },
  { write: { address: 0x8000_0010n, size: 16, data: (7n << 64n) | 5n, tag: true }, source: 31 },
  {
    trap: { cause: 0x1cn, value: 0x401n },
    specials: [
      { scr: 31, value: toyCapability },
      { scr: 0, value: toyCapability },
    ],
  },
  { csr: { number: 0x305, value: 1n << 63n }, specials: [{ scr: 28, value: toyCapability }], mode: 0 },
  { cleared: 0x8000_0001 },
];

/** How many deeds there are: words from 0 to this, exclusively, do different things. */
export const TOY_DEEDS = deeds.length;

/** A machine of a few canned steps, for tests of whatever compares machines. */
export function toyMachine(flaw: Flaw = {}): MachineUnderTest {
  let order = 0;
  let memory = new Uint8Array(64);
  const take = (word: number): StepEvent => {
    const pcBefore = 0x8000_0000n + 4n * BigInt(order);
    const event = { ...plain, ...deeds[word % deeds.length], order, word, pcBefore, pcAfter: pcBefore + 4n };
    order++;
    return flaw.event === undefined ? event : flaw.event(event);
  };
  return {
    name: "toy",
    ramBase: 0x8000_0000n,
    ramSize: 64,
    reset() {
      order = 0;
      memory = new Uint8Array(64);
    },
    load: (address, bytes) => memory.set(bytes, Number(address - 0x8000_0000n)),
    inject: take,
    step: () => take(memory[order % 64]!),
    state() {
      const state: MachineState = {
        pc: 0x8000_0000n + 4n * BigInt(order),
        mode: 3,
        registers: [toyCapability],
        specials: [{ scr: 0, value: toyCapability }],
        csrs: [{ number: 0x300, value: 0n }],
        reservation: null,
        memory: [{ address: 0x8000_0000n, data: 1n, tag: false }],
      };
      return flaw.state === undefined ? state : flaw.state(state);
    },
    peek: (address, size) => memory.slice(Number(address - 0x8000_0000n)).subarray(0, size),
  };
}
