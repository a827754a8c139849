/** Object files that are nearly well-formed: each with one thing that one check is there for, or with odd bytes. */
import type { Random } from "../../generate/random.ts";
import { buildObject, KIND, type ObjectSource, type Relocation, SEGMENT } from "../../sco/writer.ts";

/** A flaw, and the check that should see it. */
interface Flaw {
  readonly check: number;
  readonly name: string;
  /** The file of an object with that flaw. */
  readonly file: (source: ObjectSource, random: Random) => Uint8Array;
}

function inBytes(name: string, change: (bytes: Uint8Array, view: DataView, random: Random) => void): Flaw {
  return {
    check: 1,
    name,
    file: (source, random) => {
      const bytes = buildObject(source).slice();
      change(bytes, new DataView(bytes.buffer), random);
      return bytes;
    },
  };
}

function inSource(
  check: number,
  name: string,
  change: (source: ObjectSource, random: Random) => Partial<ObjectSource>,
): Flaw {
  return {
    check,
    name,
    file: (source, random) => buildObject({ ...source, ...change(source, random) }),
  };
}

/** One more relocation, in a source that has room for it: 64 bytes of text and rodata and 128 of state behind all others. */
function withRelocation(check: number, name: string, odd: (places: Places) => readonly Relocation[]): Flaw {
  return inSource(check, name, (source) => {
    const { text, rodata, init } = source;
    const places = { text: text.length, rodata: rodata.length, state: init.length };
    return {
      text: Uint8Array.from([...text, ...new Uint8Array(64)]),
      rodata: Uint8Array.from([...rodata, ...new Uint8Array(64)]),
      bss: 128,
      imports: [...source.imports, "more"],
      relocations: [...source.relocations, ...odd(places)],
    };
  });
}

/** Where the room for one more relocation begins in each segment. */
interface Places {
  readonly text: number;
  readonly rodata: number;
  readonly state: number;
}

function one(kind: number, segment: number, place: number, more: Partial<Relocation> = {}): Relocation {
  const size = kind === KIND.import ? 32 : kind === KIND.code ? 0 : 16;
  return { kind, segment, place, target: 0, size, addend: 0, ...more };
}

const FAR = 0xffff_fff0;
const { text: TEXT, rodata: RODATA, state: STATE } = SEGMENT;

