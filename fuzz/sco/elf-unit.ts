/** A relocatable object as a unit: its sections put together by what they are, its code rewritten. */
import { kind } from "../elf/layout.ts";
import { type Meaning, rewriteCode } from "./elf-code.ts";
import { type ElfObject, type ElfSection, type ElfSymbol, flag, places } from "./elf-object.ts";
import { parseCode } from "./elf-parse.ts";
import { type Reference, refuse, type Section, type Unit, type UnitSymbol } from "./link-unit.ts";
import { SIZE } from "./writer.ts";

/** Where a section went. */
interface Placed {
  readonly section: Section;
  readonly offset: number;
  readonly size: number;
}

/** What a file has before its code is looked at. */
export interface ElfPlan {
  readonly object: ElfObject;
  readonly placed: ReadonlyMap<number, Placed>;
  /** Where each global name is. */
  readonly sections: ReadonlyMap<string, Section>;
}

/** Types of sections with functions to be run before the first call. */
const INITIALISERS = [14, 15, 16];
/** Sections that are loaded but mean nothing here. */
const IGNORED = /^\.(eh_frame|note|gcc_except_table|riscv)/;

/** @throws BadInput naming a section that an object cannot have. */
export function planOf(object: ElfObject): ElfPlan {
  const placed = new Map<number, Placed>();
  const sizes = { text: 0, rodata: 0, data: 0, bss: 0 };
  for (const section of object.sections) {
    const what = kindOf(object, section);
    if (what === null) continue;
    if (section.align > SIZE.slot)
      refuse(
        `${object.file}: ${section.name}`,
        `expected an alignment up to ${SIZE.slot}, found ${section.align}`,
      );
    // Code is put in place when its size is known.
    const offset = what === "text" ? 0 : Math.ceil(sizes[what] / SIZE.slot) * SIZE.slot;
    placed.set(section.index, { section: what, offset, size: section.size });
    sizes[what] = offset + section.size;
  }
  const sections = new Map<string, Section>();
  for (const { name, section, isGlobal } of object.symbols) {
    const place = section === places.common ? "bss" : placed.get(section)?.section;
    if (isGlobal && place !== undefined) sections.set(name, place);
  }
  return { object, placed, sections };
}

function kindOf({ file, symbols }: ElfObject, section: ElfSection): Section | null {
  const { name, flags, size, type, relocations } = section;
  const has = (bit: number) => (flags & bit) !== 0;
  if (!has(flag.alloc) || size === 0 || IGNORED.test(name)) return null;
  const where = `${file}: ${name}`;
  if (INITIALISERS.includes(type))
    refuse(where, "nothing runs before the first call of an object; expected no constructors");
  if (has(flag.threadLocal)) refuse(where, "objects have no thread-local data");
  if (has(flag.execute))
    return has(flag.write) ? refuse(where, "expected code that is not writable") : "text";
  const first = relocations[0];
  if (first !== undefined)
    refuse(
      `${where}+0x${first.offset.toString(16)}`,
      `relocation of type ${first.type} for ${symbols[first.symbol]!.name}: ` +
        "an address in data has 8 bytes here, and a capability 16; expected none",
    );
  if (!has(flag.write)) return type === kind.zeros ? refuse(where, "expected bytes") : "rodata";
  return type === kind.zeros ? "bss" : "data";
}

/**
 * The unit of a file. `sectionOf` says where a name is that another file defines.
 *
 * @throws BadInput naming symbol, section and offset of what cannot be shared.
 */
