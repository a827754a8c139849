/**
 * Sources of objects: what the assembler takes in capability mode, and lines for slots and state.
 * corpora/sco/README.md lists them.
 */
import { assembleProgram } from "../../model/isa/index.ts";
import { registerFromName } from "../../model/isa/names.ts";
import { encodeData, wordAt } from "../cvm/guest-data.ts";
import { labelOf, numberOf, withoutComment } from "../cvm/guest-source.ts";
import { expand, splitOnce } from "../cvm/pseudo.ts";
import { codeBytes } from "../lockstep/stepwise.ts";
import {
  type Reference,
  refuse,
  type Section,
  type Target,
  type Unit,
  type UnitSymbol,
} from "./link-unit.ts";
import { SIZE } from "./writer.ts";

const LINES_MAX = 20_000;
const SECTION_MAX = 1 << 18;
/** Stands where the linker or the loader writes something else, too. */
const NOP = "addi x0, x0, 0";

/** An instruction, still with names in it; `at` is its offset in the text. */
interface Statement {
  readonly source: string;
  readonly at: number;
  readonly where: string;
}

interface Label {
  readonly section: Section;
  readonly offset: number;
}

/**
 * Assembles one source.
 *
 * @param file stands for the source in messages.
 * @throws BadInput naming the line and what was expected.
 */
export function assembleUnit(text: string, file: string): Unit {
  const source = new Source(file);
  const lines = text.split("\n");
  if (lines.length > LINES_MAX) refuse(file, `expected at most ${LINES_MAX} lines, found ${lines.length}`);
  for (const [index, line] of lines.entries()) source.read(line, `${file}: line ${index + 1}`);
  return source.finish();
}

