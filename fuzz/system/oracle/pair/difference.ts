/** The difference between two worlds: bytes and registers of one cVM in the second are others than in the first. */
import type {
  RegisterFile,
  SecretPair,
  SecretSystem,
  ThreadName,
} from "../../../../model/system-contract.ts";
import { Random } from "../../../generate/random.ts";
import { type Span, shared, sizeOf } from "./span.ts";

export type SecretWorlds = readonly [SecretSystem, SecretSystem];

/** A byte that was made to differ: its offset in the data part. */
export interface DifferingByte {
  readonly offset: number;
  readonly one: number;
  readonly two: number;
}

/** Bytes that are kept in mind one by one. */
const TOLD_MAX = 8;
const MASKS = 1 << 13;
/** The first sectors of a disk. */
const DISK_BYTES = 4 * 512;
const EVERYWHERE: readonly Span[] = [{ from: 0, to: Number.MAX_SAFE_INTEGER }];

export class Difference {
  /** Bytes that differ now, at least as far as they were made to. */
  size = 0;
  /** The last ones that were made to differ. */
  last: DifferingByte[] = [];
  readonly #worlds: SecretWorlds;
  readonly #name: string;
  readonly #masks = new Uint8Array(MASKS);
  readonly #words = new BigUint64Array(62);
  readonly #allowed: readonly Span[];
  readonly #registers: ReadonlySet<number> | null;
  #round = 0;

  constructor(worlds: SecretWorlds, { cvm, seed, bytes, registers }: SecretPair) {
    this.#worlds = worlds;
    this.#name = cvm;
    this.#allowed = bytes?.map(([from, length]) => ({ from, to: from + length })) ?? EVERYWHERE;
    this.#registers = registers === null ? null : new Set(registers);
    const random = new Random(`secrets ${seed}`);
    for (let at = 0; at < MASKS; at++) this.#masks[at] = 1 + random.below(255);
    for (let at = 0; at < this.#words.length; at += 2) {
      this.#words[at] = (BigInt(random.next()) << 32n) | BigInt(random.next() | 1);
    }
  }

  /** What the subject's disk begins with in the second world. */
  disk(before: string): string {
    if (this.#allowed !== EVERYWHERE) return before;
    const size = Math.max(DISK_BYTES, before.length / 2);
    const bytes = new Uint8Array(size);
    bytes.set(Buffer.from(before, "hex"));
    for (let at = 0; at < size; at++) bytes[at]! ^= this.#masks[at & (MASKS - 1)]!;
    return Buffer.from(bytes).toString("hex");
  }

  /** Makes the second world what the first one is, or what it was when `bytes` were read. */
  heal({ from, to }: Span, base: number, bytes?: Uint8Array): void {
    const [one, two] = this.#worlds;
    two.secrets.overwrite(
      this.#name,
      from - base,
      bytes ?? one.secrets.read(this.#name, from - base, to - from),
    );
  }

  /** Makes every byte of some spans other than it is in the first world. */
  spread(spans: readonly Span[], base: number): void {
    const here = spans.map(({ from, to }) => ({ from: from - base, to: to - base }));
    const chosen = this.#allowed === EVERYWHERE ? here : shared(here, this.#allowed);
    if (chosen.length === 0) return;
    this.#round++;
    this.size = Math.max(this.size, sizeOf(chosen));
    this.last = [];
    for (const span of chosen) this.#mask(span);
  }

  #mask({ from, to }: Span): void {
    const [one, two] = this.#worlds;
    const before = one.secrets.read(this.#name, from, to - from);
    const bytes = new Uint8Array(to - from);
    const shift = from + this.#round * 977;
    for (let at = 0; at < bytes.length; at++) {
      bytes[at] = before[at]! ^ this.#masks[(at + shift) & (MASKS - 1)]!;
    }
    for (let at = 0; at < bytes.length && this.last.length < TOLD_MAX; at++) {
      this.last.push({ offset: from + at, one: before[at]!, two: bytes[at]! });
    }
    two.secrets.overwrite(this.#name, from, bytes);
  }

  /** Makes the registers of a thread in the cVM differ. */
  spreadRegisters(thread: ThreadName): void {
    if (this.#registers?.size === 0) return;
    this.#eachDepth(thread, ({ words }, depth) => {
      const others = words.slice();
      for (let register = 1; register < 32; register++) {
        if (this.#registers?.has(register) === false) continue;
        others[2 * register - 2]! ^= this.#words[2 * register - 2]!;
      }
      this.#worlds[1].secrets.setRegisters(thread, depth, others);
    });
  }

  healRegisters(thread: ThreadName): void {
    this.#eachDepth(thread, ({ words }, depth) => this.#worlds[1].secrets.setRegisters(thread, depth, words));
  }

  #eachDepth(thread: ThreadName, take: (file: RegisterFile, depth: number) => void): void {
    for (const [depth, file] of this.#worlds[0].secrets.registers(thread).entries()) {
      if (file.cvm === this.#name) take(file, depth);
    }
  }
}