export function elfUnit({ object, placed }: ElfPlan, sectionOf: (name: string) => Section | undefined): Unit {
  const { file, symbols } = object;
  const bssOfSections = [...placed.values()].filter(({ section }) => section === "bss");
  const common = commonsOf(symbols, Math.max(0, ...bssOfSections.map(({ offset, size }) => offset + size)));
  const meaning = (number: number, addend: number, where: string): Meaning => {
    const symbol = symbols[number]!;
    if (symbol.section === places.undefined) {
      const section = sectionOf(symbol.name);
      return section === undefined
        ? refuse(where, `${symbol.name} is not defined`)
        : { name: symbol.name, addend, section };
    }
    const place = symbol.section === places.common ? common.get(symbol.name) : placed.get(symbol.section);
    if (place === undefined)
      return refuse(where, `${symbol.name || `symbol ${number}`} lies in no section of an object`);
    const { section } = place;
    // A label has no size of its own: what it leads to is bounded by the section.
    const isLabel = symbol.size === 0 && section !== "text";
    return isLabel
      ? { name: keyOfSection(symbol.section), addend: symbol.value + addend, section }
      : { name: keyOf(symbol, number), addend, section };
  };

  const code = rewriteAll(object, placed, meaning);
  const locals = new Map<string, UnitSymbol>(code.locals);
  const globals = new Map<string, UnitSymbol>(common);
  for (const [index, place] of placed) if (place.section !== "text") locals.set(keyOfSection(index), place);
  for (const [number, symbol] of symbols.entries()) {
    const place = placed.get(symbol.section);
    if (place === undefined) continue;
    const known = place.section === "text" ? code.locals.get(keyOf(symbol, number)) : null;
    const at = known ?? { section: place.section, offset: place.offset + symbol.value, size: symbol.size };
    (symbol.isGlobal ? globals : locals).set(keyOf(symbol, number), at);
  }
  for (const name of globals.keys()) locals.delete(name);
  return {
    file,
    text: code.text,
    rodata: gather(object, placed, "rodata"),
    data: gather(object, placed, "data"),
    bssSize: Math.max(0, ...[...bssOfSections, ...common.values()].map(({ offset, size }) => offset + size)),
    locals,
    globals,
    references: code.references,
    exports: symbols.filter((one) => isExported(one, placed)).map(({ name }) => name),
    imports: [],
  };
}

function isExported(
  { isGlobal, isHidden, isFunction, section }: ElfSymbol,
  placed: ReadonlyMap<number, Placed>,
) {
  return isGlobal && !isHidden && isFunction && placed.get(section)?.section === "text";
}

/** Names of their own for what only this file sees. */
function keyOf({ name, isGlobal }: ElfSymbol, number: number): string {
  return isGlobal ? name : `${name}#${number}`;
}

function keyOfSection(index: number): string {
  return `#${index}`;
}

function commonsOf(symbols: readonly ElfSymbol[], from: number): Map<string, Placed> {
  const found = new Map<string, Placed>();
  let at = from;
  for (const { name, section, size } of symbols) {
    if (section !== places.common) continue;
    const offset = Math.ceil(at / SIZE.slot) * SIZE.slot;
    found.set(name, { section: "bss", offset, size });
    at = offset + size;
  }
  return found;
}

interface AllCode {
  readonly text: Uint8Array;
  readonly references: readonly Reference[];
  /** Symbols of code at their new places. */
  readonly locals: ReadonlyMap<string, UnitSymbol>;
}

function rewriteAll(
  object: ElfObject,
  placed: ReadonlyMap<number, Placed>,
  meaning: (symbol: number, addend: number, where: string) => Meaning,
): AllCode {
  const parts: Uint8Array[] = [];
  const references: Reference[] = [];
  const locals = new Map<string, UnitSymbol>();
  let base = 0;
  for (const section of object.sections) {
    if (placed.get(section.index)?.section !== "text") continue;
    const code = parseCode(object, section);
    const inside = [...object.symbols.entries()].filter(([, one]) => one.section === section.index);
    const entries = inside.filter(([, one]) => one.isFunction).map(([, one]) => one.value);
    for (const entry of entries)
      if (entry % 4 !== 0 || entry >= section.size)
        refuse(code.where(entry), "expected a function of instructions");
    const {
      bytes,
      placeOf,
      references: found,
    } = rewriteCode(code, entries, (at) => {
      const relocation = code.relocations.get(at);
      if (relocation === undefined)
        return refuse(code.where(at), "expected a relocation for what is relative to the pc");
      return meaning(relocation.symbol, relocation.addend, code.where(at));
    });
    for (const [number, symbol] of inside) {
      const offset = base + placeOf(symbol.value);
      locals.set(keyOf(symbol, number), { section: "text", offset, size: 0 });
    }
    for (const one of found) references.push({ ...one, at: base + one.at });
    parts.push(bytes);
    base += bytes.length;
  }
  return { text: Buffer.concat(parts), references, locals };
}

function gather({ sections }: ElfObject, placed: ReadonlyMap<number, Placed>, what: Section): Uint8Array {
  const mine = [...placed].filter(([, { section }]) => section === what);
  const bytes = new Uint8Array(Math.max(0, ...mine.map(([, { offset, size }]) => offset + size)));
  for (const [index, { offset }] of mine) bytes.set(sections[index]!.bytes, offset);
  return bytes;
}
