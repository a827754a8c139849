/**
 * Guest programs as text: what the assembler takes, and some comfort around it. Position independent: code is reached
 * relative to pc, data relative to gp.
 *
 * Beside instructions, labels and comments: `.include "FILE"`; the sections `.text`, `.data` (copied to where gp points
 * by the runtime) and `.bss` (zeros behind it); `.equ NAME, NUMBER`; in data `.byte`, `.8byte`, `.ascii`, `.asciz`, `.zero`,
 * `.align`; and the pseudo-instructions below. A label of data stands for its offset from gp.
 */
import { assembleProgram } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import { codeBytes } from "../lockstep/stepwise.ts";
import { encodeData, type Section, wordAt } from "./guest-data.ts";
import { expand, splitOnce } from "./pseudo.ts";

/** Text of a file named by an `.include`, and the name it has in messages. */
export type Include = (name: string, from: string) => { readonly text: string; readonly file: string };

export interface GuestSource {
  readonly text: string;
  readonly file: string;
  readonly include: Include;
  /** Offset of the first instruction from the start of the code part. */
  readonly origin: number;
  /** Names of places in the code part, by offset from its start. */
  readonly places: Readonly<Record<string, number>>;
}

export interface GuestCode {
  readonly bytes: Uint8Array;
  /** Bytes of data from gp on, zeros too. */
  readonly dataSize: number;
  /** Offsets from the start of the code part. */
  readonly labels: ReadonlyMap<string, number>;
}

const LINES_MAX = 20_000;
const INCLUDES_MAX = 16;
const DATA_MAX = 1 << 20;

interface Line {
  readonly file: string;
  readonly line: number;
}

/** An instruction, still with names in it; `at` is its offset in the code. */
interface Statement extends Line {
  readonly source: string;
  readonly at: number;
}

/** @throws BadInput naming file and line. */
export function assembleGuest(source: GuestSource): GuestCode {
  const reader = new Reader(source);
  reader.read(source.text, source.file);
  return reader.finish();
}

class Reader {
  readonly #source: GuestSource;
  readonly #statements: Statement[] = [];
  readonly #labels = new Map<string, number>();
  readonly #constants = new Map<string, bigint>();
  readonly #included = new Set<string>();
  readonly #data: Section = { bytes: [], size: 0 };
  /** Bytes behind the data; labels there are offsets from its end until that is known. */
  #zeros = 0;
  readonly #zeroLabels = new Map<string, number>();
  #section: "text" | "data" | "bss" = "text";
  #at = 0;
  #lines = 0;

  constructor(source: GuestSource) {
    this.#source = source;
  }