const flaws: readonly Flaw[] = [
  inBytes("magic", (bytes, _, random) => {
    bytes[random.below(4)]! ^= 0x20;
  }),
  inBytes("version", (_, view) => view.setUint16(4, 2, true)),
  inBytes("hash algorithm", (_, view) => view.setUint16(6, 0, true)),
  inBytes("reserved words", (_, view, random) => view.setUint8(40 + random.below(8), 1)),
  inBytes("no exports", (_, view) => view.setUint32(24, 0, true)),
  inBytes("a size that wraps", (_, view, random) => view.setUint32(8 + 4 * random.below(8), FAR, true)),
  inBytes("a size one more", (_, view, random) => {
    const at = random.pick([8, 12, 16, 24, 28, 32, 36]);
    view.setUint32(at, view.getUint32(at, true) + (at < 24 ? 16 : 1), true);
  }),
  inBytes("a size that is no multiple", (_, view, random) => {
    const at = 8 + 4 * random.below(4);
    view.setUint32(at, view.getUint32(at, true) + 8, true);
  }),
  inBytes("an odd character", (bytes, _, random) => {
    bytes[bytes.length - 1] = random.pick([0, 0x20, 0x2f]);
  }),
  {
    check: 1,
    name: "cut short",
    file: (source, random) => buildObject(source).slice(0, -1 - random.below(64)),
  },
  { check: 1, name: "a byte more", file: (source) => Uint8Array.from([...buildObject(source), 0x61]) },
  { check: 1, name: "nothing but a header", file: (source) => buildObject(source).slice(0, 47) },
  inSource(1, "a name too long", (source) => ({
    exports: source.exports.map((entry) => ({ ...entry, name: "n".repeat(32) })),
  })),
  inSource(1, "no name", (source) => ({ exports: source.exports.map((entry) => ({ ...entry, name: "" })) })),
  inSource(1, "no text", () => ({ text: new Uint8Array(), relocations: [] })),
  inSource(1, "a state too large", (source) => ({ bss: 65536 + 16 - source.init.length })),
  inSource(1, "too many exports", ({ exports }) => ({ exports: new Array(65).fill(exports[0]) })),
  inSource(1, "too many imports", () => ({ imports: new Array(17).fill("one") })),
  inSource(2, "a rodata that bounds cannot cover", () => ({ rodata: new Uint8Array(16384 + 16) })),
  inSource(2, "a pointer that cannot be exact", ({ relocations }) => ({
    init: new Uint8Array(),
    bss: 32768,
    relocations: [
      ...relocations.filter(({ segment }) => segment !== STATE),
      one(KIND.clsInit, STATE, 0, { target: 16, size: 16384 }),
    ],
  })),
  inSource(3, "a flag of an export", ({ exports }, random) => ({
    exports: exports.map((entry) => ({ ...entry, flags: 1 << random.below(31) })),
  })),
  withRelocation(3, "a writable shared segment", ({ rodata }) => [one(KIND.ro, 3, rodata)]),
  withRelocation(3, "reserved bits", ({ rodata }) => [one(KIND.ro, RODATA, rodata, { reserved: 1 })]),
  withRelocation(4, "a kind that there is not", ({ rodata }) => [one(7, RODATA, rodata)]),
  withRelocation(4, "kind 0", ({ rodata }) => [one(0, RODATA, rodata)]),
  withRelocation(4, "a place beyond its segment", ({ rodata }) => [one(KIND.ro, RODATA, rodata + 64)]),
  withRelocation(4, "a place of which half is beyond", ({ state }) => [
    one(KIND.import, STATE, state + 112, { target: 0 }),
  ]),
  withRelocation(4, "a place that wraps", () => [one(KIND.ro, RODATA, FAR)]),
  withRelocation(4, "a place that is not aligned", ({ rodata }) => [one(KIND.ro, RODATA, rodata + 8)]),
  withRelocation(4, "two places at once", ({ rodata }) => [
    one(KIND.ro, RODATA, rodata),
    one(KIND.code, RODATA, rodata),
  ]),
  withRelocation(4, "two places that meet", ({ state }) => [
    one(KIND.import, STATE, state),
    one(KIND.clsInit, STATE, state + 16),
  ]),
  withRelocation(5, "a pointer beyond rodata", ({ rodata }) => [
    one(KIND.ro, RODATA, rodata, { target: rodata + 64 }),
  ]),
  withRelocation(5, "a pointer partly beyond rodata", ({ text, rodata }) => [
    one(KIND.ro, TEXT, text, { target: rodata + 56 }),
  ]),
  withRelocation(5, "a pointer from state beyond rodata", ({ state, rodata }) => [
    one(KIND.clsRo, STATE, state, { target: rodata + 64 }),
  ]),
  withRelocation(5, "a pointer beyond state", ({ state }) => [
    one(KIND.clsInit, STATE, state, { target: state + 120 }),
  ]),
  withRelocation(5, "a pointer that wraps", ({ state }) => [
    one(KIND.clsInit, STATE, state, { target: FAR }),
  ]),
  withRelocation(5, "an address beyond what it may reach", ({ state }) => [
    one(KIND.clsInit, STATE, state, { addend: 17 }),
  ]),
  withRelocation(5, "a function beyond text", ({ text, rodata }) => [
    one(KIND.code, RODATA, rodata, { target: text + 64 }),
  ]),
  withRelocation(5, "an odd function", ({ rodata }) => [one(KIND.code, RODATA, rodata, { target: 1 })]),
  withRelocation(6, "a pointer to state in what is shared", ({ rodata }) => [
    one(KIND.clsInit, RODATA, rodata),
  ]),
  withRelocation(6, "a pointer to state in text", ({ text }) => [one(KIND.clsInit, TEXT, text)]),
  withRelocation(6, "an import in what is shared", ({ rodata }) => [one(KIND.import, RODATA, rodata)]),
  withRelocation(6, "a pointer to rodata of the wrong kind", ({ state }) => [one(KIND.ro, STATE, state)]),
  withRelocation(6, "a function in state", ({ state }) => [one(KIND.code, STATE, state)]),
  withRelocation(6, "a state sequence in rodata", ({ rodata }) => [
    one(KIND.cls, RODATA, rodata, { size: 8 }),
  ]),
  inSource(7, "an export beyond text", ({ exports, text }, random) => ({
    exports: exports.map((entry) => ({ ...entry, offset: random.pick([text.length, FAR]) })),
  })),
  inSource(7, "an odd export", ({ exports }) => ({
    exports: exports.map((entry) => ({ ...entry, offset: entry.offset + 1 })),
  })),
  withRelocation(9, "no sequence", ({ text }) => [one(KIND.cls, TEXT, text, { size: 8 })]),
  sequence("a variable beyond state", (word, at) => (at === 1 ? word + (100 << 20) : word), {
    target: 100,
    bssMax: 16,
  }),
  sequence("a size beyond state", (word, at) => (at === 2 ? (word & 0xf_ffff) | (4095 << 20) : word), {
    size: 4095,
    bssMax: 16,
  }),
  sequence("another offset than it says", (word, at) => (at === 1 ? word + (16 << 20) : word), {}),
  sequence("another size than it says", (word, at) => (at === 2 ? word + (1 << 20) : word), {}),
  sequence("another table", (word, at) => (at === 0 ? word ^ (1 << 15) : word), {}),
  sequence("another register", (word, at) => (at === 2 ? word ^ (1 << 7) : word), {}),
  withRelocation(10, "an import that there is not", ({ state }) => [
    one(KIND.import, STATE, state, { target: 16 }),
  ]),
  withRelocation(10, "an import twice", ({ state }) => [
    one(KIND.import, STATE, state),
    one(KIND.import, STATE, state + 32),
  ]),
];

