import { describe, expect, test } from "vitest";
import { decode, disassemble, encode, instructions } from "../../model/isa/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { fetchedProgram } from "./fetched-program.ts";
import { formOf, forms, formsNamed, insert, legal } from "./form.ts";
import { Random } from "./random.ts";
import { WordSource } from "./word-source.ts";
import * as words from "./words.ts";

describe("random numbers", () => {
  test("the same ones from the same text and index, on every machine", () => {
    const random = new Random("capwright");
    const first = Array.from({ length: 4 }, () => random.next());
    expect(first).toMatchInlineSnapshot(`
      [
        4110769283,
        4241943979,
        2759705369,
        186988253,
      ]
    `);
    random.restart(1);
    expect(random.next()).not.toBe(first[0]);
    random.restart(0);
    expect(Array.from({ length: 4 }, () => random.next())).toEqual(first);
    expect(new Random("capwright ").next()).not.toBe(first[0]);
  });

  test("other ones for every index, above 2^32 too", () => {
    const random = new Random("x");
    const firsts = [0, 1, 2, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 40].map((index) => {
      random.restart(index);
      return random.next();
    });
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test("evenly spread over what was asked for", () => {
    const random = new Random("even");
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[random.below(10)]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    const bits = Array.from({ length: 32 }, () => 0);
    for (let i = 0; i < 4000; i++) {
      const value = random.next();
      for (let bit = 0; bit < 32; bit++) bits[bit]! += (value >>> bit) & 1;
    }
    for (const ones of bits) expect(Math.abs(ones - 2000)).toBeLessThan(200);
  });

  test("at edges more often than elsewhere, and always within", () => {
    const random = new Random("edge");
    const seen = Array.from({ length: 2000 }, () => random.edge(4096));
    for (const value of seen) expect(value >= 0 && value < 4096).toBe(true);
    for (const edge of [0, 4095, 2048, 2047])
      expect(seen.filter((one) => one === edge).length).toBeGreaterThan(100);
    for (let i = 0; i < 100; i++) expect(random.edge(1)).toBe(0);
  });
});

describe("builders of words", () => {
  test("put the operands where the definitions have them", () => {
    const texts = [
      words.add(1, 2, 3),
      words.addi(1, 2, -3),
      words.slli(1, 2, 63),
      words.lui(1, 0x80000),
      words.sw(3, 2, -4),
      words.sh(3, 2, 2047),
      words.csrrw(1, 2, 0x305),
      words.csrrci(0, 4, 0x301),
      words.cspecialrw(1, 2, 28),
      words.csetboundsimm(1, 2, 4095),
      words.cincoffsetimm(1, 2, -2048),
      words.csetaddr(1, 2, 3),
      words.cinvoke(1, 2),
      words.jalrCap(1, 2),
      words.cloadtags(1, 2),
      words.storeCapability(1, 2),
      words.loadCapability(1, 2),
      words.mret,
    ].map((word) => disassemble(word, false));
    expect(texts).toMatchInlineSnapshot(`
      [
        "add x1, x2, x3",
        "addi x1, x2, -3",
        "slli x1, x2, 63",
        "lui x1, 524288",
        "sw x3, -4(x2)",
        "sh x3, 2047(x2)",
        "csrrw x1, mtvec, x2",
        "csrrci x0, misa, 4",
        "cspecialrw c1, mtcc, c2",
        "csetboundsimm c1, c2, 4095",
        "cincoffsetimm c1, c2, -2048",
        "csetaddr c1, c2, x3",
        "cinvoke c1, c2",
        "jalr.cap c1, c2",
        "cloadtags x1, (c2)",
        "sc.cap c2, (c1)",
        "lc.cap c1, (c2)",
        "mret",
      ]
    `);
  });

  test("are refused for a name that no instruction has", () => {
    expect(() => words.definition("cfly")).toThrow("defect: no instruction cfly");
  });
});

describe("forms", () => {
  test("there is one for every instruction, and it encodes what the codec encodes", () => {
    expect(forms.length).toBe(instructions.length);
    const random = new Random("forms");
    for (const form of forms) {
      expect(formOf(form.instruction)).toBe(form);
      for (let times = 0; times < 20; times++) {
        let word = form.match;
        const values: Record<string, number> = {};
        for (const field of form.fields) {
          const value = legal(field, random.next() - 2 ** 31);
          values[field.name] = value;
          word = insert(word, field, value);
        }
        expect(word >>> 0, form.instruction.name).toBe(encode(form.instruction, values));
      }
    }
  });

  test("know the size of every access", () => {
    const sizes = (names: RegExp) => new Set(formsNamed(names).map(({ size }) => size));
    expect(sizes(/^(lb|lbu|sb|lr\.b|sc\.b|lb\.cap|sb\.ddc)$/)).toEqual(new Set([1]));
    expect(sizes(/^(lw|lwu|c\.lwsp|c\.sw|amoadd\.w|sc\.w\.cap)$/)).toEqual(new Set([4]));
    expect(sizes(/^(ld|sd|c\.ldsp|amomaxu\.d)$/)).toEqual(new Set([8]));
    expect(sizes(/^(lc|sc|sc\.c|lr\.c\.cap|amoswap\.c|c\.clc|c\.cscsp|sc\.cap|lc\.ddc)$/)).toEqual(
      new Set([16]),
    );
    expect(sizes(/^cloadtags$/)).toEqual(new Set([64]));
    expect(sizes(/^(sub|sll|lui|c\.sub|c\.lui|csub|cseal|csetaddr)$/)).toEqual(new Set([0]));
    expect(() => formsNamed(/^nothing$/)).toThrow("defect");
  });

  test("keep a value that fits and replace one that does not", () => {
    const imm = forms.find(({ instruction }) => instruction.name === "c.addi16sp")!.fields[0]!;
    expect(legal(imm, 32)).toBe(32);
    expect(decode(insert(0x6101, imm, legal(imm, 1e12)), false)?.instruction.name).toBe("c.addi16sp");
    expect(legal(imm, 0)).not.toBe(0);
  });
});

describe("a source of words", () => {
  test("ends a program whose trap vector cannot be executed", () => {
    const model = createModel();
    const source = new WordSource("stuck", 100);
    source.begin([]);
    const vector = { ...model.special(0), tag: false };
    const dead = { ...model, special: () => vector };
    const made: number[] = [];
    for (let word = source.next(dead); word >= 0; word = source.next(dead)) made.push(word);
    expect(made.length).toBeLessThanOrEqual(4);
  });
});

describe("a program that is fetched", () => {
  const model = createModel();
  const source = new WordSource("fetched", 128);
  const programs = Array.from({ length: 60 }, () => fetchedProgram(source, model, 200));

  test("executes code that it wrote over, in some of them", () => {
    const changed = programs.filter((program) => {
      model.reset(program.start);
      const code = bytesOf(program.words);
      model.load(0x8000_0000n, code);
      for (let step = 0; step < 200; step++) {
        const { pcBefore, word } = model.step();
        const at = Number(pcBefore - 0x8000_0000n);
        if (
          word !== 0 &&
          at >= 0 &&
          at + 2 <= code.length &&
          (code[at]! | (code[at + 1]! << 8)) !== (word & 0xffff)
        ) {
          return true;
        }
      }
      return false;
    });
    expect(changed.length).toBeGreaterThan(5);
  });

  test("goes through much of its code, and through some of it again", () => {
    let distinct = 0;
    for (const program of programs) {
      model.reset(program.start);
      model.load(0x8000_0000n, bytesOf(program.words));
      const places = new Set(Array.from({ length: 200 }, () => model.step().pcBefore));
      distinct += places.size;
    }
    expect(distinct / programs.length).toBeGreaterThan(25);
    expect(distinct / programs.length).toBeLessThan(180);
  });
});

function bytesOf(code: readonly number[]): Uint8Array {
  return Uint8Array.from(
    code.flatMap((word) => {
      const low = [word & 0xff, (word >>> 8) & 0xff];
      return (word & 3) === 3 ? [...low, (word >>> 16) & 0xff, word >>> 24] : low;
    }),
  );
}
