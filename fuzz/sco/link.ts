/** Links units into an object file. */
import { assemble } from "../../model/isa/index.ts";
import { hex, type Reference, refuse, type Section, type Unit, type UnitSymbol } from "./link-unit.ts";
import { buildObject, KIND, type ObjectSource, type Relocation, SEGMENT, SIZE } from "./writer.ts";

/** Limits of the format. */
const TEXT_MAX = 256 << 10;
const RODATA_MAX = 256 << 10;
const STATE_MAX = 64 << 10;
const EXPORTS_MAX = 64;
const IMPORTS_MAX = 16;
const RELOCATIONS_MAX = 1024;
const STRINGS_MAX = 4096;
const FILE_MAX = 1 << 20;
/** What the immediates of the instructions of `cls` can say. */
const CLS_TARGET_MAX = 2047;
const CLS_SIZE_MAX = 4095;
const JUMP_MAX = 1 << 20;

/** Where the sections of a unit lie: text and rodata in their segments, data and bss in the state. */
type Place = Readonly<Record<Section, number>>;

interface Found {
  readonly symbol: UnitSymbol;
  /** Offset in the segment or the state. */
  readonly at: number;
}

/**
 * The object file of some units. Their sections follow each other in the order of the units; all data comes before
 * all bss.
 *
 * @throws BadInput naming file, place and name, and what was expected.
 */
export function linkUnits(units: readonly Unit[], out: string): Uint8Array {
  const linker = new Linker(units, out);
  const source = linker.link();
  const file = buildObject(source);
  if (file.length > FILE_MAX) refuse(out, `expected at most ${FILE_MAX} bytes, found ${file.length}`);
  return file;
}

/** Bytes that bounds of this length are a multiple of, as the format rounds them. */
export function exactUnit(length: number): number {
  return length < 4096 ? 1 : 2 ** (Math.floor(Math.log2(length)) - 9);
}

class Linker {
  readonly #units: readonly Unit[];
  readonly #out: string;
  readonly #places = new Map<Unit, Place>();
  readonly #globals = new Map<string, { readonly unit: Unit; readonly symbol: UnitSymbol }>();
  readonly #relocations: Relocation[] = [];
  readonly #imports: readonly string[];
  readonly #text: Uint8Array;
  readonly #rodata: Uint8Array;
  readonly #data: Uint8Array;
  readonly #bssSize: number;