class Source {
  readonly #file: string;
  readonly #statements: Statement[] = [];
  readonly #labels = new Map<string, Label>();
  readonly #constants = new Map<string, bigint>();
  readonly #references: Reference[] = [];
  readonly #exports: string[] = [];
  readonly #imports: string[] = [];
  readonly #bytes = {
    rodata: { bytes: [] as number[], size: 0 },
    data: { bytes: [] as number[], size: 0 },
    bss: { bytes: [] as number[], size: 0 },
  };
  #textSize = 0;
  #section: Section = "text";

  constructor(file: string) {
    this.#file = file;
  }

  read(line: string, where: string): void {
    let source = withoutComment(line).trim();
    for (let label = labelOf(source); label !== null; label = labelOf(source)) {
      if (this.#labels.has(label) || this.#constants.has(label)) refuse(where, `${label} is defined twice`);
      this.#labels.set(label, { section: this.#section, offset: this.#size() });
      source = source.slice(label.length + 1).trim();
    }
    if (source !== "") this.#take(source, where);
    if (this.#size() > SECTION_MAX) refuse(where, `expected at most ${SECTION_MAX} bytes in a section`);
  }

  #size(): number {
    return this.#section === "text" ? this.#textSize : this.#bytes[this.#section].size;
  }

  #take(source: string, where: string): void {
    const [directive = "", rest = ""] = splitOnce(source);
    switch (directive) {
      case ".text":
      case ".rodata":
      case ".data":
      case ".bss":
        this.#section = directive.slice(1) as Section;
        return;
      case ".export":
        this.#exports.push(nameIn(rest, where));
        return;
      case ".import":
        this.#imports.push(nameIn(rest, where));
        return;
      case ".equ": {
        const [name = "", value = ""] = rest.split(",").map((one) => one.trim());
        if (this.#constants.has(name)) refuse(where, `${name} is defined twice`);
        this.#constants.set(nameIn(name, where), this.#number(value, where));
        return;
      }
      case ".ro":
      case ".code":
      case ".ptr":
      case ".roptr":
      case ".importslot":
        this.#slot(directive.slice(1), rest, where);
        return;
      default:
        if (this.#section !== "text") this.#datum(directive, rest, where);
        else if (directive === ".align") this.#alignText(Number(this.#number(rest, where)), where);
        else if (directive === "cls") this.#cls(rest, where);
        else this.#instruction(source, where);
    }
  }

  /** Room for a pointer, and what it points to. */
  #slot(name: string, rest: string, where: string): void {
    const section = this.#section;
    const at = this.#size();
    const target = this.#target(rest, where);
    if (at % SIZE.slot !== 0) refuse(where, `expected .align ${SIZE.slot} before .${name}`);
    if (name === "ro" || name === "code") {
      if (section !== "text" && section !== "rodata") refuse(where, `expected .${name} in .text or .rodata`);
      this.#references.push({ kind: name, section, at, target, where });
    } else {
      if (section !== "data") refuse(where, `expected .${name} in .data`);
      this.#references.push({
        kind: name === "importslot" ? "import" : (name as "ptr" | "roptr"),
        at,
        target,
        where,
      });
    }
    if (section === "text") for (let word = 0; word < 4; word++) this.#push(NOP, where);
    else encodeData(this.#bytes[section], ".zero", "", () => BigInt(name === "importslot" ? 32 : SIZE.slot));
  }

  #target(text: string, where: string): Target {
    const [name = "", addend = "0", ...more] = text.split(",").map((one) => one.trim());
    if (more.length > 0) refuse(where, "expected a name, and an offset at most");
    return { name: nameIn(name, where), addend: Number(this.#number(addend, where)) };
  }

  #datum(directive: string, rest: string, where: string): void {
    if (this.#section === "bss" && directive !== ".zero" && directive !== ".align")
      refuse(where, "expected .zero or .align in .bss");
    const section = this.#bytes[this.#section as "rodata" | "data" | "bss"];
    const problem = encodeData(section, directive, rest, (text) => this.#number(text, where));
    if (problem !== null) refuse(where, problem);
  }

  #instruction(source: string, where: string): void {
    const [name = "", rest = ""] = splitOnce(source);
    if (name.startsWith(".")) refuse(where, "expected an instruction: data belongs into .rodata and .data");
    for (const one of expandCapability(name, rest) ?? expand(source, (text) => this.#number(text, where)))
      this.#push(one, where);
  }

  #cls(rest: string, where: string): void {
    const [register = "", name = ""] = rest.split(",").map((one) => one.trim());
    const number =
      registerNumber(register) ?? refuse(where, `expected cls cX, NAME, found ${register.slice(0, 40)}`);
    if (this.#textSize % 4 !== 0) refuse(where, "expected .align 4 before cls");
    const target = { name: nameIn(name, where), addend: 0 };
    this.#references.push({ kind: "cls", register: number, at: this.#textSize, target, where });
    for (let word = 0; word < 3; word++) this.#push(NOP, where);
  }

  #alignText(unit: number, where: string): void {
    if (![2, 4, 8, 16].includes(unit)) refuse(where, "expected 2, 4, 8 or 16");
    while (this.#textSize % unit !== 0) this.#push(this.#textSize % 4 === 2 ? "c.nop" : NOP, where);
  }

  #push(source: string, where: string): void {
    this.#statements.push({ source, at: this.#textSize, where });
    this.#textSize += source.startsWith("c.") ? 2 : 4;
  }

  #number(text: string, where: string): bigint {
    return (
      this.#constants.get(text) ??
      numberOf(text) ??
      refuse(where, `expected a number or a constant, found ${text.slice(0, 40) || "nothing"}`)
    );
  }

  finish(): Unit {
    const text = this.#assemble();
    for (const one of this.#references)
      if ((one.kind === "ro" || one.kind === "code") && one.section === "text")
        text.fill(0, one.at, one.at + SIZE.slot);
    const { rodata, data, bss } = this.#bytes;
    return {
      file: this.#file,
      text,
      rodata: Uint8Array.from(rodata.bytes),
      data: Uint8Array.from(data.bytes),
      bssSize: bss.size,
      locals: new Map(),
      globals: this.#symbols(),
      references: this.#references,
      exports: this.#exports,
      imports: this.#imports,
    };
  }

  /** A label reaches to the next one of its section. */
  #symbols(): Map<string, UnitSymbol> {
    const symbols = new Map<string, UnitSymbol>();
    for (const [name, { section, offset }] of this.#labels) {
      let end = section === "text" ? this.#textSize : this.#bytes[section].size;
      for (const other of this.#labels.values())
        if (other.section === section && other.offset > offset && other.offset < end) end = other.offset;
      symbols.set(name, { section, offset, size: end - offset });
    }
    return symbols;
  }

  #assemble(): Uint8Array {
    const labels = new Map<number, string[]>();
    for (const [name, { section, offset }] of this.#labels)
      if (section === "text") labels.set(offset, [...(labels.get(offset) ?? []), `${name}:`]);
    const lines: string[] = [];
    const places: string[] = [];
    for (const statement of this.#statements) {
      for (const text of [...(labels.get(statement.at) ?? []), this.#resolve(statement)]) {
        lines.push(text);
        places.push(statement.where);
      }
    }
    try {
      return codeBytes(assembleProgram(lines.join("\n"), { capabilityMode: true }).words);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const told = /^line (\d+): (.*)$/s.exec(error.message);
      return refuse(places[Number(told?.[1] ?? 1) - 1] ?? this.#file, told?.[2] ?? error.message);
    }
  }

  /** Constants replaced by their values, distances of slots filled in, calls of other units left to the linker. */
  #resolve({ source, at, where }: Statement): string {
    const call = /^cjal\s+(\w+),\s*([A-Za-z_]\w*)$/.exec(source);
    if (call !== null && !this.#labels.has(call[2]!)) {
      this.#references.push({ kind: "jump", at, target: { name: call[2]!, addend: 0 }, where });
      return `cjal ${call[1]}, 0`;
    }
    const [name = "", rest = ""] = splitOnce(source);
    const replaced = rest.replace(
      /%(\w+)\(([^)]*)\)|[A-Za-z_.][\w.]*/g,
      (whole, half: string | undefined, of: string) =>
        half === undefined ? `${this.#constants.get(whole) ?? whole}` : this.#half(half, of, at, where),
    );
    return `${name} ${replaced}`;
  }

  #half(half: string, of: string, at: number, where: string): string {
    const label = this.#labels.get(of);
    if (label?.section !== "text")
      return refuse(where, `expected a label of .text, found ${of || "nothing"}`);
    // The low half belongs to the instruction behind the one whose pc counts.
    const { high, low } = wordAt(label.offset - (half === "low" ? at - 4 : at));
    return `${half === "high" ? ((high << 20) >> 20) * 4096 : low}`;
  }
}

/** Pseudo-instructions that capability mode has otherwise; null if the name is none of them. */
function expandCapability(name: string, rest: string): readonly string[] | null {
  const [first = "", second = ""] = rest.split(",").map((one) => one.trim());
  switch (name) {
    case "la":
      return [`auipcc ${first}, %high(${second})`, `cincoffsetimm ${first}, ${first}, %low(${second})`];
    case "slot":
      return [`auipcc ${first}, %high(${second})`, `lc ${first}, %low(${second})(${first})`];
    case "j":
      return [`cjal c0, ${first}`];
    case "call":
      return [`cjal c1, ${first}`];
    case "ret":
      return ["cjalr c0, 0(c1)"];
    default:
      return null;
  }
}

/** The number of a capability register that can hold state: neither c0 nor c26. */
function registerNumber(text: string): number | null {
  const number = text.startsWith("c") ? (registerFromName(text) ?? 0) : 0;
  return number === 0 || number === 26 ? null : number;
}

function nameIn(text: string, where: string): string {
  return /^[A-Za-z_]\w*$/.test(text)
    ? text
    : refuse(where, `expected a name, found ${text.slice(0, 40) || "nothing"}`);
}