const checks = [...new Set(flaws.map(({ check }) => check))];

/** Any flaw: each check has the same odds, however many flaws it is there for. */
export function flawIn(random: Random): Flaw {
  const check = random.pick(checks);
  return random.pick(flaws.filter((flaw) => flaw.check === check));
}

/** A sequence of kind 3 at the end of the text, with one of its words changed. */
function sequence(
  name: string,
  change: (word: number, at: number) => number,
  { target = 0, size = 8, bssMax }: { target?: number; size?: number; bssMax?: number },
): Flaw {
  const sound = [
    0x000d_240f | (8 << 7),
    0x0000_105b | (8 << 7) | (8 << 15),
    0x0080_205b | (8 << 7) | (8 << 15),
  ];
  return inSource(9, name, (source) => {
    const { text, init, bss, relocations } = source;
    const more = new Uint8Array(16);
    const view = new DataView(more.buffer);
    for (const [at, word] of sound.entries()) view.setUint32(4 * at, change(word, at) >>> 0, true);
    // Those that would lie beyond a smaller state are not there.
    const kept = relocations.filter(({ kind }) => kind !== KIND.cls);
    return {
      text: Uint8Array.from([...text, ...more]),
      ...(bssMax === undefined
        ? { bss: Math.max(bss, 16) }
        : { init: init.subarray(0, 0), bss: bssMax, imports: [] }),
      relocations: [
        ...(bssMax === undefined ? kept : kept.filter(({ segment }) => segment !== STATE)),
        one(KIND.cls, TEXT, text.length, { target, size }),
      ],
    };
  });
}

/** Bytes of a file changed here and there, or one of its numbers: anything may come of it. */
export function mutated(file: Uint8Array, random: Random): Uint8Array {
  const bytes = file.slice();
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(bytes.length);
    switch (random.below(4)) {
      case 0:
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 1:
        bytes[random.below(Math.min(48, bytes.length))] = random.next() & 0xff;
        break;
      case 2:
        bytes[at] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
        break;
      default:
        bytes.copyWithin(at, random.below(bytes.length), random.below(bytes.length));
    }
  }
  return bytes;
}