  constructor(units: readonly Unit[], out: string) {
    this.#units = units;
    this.#out = out;
    for (const unit of units) this.#define(unit);
    this.#imports = [...new Set(units.flatMap((unit) => unit.imports))];

    const sizes = { text: 0, rodata: 0, data: 0, bss: 0 };
    const reserve = (section: Section, size: number): number => {
      const at = sizes[section];
      sizes[section] = roundUp(at + size, SIZE.slot);
      return at;
    };
    for (const unit of units) {
      const { text, rodata, data, bssSize } = unit;
      this.#places.set(unit, {
        text: reserve("text", text.length),
        rodata: reserve("rodata", rodata.length),
        data: reserve("data", data.length),
        bss: reserve("bss", bssSize),
      });
    }
    for (const [unit, place] of this.#places)
      this.#places.set(unit, { ...place, bss: place.bss + sizes.data });

    this.#limit("text", sizes.text, TEXT_MAX);
    this.#limit("rodata", sizes.rodata, RODATA_MAX);
    this.#limit("state", sizes.data + sizes.bss, STATE_MAX);
    if (sizes.text === 0) refuse(out, "expected code, found none");
    this.#text = new Uint8Array(exactSize(sizes.text));
    this.#rodata = new Uint8Array(exactSize(sizes.rodata));
    this.#data = new Uint8Array(sizes.data);
    this.#bssSize = sizes.bss;
  }

  #limit(what: string, found: number, max: number): void {
    if (found > max) refuse(this.#out, `expected at most ${max} of ${what}, found ${found}`);
  }

  #define(unit: Unit): void {
    for (const [name, symbol] of unit.globals) {
      const other = this.#globals.get(name);
      if (other !== undefined) refuse(unit.file, `${name} is defined in ${other.unit.file}, too`);
      this.#globals.set(name, { unit, symbol });
    }
  }

  link(): ObjectSource {
    fillWithNops(this.#text);
    for (const [unit, place] of this.#places) {
      this.#text.set(unit.text, place.text);
      this.#rodata.set(unit.rodata, place.rodata);
      this.#data.set(unit.data, place.data);
    }
    for (const unit of this.#units) for (const reference of unit.references) this.#resolve(unit, reference);

    const exports = this.#exports();
    this.#limit("imports", this.#imports.length, IMPORTS_MAX);
    this.#limit("relocations", this.#relocations.length, RELOCATIONS_MAX);
    const names = [...exports.map(({ name }) => name), ...this.#imports];
    for (const name of names)
      if (!/^[A-Za-z0-9_.$-]{1,31}$/.test(name))
        refuse(this.#out, `${name}: expected a name of at most 31 letters, digits and _.$-`);
    this.#limit("bytes of names", [...new Set(names)].join("").length, STRINGS_MAX);
    return {
      text: this.#text,
      rodata: this.#rodata,
      init: this.#data,
      bss: this.#bssSize,
      exports,
      imports: this.#imports,
      relocations: this.#relocations,
    };
  }

  #exports(): { name: string; offset: number }[] {
    const exports = this.#units.flatMap((unit) =>
      unit.exports.map((name) => {
        const { symbol, at } = this.#find(unit, name, `${unit.file}: export ${name}`);
        if (symbol.section !== "text") refuse(`${unit.file}: export ${name}`, "expected a label of text");
        return { name, offset: at };
      }),
    );
    if (exports.length === 0) refuse(this.#out, "expected an export, found none");
    this.#limit("exports", exports.length, EXPORTS_MAX);
    return exports;
  }

  #find(unit: Unit, name: string, where: string): Found {
    const local = unit.locals.get(name);
    const found = local === undefined ? this.#globals.get(name) : { unit, symbol: local };
    if (found === undefined) return refuse(where, `${name} is not defined`);
    return {
      symbol: found.symbol,
      at: this.#places.get(found.unit)![found.symbol.section] + found.symbol.offset,
    };
  }

  #resolve(unit: Unit, reference: Reference): void {
    const { kind, where, target } = reference;
    const place = this.#places.get(unit)!;
    if (kind === "import") {
      const number = this.#imports.indexOf(target.name);
      if (number < 0 || target.addend !== 0)
        refuse(where, `expected the name of an import, found ${target.name}`);
      const relocation = { kind: KIND.import, segment: SEGMENT.state, target: number, size: 32, addend: 0 };
      if (this.#relocations.some((other) => other.kind === KIND.import && other.target === number))
        refuse(where, `expected one slot for import ${target.name}, found a second one`);
      this.#relocations.push({ ...relocation, place: place.data + reference.at });
      return;
    }
    const found = this.#find(unit, target.name, where);
    switch (kind) {
      case "jump":
        this.#jump(place.text + reference.at, found, reference);
        return;
      case "cls":
        this.#cls(place.text + reference.at, found, reference);
        return;
      case "code":
        expectSection(found, ["text"], where, target.name);
        if (target.addend % 2 !== 0) refuse(where, `expected an even offset, found ${target.addend}`);
        this.#relocations.push({
          ...slotOf(reference, place[reference.section]),
          kind: KIND.code,
          target: found.at + target.addend,
          size: 0,
          addend: 0,
        });
        return;
      case "ro":
        this.#pointer(KIND.ro, slotOf(reference, place[reference.section]), found, reference);
        return;
      default: {
        const slot = { segment: SEGMENT.state, place: place.data + reference.at };
        this.#pointer(kind === "ptr" ? KIND.clsInit : KIND.clsRo, slot, found, reference);
      }
    }
  }

  #pointer(
    kind: number,
    slot: { segment: number; place: number },
    found: Found,
    { target, where }: Reference,
  ): void {
    const { symbol, at } = found;
    expectSection(found, kind === KIND.clsInit ? ["data", "bss"] : ["rodata"], where, target.name);
    if (target.addend < 0 || target.addend > symbol.size)
      refuse(where, `expected an offset from 0 to ${symbol.size}, found ${target.addend}`);
    const unit = exactUnit(symbol.size);
    if (at % unit !== 0 || symbol.size % unit !== 0)
      refuse(
        where,
        `${target.name}: no bounds cover ${symbol.size} bytes at ${hex(at)} exactly; expected multiples of ${unit}`,
      );
    this.#relocations.push({ kind, ...slot, target: at, size: symbol.size, addend: target.addend });
  }

  #cls(at: number, found: Found, reference: Extract<Reference, { kind: "cls" }>): void {
    const { register, where, target } = reference;
    const { size } = found.symbol;
    expectSection(found, ["data", "bss"], where, target.name);
    if (found.at > CLS_TARGET_MAX || size < 1 || size > CLS_SIZE_MAX)
      refuse(
        where,
        `${target.name}: expected 1 to ${CLS_SIZE_MAX} bytes at most ${CLS_TARGET_MAX} from the start of the state, ` +
          `found ${size} at ${found.at}`,
      );
    const words = [
      `lc c${register}, 0(c26)`,
      `cincoffsetimm c${register}, c${register}, ${found.at}`,
      `csetboundsimm c${register}, c${register}, ${size}`,
    ];
    for (const [index, word] of words.entries()) this.#setWord(at + 4 * index, word);
    this.#relocations.push({
      kind: KIND.cls,
      segment: SEGMENT.text,
      place: at,
      target: found.at,
      size,
      addend: 0,
    });
  }

  #jump(at: number, found: Found, { where, target }: Reference): void {
    expectSection(found, ["text"], where, target.name);
    const distance = found.at + target.addend - at;
    if (distance % 2 !== 0) refuse(where, `${target.name}: expected an even offset, found ${target.addend}`);
    if (distance < -JUMP_MAX || distance >= JUMP_MAX)
      refuse(where, `${target.name} is too far away: ${distance} bytes`);
    const link = (new DataView(this.#text.buffer).getUint32(at, true) >>> 7) & 31;
    this.#setWord(at, `cjal c${link}, ${distance}`);
  }

  #setWord(at: number, line: string): void {
    new DataView(this.#text.buffer).setUint32(at, assemble(line, { capabilityMode: true }) >>> 0, true);
  }
}

function slotOf(
  { section, at }: { readonly section: "text" | "rodata"; readonly at: number },
  base: number,
): { segment: number; place: number } {
  return { segment: SEGMENT[section], place: base + at };
}

function expectSection({ symbol }: Found, expected: readonly Section[], where: string, name: string): void {
  if (!expected.includes(symbol.section))
    refuse(where, `expected ${name} in .${expected.join(" or .")}, found it in .${symbol.section}`);
}

/** The least size from this one on whose bounds are exact. */
function exactSize(size: number): number {
  const unit = Math.max(SIZE.slot, exactUnit(size));
  return roundUp(size, unit);
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

function fillWithNops(text: Uint8Array): void {
  const view = new DataView(text.buffer);
  for (let at = 0; at < text.length; at += 4) view.setUint32(at, 0x13, true);
}
