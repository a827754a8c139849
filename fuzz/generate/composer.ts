import { type Field, type Form, forms, insert, legal } from "./form.ts";
import type { LiveMachine } from "./live.ts";
import type { Random } from "./random.ts";
import * as words from "./words.ts";

/** Words that a phrase may put at most: more would be lost. */
const QUEUE_SIZE = 80;
/** A root capability with address 0 from the reset on: phrases write it only by accident. */
export const ANCHOR = 30;
const RAM_LOW = 0x8000_0000;
const CAPABILITY_SIZE = 16;

/** CSRs of this release, and a few that it does not have. */
const CSRS = [
  0x300, 0x301, 0x304, 0x305, 0x306, 0x340, 0x341, 0x342, 0x343, 0x344, 0x8c0, 0x9c0, 0xbc0, 0xb00, 0xb02,
  0xc00, 0xc02, 0xf11, 0xf12, 0xf13, 0xf14, 0xf15, 0x001, 0x100, 0x180, 0x302, 0x3a0, 0xc01, 0xfff,
];
/** Special capability registers that exist, the common ones more than once, and a few that do not. */
const SCRS = [0, 0, 1, 1, 1, 12, 13, 14, 15, 28, 28, 29, 30, 30, 31, 31, 4, 7, 2, 24];
/** Bytes that are more than any phrase puts between looking at PCC and jumping. */
const AHEAD = 64;
/** Distances of jumps in code that is fetched: forward, since it would hardly ever get out of a loop. */
const FORWARD = [4, 4, 6, 8, 8, 12, 16, 32];
const SMALL = [0, 1, 2, 4, 7, 8, 15, 16, 24, 31, 32, 48, 63, 64, -1, -2, -8, -16, -64];

/**
 * Where phrases put their words, and what they ask for the operands: random choices, and the live state of
 * the machine that will execute them.
 *
 * Operands come from a small hot set of registers, so that values meet.
 */
export class Composer {
  readonly random: Random;
  machine!: LiveMachine;
  /** The encoding mode in which the program prefers to be. */
  wantsCapabilityMode = false;
  /** Whether the program prefers user mode. */
  wantsUserMode = false;
  /** Whether the program keeps access to system registers when it confines itself. */
  keepsSystem = false;
  /** Whether the words will lie in memory and be fetched, each where pc is when it is made. */
  isFetched = false;
  /** A register that the next forms use as pointer or target, whatever it holds; -1 for none. */
  forced = -1;

  readonly #hot = new Uint8Array(8);
  /** Bit i of it is set when form i is switched on in this program. */
  readonly #enabled = new Int32Array(Math.ceil(forms.length / 32));
  readonly #queue = new Float64Array(QUEUE_SIZE);
  #head = 0;
  #tail = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** Begins a program: a new hot set, and another subset of the instructions. */
  begin(): void {
    const { random } = this;
    this.#head = 0;
    this.#tail = 0;
    this.forced = -1;
    this.isFetched = false;
    this.wantsCapabilityMode = random.odds(1, 2);
    this.wantsUserMode = random.odds(1, 6);
    const first = random.below(5);
    for (let i = 0; i < 4; i++) this.#hot[i] = 8 + ((first + i) & 7);
    this.#hot[4] = 2;
    this.#hot[5] = random.pick([1, 5, 31]);
    this.#hot[6] = random.below(32);
    this.#hot[7] = 31;

    const keepsAll = random.odds(1, 4);
    for (let i = 0; i < this.#enabled.length; i++) {
      this.#enabled[i] = keepsAll ? -1 : random.next() | random.next();
    }
  }

  put(word: number): void {
    this.#queue[this.#tail++] = word;
  }

  /** The word put last, which is put no longer. */
  takeBack(): number {
    return this.#queue[--this.#tail]!;
  }

