import { describe, expect, test } from "vitest";
import { start } from "../wasm/instance.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { buildDecoder, type Decodable, defineDecode } from "./decoder.ts";
import { parseEncoding } from "./encoding.ts";
import { layoutFor, operationField, SINK_AT, slotAt } from "./layout.ts";

const RECORD_AT = 0x100;

/** Decodes words by the encodings given, numbered from 1 in their order; 99 is illegal. */
function decoderFor(...encodings: string[]) {
  const decodables: Decodable[] = encodings.map((spelling, index) => ({
    encoding: parseEncoding(spelling),
    operation: { integer: index + 1, capability: index + 101 },
  }));
  const decoder = buildDecoder(decodables, 99);
  const module = new ModuleBuilder();
  const layout = layoutFor(0x1_0000);
  module.export("decode", defineDecode({ module, layout }, decoder));
  const { exports, memory } = start(module.assemble(layout.pages), layout.pages);
  new Uint32Array(memory, layout.decoderAt, decoder.table.length).set(decoder.table);
  return (word: number, mode = 0) => {
    exports["decode"]!(RECORD_AT, word, mode);
    const view = new DataView(memory, RECORD_AT);
    return {
      op: view.getUint16(operationField.op, true),
      length: view.getUint8(operationField.length),
      rd: view.getUint16(operationField.rd, true),
      rs1: view.getUint16(operationField.rs1, true),
      rs2: view.getUint16(operationField.rs2, true),
      imm: view.getInt32(operationField.imm, true),
    };
  };
}

describe("an encoding", () => {
  test("says which bits are fixed and where the operands lie", () => {
    const branch = parseEncoding("imm[12|10:5] rs2[4:0] rs1[4:0] 000 imm[4:1|11] 1100011");
    expect([branch.bits, branch.mask, branch.match]).toEqual([32, 0x707f, 0x63]);
    expect(branch.format.imm).toEqual([
      { from: 31, to: 12, width: 1 },
      { from: 25, to: 5, width: 6 },
      { from: 8, to: 1, width: 4 },
      { from: 7, to: 11, width: 1 },
    ]);
    expect(branch.format.rs2).toEqual({ shift: 20, width: 5, first: 0, ddc: false });
  });

  test("is refused when it is not 16 or 32 bits, or names an unknown operand", () => {
    expect(() => parseEncoding("0001 rd[4:0] 01")).toThrow("encoding of 11 bits: 0001 rd[4:0] 01");
    expect(() => parseEncoding("0000000 rs9[4:0] 00000 000 00000 0110011")).toThrow("unknown operand: rs9");
  });
});

describe("the decoder", () => {
  test("cuts operands out of words", () => {
    const decode = decoderFor(
      "imm[12|10:5] rs2[4:0] rs1[4:0] 000 imm[4:1|11] 1100011",
      "uimm[31:12] rd[4:0] 0110111",
      "010 uimm[5:3] rs1'[2:0] uimm[2|6] rd'[2:0] 00",
    );
    // beq x1, x2, -4
    const branch = { op: 1, length: 4, rd: SINK_AT, rs1: slotAt(1), rs2: slotAt(2), imm: -4 };
    expect(decode(0xfe208ee3)).toEqual(branch);
    // lui x0, 0x80000 and c.lw x9, 68(x10)
    expect(decode(0x80000037)).toMatchObject({ op: 2, rd: SINK_AT, imm: -0x8000_0000 });
    expect(decode(0x4164)).toMatchObject({ op: 3, length: 2, rd: slotAt(9), rs1: slotAt(10), imm: 68 });
    expect(decode(0x4164, 1)).toMatchObject({ op: 103 });
    expect(decode(0xffff_ffff)).toMatchObject({ op: 99, length: 4 });
    expect(decode(0x0001)).toMatchObject({ op: 99, length: 2 });
  });

  test("lets the earlier of two encodings win, and keeps to the encoding mode", () => {
    const decode = decoderFor(
      "000 00000000 _[2:0] 00",
      "000 uimm[7:0] rd'[2:0] 00; mode=integer",
      "000 uimm[7:0] rd'[2:0] 00; rs1=2 mode=capability",
    );
    expect(decode(0x0004)).toMatchObject({ op: 1 });
    expect(decode(0x0024)).toMatchObject({ op: 2, rs1: slotAt(0) });
    expect(decode(0x0024, 1)).toMatchObject({ op: 103, rs1: slotAt(2) });
  });

  test("takes DDC for c0 where the encoding says so, and two operands from one field", () => {
    const decode = decoderFor("0000000 ds2[4:0] ds1[4:0] 000 rd[4:0] 1011011", "000 1 rd=rs1[4:0] 00000 01");
    expect(decode(0x0010_00db)).toMatchObject({ rs1: slotAt(0x21), rs2: slotAt(1), rd: slotAt(1) });
    expect(decode(0x1181)).toMatchObject({ rd: slotAt(3), rs1: slotAt(3) });
  });
});
