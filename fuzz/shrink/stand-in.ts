import type { StepEvent } from "../../model/contract.ts";
import { instructionByName, type Operand } from "../../model/isa/index.ts";
import { registersAfter } from "../finding/before.ts";
import { costOf, NOP, simplest } from "./cost.ts";
import type { Item } from "./draft.ts";
import type { Search } from "./search.ts";
import { destinationOf, isDestination, isRegister, type Parsed, parse, sourcesOf, wordOf } from "./word.ts";

/** What stand-ins are made of. */
interface Material {
  readonly destination: number;
  readonly sources: readonly number[];
  readonly numbers: readonly number[];
  /** Everything else, by name of the operand. */
  readonly values: Readonly<Record<string, number>>;
}

/** Numbers that are worth a try as immediates wherever one is needed. */
const USUAL = [0, 1, -1, 4, 8, 16];

/** Replaces words by simpler ones: by a constant that the reference computed, or by another instruction. */
export function standIn(search: Search): boolean {
  let isChanged = false;
  for (let at = 0; at < search.best.items.length; at++) {
    const { word } = search.best.items[at]!;
    const parsed = parse(word);
    const event = search.best.fetch === "injected" ? search.events()[at] : undefined;
    const material = materialOf(parsed === null ? [] : [parsed], event);
    const words = [...standIns(material, simplest, costOf(word)), ...neighbours(search, at)];
    if (search.offerWords(at, words)) isChanged = true;
  }
  return isChanged;
}

/** Programs up to this length are looked through for registers that nearly hold what a word computes. */
const NEIGHBOURS_LENGTH_MAX = 64;

/** The word's result by an addition to what some register holds already, or by a copy of it. */
function neighbours(search: Search, at: number): (number | null)[] {
  const { items, fetch } = search.best;
  if (fetch !== "injected" || items.length > NEIGHBOURS_LENGTH_MAX) return [];
  const events = search.events();
  const register = events[at]?.register ?? null;
  if (register === null) return [];

  const before = registersAfter(search.start, events.slice(0, at));
  const result = register.kind === "integer" ? register.value : register.value.address;
  return [...registersNamed(items.slice(0, at))].map((index) => {
    const imm = Number(BigInt.asIntN(64, result - before(index).address));
    if (register.kind === "integer") return wordOf("addi", { rd: register.index, rs1: index, imm });
    const name = imm === 0 ? "cmove" : "cincoffsetimm";
    return wordOf(name, { cd: register.index, cs1: index, imm });
  });
}

/** Destinations of some words. */
function registersNamed(items: readonly Item[]): Set<number> {
  const parsed = items.map(({ word }) => parse(word)).filter((one) => one !== null);
  return new Set(parsed.map(destinationOf).filter((index) => index > 0));
}

/** Names that can do the work of two words. */
const JOINING = simplest.slice(0, simplest.indexOf("add"));

/**
 * Puts one word in the place of two that lie at most four apart: an immediate form for a constant and its
 * use, or PCC for an address that was put together. Tries programs of a few words only, since it tries many.
 */
export function merge(search: Search, lengthMax: number): boolean {
  if (search.best.items.length > lengthMax || search.best.fetch !== "injected") return false;
  let isChanged = false;
  for (let late = search.best.items.length - 1; late > 0; late--) {
    for (let early = late - 1; early >= Math.max(0, late - 4); early--) {
      if (late < search.best.items.length && mergeWords(search, early, late)) isChanged = true;
    }
  }
  return isChanged;
}

function mergeWords(search: Search, early: number, late: number): boolean {
  const { items } = search.best;
  if (items[early]!.isKept || items[late]!.isKept) return false;
  const parsed = [parse(items[late]!.word), parse(items[early]!.word)].filter((one) => one !== null);
  if (parsed.length < 2) return false;
  const material = materialOf(parsed, search.events()[late]);
  // Without a result what is left to join is a jump: by way of a special register, or of a trap.
  const names = material.destination > 0 ? JOINING : ["jalr.cap", "mret"];
  for (const word of standIns(material, names, Number.POSITIVE_INFINITY)) {
    if (search.offerGone(items.with(late, { word, marks: [], isKept: false }), early)) return true;
  }
  return false;
}

/** The first word gives the destination and the values; sources and numbers come from all. */
function materialOf(parsed: readonly Parsed[], event: StepEvent | undefined): Material {
  const numbers = new Set<number>();
  if (event?.register?.kind === "integer") numbers.add(Number(BigInt.asIntN(64, event.register.value)));
  for (const { instruction, values } of parsed) {
    for (const { name, kind } of instruction.operands) if (kind === "immediate") numbers.add(values[name]!);
  }
  for (const number of USUAL) numbers.add(number);
  return {
    destination: parsed.length === 0 ? 0 : Math.max(0, destinationOf(parsed[0]!)),
    sources: [...new Set([...parsed.flatMap(sourcesOf), 0])],
    numbers: [...numbers],
    values: parsed[0]?.values ?? {},
  };
}

/** Words below a cost, by name in the order given. */
function* standIns(material: Material, names: readonly string[], costMax: number): Iterable<number> {
  if (costOf(NOP) < costMax) yield NOP;
  for (const name of names) {
    for (const word of spellings(name, material)) if (word !== null && costOf(word) < costMax) yield word;
  }
}

/** A named instruction with the material as its operands: each number in turn, the sources in their order. */
function* spellings(name: string, material: Material): Iterable<number | null> {
  const instruction = instructionByName(name);
  if (instruction === undefined) return;
  const { operands } = instruction;
  const takesNumber = operands.some(({ kind }) => kind === "immediate");
  const takesSource = operands.some((one) => isRegister(one) && !isDestination(one));
  const isUpper = name === "lui" || name === "auipc";
  const numbers = isUpper ? material.numbers.map((number) => (number >>> 12) & 0xfffff) : material.numbers;
  for (const number of takesNumber ? numbers : [0]) {
    for (const source of takesSource ? material.sources : [0]) {
      const values = operands.map((operand) => [
        operand.name,
        operandValue(operand, material, source, number),
      ]);
      yield wordOf(name, Object.fromEntries(values) as Record<string, number>);
    }
  }
}

function operandValue(operand: Operand, material: Material, source: number, number: number): number {
  if (isDestination(operand)) return material.destination;
  if (isRegister(operand)) {
    if (!operand.name.endsWith("2")) return source;
    return material.values["rs2"] ?? material.values["cs2"] ?? source;
  }
  if (operand.kind === "immediate") return number;
  return material.values[operand.name] ?? operand.least;
}