  /** The next word put, or -1. */
  take(): number {
    if (this.#head < this.#tail) return this.#queue[this.#head++]!;
    this.#head = 0;
    this.#tail = 0;
    return -1;
  }

  /** A hot register; now and then x0 or any other. */
  register(): number {
    const bits = this.random.next();
    const rare = bits >>> 27;
    if (rare > 1) return this.#hot[bits & 7]!;
    return rare === 0 ? (bits >>> 8) & 31 : 0;
  }

  /** A hot register that is neither x0 nor the one given. */
  other(than: number): number {
    const bits = this.random.next();
    for (let i = 0; i < 8; i++) {
      const register = this.#hot[(bits + i) & 7]!;
      if (register !== than && register !== 0) return register;
    }
    return 9;
  }

  /** A hot register, none of the two given nor x0. */
  otherThanBoth(one: number, two: number): number {
    for (;;) {
      const register = this.other(one);
      if (register !== two) return register;
    }
  }

  /** A register that most often holds a tagged capability. */
  capability(): number {
    for (let tries = 0; tries < 3; tries++) {
      const register = this.register();
      if (this.machine.registers(register).tag) return register;
    }
    return this.random.odds(3, 4) ? ANCHOR : this.register();
  }

  /**
   * Offset of a register's address from the start of RAM; outside RAM it is negative or not below its size.
   */
  ramOffset(register: number): number {
    return Number(this.machine.registers(register).address) - RAM_LOW;
  }

  /** A register with an address in RAM; as `authority` asks, a tagged one. -1 if none was met. */
  pointer(isCapability: boolean): number {
    const { machine } = this;
    for (let tries = 0; tries < 4; tries++) {
      const register = this.register();
      const at = this.ramOffset(register);
      if (at < 0 || at >= machine.ramSize) continue;
      if (!isCapability || machine.registers(register).tag) return register;
    }
    return -1;
  }

  /** One of a list of forms that is switched on in this program, if a few tries find one. */
  among(list: readonly Form[]): Form {
    for (let tries = 0; ; tries++) {
      const form = list[this.random.below(list.length)]!;
      if (tries === 3 || ((this.#enabled[form.index >> 5]! >>> (form.index & 31)) & 1) === 1) return form;
    }
  }

  /** Puts one word of a form with operands that suit it. Hot. */
  one(form: Form): void {
    let word = form.match;
    let base = form.usesStack ? 2 : 0;
    for (const field of form.fields) {
      const value = legal(field, this.#choose(form, field, base));
      if (field.role === "pointer" || field.role === "target") base = value;
      word = insert(word, field, value);
    }
    this.put(word >>> 0);
  }

  /** Puts a word of one of the forms. */
  oneOf(list: readonly Form[]): void {
    this.one(this.among(list));
  }

  #choose(form: Form, field: Field, base: number): number {
    switch (field.role) {
      case "destination":
      case "integer":
        return this.register();
      case "capability":
        return (this.random.next() & 3) === 0 ? this.register() : this.capability();
      case "pointer":
        return this.#pointer(form);
      case "target":
        return this.forced >= 0 ? this.forced : this.register();
      case "offset":
        return this.#offset(form, field, base);
      case "distance":
        if (this.isFetched && !this.random.odds(1, 16)) return this.random.pick(FORWARD);
        return this.random.pick(SMALL) * 2;
      case "csr":
        return this.random.pick(CSRS);
      case "scr":
        return this.random.pick(SCRS);
      case "immediate":
      case "field":
        return field.least + this.random.edge(field.count) * field.scale;
    }
  }

  #pointer({ authority }: Form): number {
    if (this.forced >= 0) return this.forced;
    const isCapability =
      authority === "capability" || (authority === "by mode" && this.machine.capabilityMode());
    const register = this.pointer(isCapability);
    return register >= 0 && !this.random.odds(1, 24) ? register : this.register();
  }

  /** Small and aligned, or at an edge of the bounds that count, within a byte. */
  #offset(form: Form, field: Field, base: number): number {
    const bits = this.random.next();
    if (form.size === CAPABILITY_SIZE && (bits & 0x30000) === 0) return this.#taggedOffset(base);
    if ((bits & 3) !== 0) return this.random.pick(SMALL);
    if ((bits & 12) === 0) return field.least + this.random.edge(field.count) * field.scale;

    const isDdc =
      form.authority === "ddc" || (form.authority === "by mode" && !this.machine.capabilityMode());
    const { base: low, top, address } = isDdc ? this.machine.special(1) : this.machine.registers(base);
    const from = isDdc ? this.machine.registers(base).address : address;
    const near = ((bits >>> 4) % 3) - 1;
    return (bits & 1024) === 0 ? Number(low - from) + near : Number(top - from) - form.size + near;
  }

  /** The distance from a register's address to a granule close by that has a tag, if a few tries find one. */
  #taggedOffset(base: number): number {
    const { ramBase, ramSize, tagAt } = this.machine;
    const from = this.ramOffset(base);
    for (let tries = 0; tries < 3; tries++) {
      const at = from - (from & 15) + 16 * (this.random.below(9) - 4);
      if (at >= 0 && at < ramSize && tagAt(ramBase + BigInt(at))) return at - from;
    }
    return 0;
  }

  /**
   * Puts `cd := PCC` at a place to go on from: for words that are fetched, behind whatever the phrase puts
   * next; an injected word is executed wherever pc is.
   */
  here(cd: number): void {
    this.put(words.cspecialrw(cd, 0, 0));
    if (this.isFetched) this.put(words.cincoffsetimm(cd, cd, AHEAD));
  }

  /** Puts `rd := value` for a value of 12 signed bits. */
  small(rd: number, value: number): void {
    this.put(words.addi(rd, 0, value));
  }
}