  read(text: string, file: string): void {
    for (const [index, full] of text.split("\n").entries()) {
      const place = { file, line: index + 1 };
      if (++this.#lines > LINES_MAX) refuse(place, `expected at most ${LINES_MAX} lines in all`);
      let source = withoutComment(full).trim();
      for (let label = labelOf(source); label !== null; label = labelOf(source)) {
        this.#define(label, place);
        source = source.slice(label.length + 1).trim();
      }
      if (source !== "") this.#take(source, place);
    }
  }

  #define(name: string, place: Line): void {
    const isTaken = this.#labels.has(name) || this.#constants.has(name) || this.#zeroLabels.has(name);
    if (isTaken || name in this.#source.places) refuse(place, `${name} is defined twice`);
    if (this.#section === "text") this.#labels.set(name, this.#at);
    else if (this.#section === "data") this.#constants.set(name, BigInt(this.#data.size));
    else this.#zeroLabels.set(name, this.#zeros);
  }

  #take(source: string, place: Line): void {
    const [directive = "", rest = ""] = splitOnce(source);
    switch (directive) {
      case ".text":
      case ".data":
      case ".bss":
        this.#section = directive.slice(1) as "text" | "data" | "bss";
        return;
      case ".include":
        this.#include(rest, place);
        return;
      case ".equ": {
        const [name = "", value = ""] = rest.split(",").map((one) => one.trim());
        if (!/^[A-Za-z_]\w*$/.test(name)) refuse(place, "expected .equ NAME, NUMBER");
        if (this.#constants.has(name)) refuse(place, `${name} is defined twice`);
        this.#constants.set(name, this.#number(value, place));
        return;
      }
      default:
        if (this.#section === "text") this.#instruction(source, place);
        else this.#datum(directive, rest, place);
    }
  }

  #include(rest: string, place: Line): void {
    const name = /^"([^"]{1,255})"$/.exec(rest)?.[1] ?? refuse(place, 'expected .include "FILE"');
    const { text, file } = this.#source.include(name, place.file);
    if (this.#included.has(file)) return;
    this.#included.add(file);
    if (this.#included.size > INCLUDES_MAX) refuse(place, `expected at most ${INCLUDES_MAX} files`);
    const section = this.#section;
    this.#section = "text";
    this.read(text, file);
    this.#section = section;
  }

  #datum(directive: string, rest: string, place: Line): void {
    const number = (text: string) => this.#number(text, place);
    if (this.#section === "bss") {
      if (directive !== ".zero") refuse(place, "expected .zero in .bss");
      this.#zeros += sizeOf(number(rest), place);
      if (this.#zeros > DATA_MAX) refuse(place, `expected at most ${DATA_MAX} bytes`);
      return;
    }
    const problem = encodeData(this.#data, directive, rest, number);
    if (problem !== null) refuse(place, problem);
    if (this.#data.size > DATA_MAX) refuse(place, `expected at most ${DATA_MAX} bytes of data`);
  }

  #instruction(source: string, place: Line): void {
    if (source.startsWith(".")) refuse(place, "expected an instruction: data belongs into .data");
    for (const one of expand(source, (text) => this.#number(text, place))) {
      this.#statements.push({ ...place, source: one, at: this.#at });
      this.#at += one.startsWith("c.") ? 2 : 4;
    }
  }

  #number(text: string, place: Line): bigint {
    const known = this.#constants.get(text);
    if (known !== undefined) return known;
    return (
      numberOf(text) ??
      refuse(place, `expected a number or a name defined before, found ${text.slice(0, 40) || "nothing"}`)
    );
  }

  finish(): GuestCode {
    while (this.#data.size % 16 !== 0) this.#data.bytes[this.#data.size++] = 0;
    const dataSize = this.#data.size + this.#zeros;
    for (const [name, at] of this.#zeroLabels) this.#constants.set(name, BigInt(this.#data.size + at));
    while (this.#at % 16 !== 0)
      this.#instruction("nop", this.#statements.at(-1) ?? { file: this.#source.file, line: 1 });
    this.#labels.set("__data", this.#at);
    this.#constants.set("__data_size", BigInt(this.#data.size));

    const code = this.#assemble();
    const bytes = new Uint8Array(code.length + this.#data.size);
    bytes.set(code);
    bytes.set(this.#data.bytes, code.length);
    const { origin } = this.#source;
    return { bytes, dataSize, labels: new Map([...this.#labels].map(([name, at]) => [name, origin + at])) };
  }

  #assemble(): Uint8Array {
    const sources = this.#statements.map((statement) => this.#resolve(statement));
    const labels = new Map<number, string[]>();
    for (const [name, at] of this.#labels) labels.set(at, [...(labels.get(at) ?? []), `${name}:`]);
    const lines: string[] = [];
    const places: Line[] = [];
    for (const [index, source] of sources.entries()) {
      const statement = this.#statements[index]!;
      for (const text of [...(labels.get(statement.at) ?? []), source]) {
        lines.push(text);
        places.push(statement);
      }
    }
    try {
      return codeBytes(
        assembleProgram([...lines, ...(labels.get(this.#at) ?? [])].join("\n"), { capabilityMode: false })
          .words,
      );
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const told = /^line (\d+): (.*)$/s.exec(error.message);
      return refuse(places[Number(told?.[1] ?? 1) - 1]!, told?.[2] ?? error.message);
    }
  }

  /** Names replaced by what they stand for: constants, and places outside the program by their distance. */
  #resolve({ source, at, ...place }: Statement): string {
    const [name = "", rest = ""] = splitOnce(source);
    const replaced = rest.replace(
      /%(\w+)\(([^)]*)\)|[A-Za-z_.][\w.]*/g,
      (whole, half: string | undefined, of: string) => {
        if (half !== undefined) return this.#half(half, of, at, place);
        const constant = this.#constants.get(whole);
        if (constant !== undefined) return `${constant}`;
        const outside = this.#source.places[whole];
        return outside === undefined ? whole : `${outside - this.#source.origin - at}`;
      },
    );
    return `${name} ${replaced}`;
  }

  #half(half: string, of: string, at: number, place: Line): string {
    if (half.startsWith("data")) {
      const { high, low } = wordAt(Number(this.#number(of, place)));
      return `${half === "dataHigh" ? high : low}`;
    }
    const target =
      this.#labels.get(of) ??
      (of in this.#source.places ? this.#source.places[of]! - this.#source.origin : null);
    if (target === null) return refuse(place, `expected a label of code, found ${of || "nothing"}`);
    // The low half belongs to the instruction behind the one whose pc counts.
    const { high, low } = wordAt(target - (half === "low" ? at - 4 : at));
    return `${half === "high" ? high : low}`;
  }
}

/** A number of 64 bits, decimal or hexadecimal; null if the text is none. */
export function numberOf(text: string): bigint | null {
  const found = /^(-?)(0x[0-9a-fA-F]{1,16}|\d{1,20})$/.exec(text);
  if (found === null) return null;
  const value = found[1] === "-" ? -BigInt(found[2]!) : BigInt(found[2]!);
  return value >= 1n << 64n || value < -(1n << 63n) ? null : value;
}

/** A line without what follows a # outside of quotes. */
export function withoutComment(line: string): string {
  return line.replace(/^((?:[^#"]|"(?:[^"\\]|\\.)*")*)#.*$/, "$1");
}

/** The name of the label that a line begins with; null if it begins with none. */
export function labelOf(source: string): string | null {
  return /^([A-Za-z_]\w*):/.exec(source)?.[1] ?? null;
}

function sizeOf(value: bigint, place: Line): number {
  return value >= 0n && value <= BigInt(DATA_MAX)
    ? Number(value)
    : refuse(place, `expected a size up to ${DATA_MAX}`);
}

function refuse({ file, line }: Line, why: string): never {
  throw new BadInput(`${file}: line ${line}: ${why}`);
}
