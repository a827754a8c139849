import { describe, expect, test } from "vitest";
import type { Layout } from "../binary/layout.ts";
import {
  commandLayout,
  executionLayout,
  headerLayout,
  integerLayout,
  memoryLayout,
  versionLayout,
} from "./layout.ts";
import { haltObservation, type Observation, versionObservation } from "./observation.ts";
import {
  ANSWER_BYTES_MAX,
  decodeAnswer,
  decodeVersion,
  encodeAnswer,
  encodeCommand,
  encodeSequence,
  encodeVersion,
} from "./packet.ts";

/** A store of a capability that also names a register, as no instruction does: each field its own value. */
const full: Observation = {
  ...haltObservation,
  halt: 0,
  order: 7n,
  insn: 0x0010_0093n,
  mode: 3,
  ixl: 2,
  pc_rdata: 0x8000_0000n,
  pc_wdata: 0x8000_0004n,
  rd_addr: 1,
  rd_wdata: 0x1122_3344_5566_7788n,
  mem_addr: 0x8000_1000n,
  mem_rmask: 0xff,
  mem_wmask: 0xffff,
  mem_rdata: 0xa1n,
  mem_wdata: (0xb2n << 64n) | 0xb1n,
};

const answer = (version: 1 | 2, seen: Observation): Buffer => {
  const bytes = Buffer.alloc(ANSWER_BYTES_MAX, 0xee);
  return bytes.subarray(0, encodeAnswer(version, seen, bytes, 0));
};
const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.toString("hex");
};

describe("layouts", () => {
  const all: Layout[] = [
    commandLayout,
    executionLayout,
    headerLayout,
    integerLayout,
    memoryLayout,
    versionLayout,
  ];

  test.each(all.map((layout) => [layout.name, layout] as const))(
    "%s: fields lie inside and apart",
    (_, layout) => {
      const taken = new Set<number>();
      for (const { offset, width } of layout.fields) {
        expect(offset + width).toBeLessThanOrEqual(layout.size);
        for (let byte = offset; byte < offset + width; byte++) {
          expect(taken.has(byte)).toBe(false);
          taken.add(byte);
        }
      }
    },
  );
});

describe("commands", () => {
  test("a sequence is one command per word and an end of trace", () => {
    expect(encodeSequence([0x0010_0093, 0x4501]).toString("hex")).toBe(
      "9300100001000100" + "0145000001000100" + "0000000000000000",
    );
  });

  test("the version question and command", () => {
    expect(encodeCommand(0, 0x5645_5253).toString("hex")).toBe("5352455600000000");
    expect(encodeCommand(0x76, 2).toString("hex")).toBe("0200000000007600");
    expect(encodeVersion(2).toString("latin1")).toBe("version=\x02\0\0\0\0\0\0\0");
    expect(decodeVersion(encodeVersion(1), 0)).toBe(1n);
  });
});

describe("version 1", () => {
  test("88 bytes, with the low 8 bytes of memory data", () => {
    expect(answer(1, full).toString("hex")).toBe(
      [
        u64(7n),
        u64(0x8000_0000n),
        u64(0x8000_0004n),
        u64(0x0010_0093n),
        u64(0n),
        u64(0n),
        u64(0x1122_3344_5566_7788n),
        u64(0x8000_1000n),
        u64(0xa1n),
        u64(0xb1n),
        "ffff0000" + "01" + "00" + "00" + "00",
      ].join(""),
    );
    expect(answer(1, full)).toHaveLength(88);
  });

  test("reads back without mode, ixl and wide data", () => {
    expect(decodeAnswer(1, answer(1, full), 0, 88)).toEqual({
      size: 88,
      seen: { ...full, version: 1, mode: null, ixl: null, mem_wmask: 0xff, mem_wdata: 0xb1n },
    });
  });

  test("an answer to the version question has halt 3", () => {
    expect(answer(1, versionObservation)[86]).toBe(3);
    expect(answer(1, haltObservation)[86]).toBe(1);
  });
});

describe("version 2", () => {
  test("a header and both blocks", () => {
    const bytes = answer(2, full);
    expect(bytes).toHaveLength(192);
    expect(bytes.subarray(0, 64).toString("hex")).toBe(
      [
        Buffer.from("trace-v2").toString("hex"),
        u64(192n),
        u64(7n),
        u64(0x0010_0093n),
        "000000" + "03" + "02" + "01" + "0000",
        u64(0x8000_0000n),
        u64(0x8000_0004n),
        u64(3n),
      ].join(""),
    );
    expect(bytes.subarray(64, 104).toString("hex")).toBe(
      `${Buffer.from("int-data").toString("hex")}8877665544332211${u64(0n)}${u64(0n)}01${"00".repeat(7)}`,
    );
    expect(bytes.subarray(104).toString("hex")).toBe(
      [
        Buffer.from("mem-data").toString("hex"),
        `${u64(0xa1n)}${"00".repeat(24)}`,
        `${u64(0xb1n)}${u64(0xb2n)}${"00".repeat(16)}`,
        "ff000000" + "ffff0000",
        u64(0x8000_1000n),
      ].join(""),
    );
  });

  const noRegister = { ...full, rd_addr: 0, rd_wdata: 0n };
  const noMemory = { ...full, mem_addr: 0n, mem_rmask: 0, mem_wmask: 0, mem_rdata: 0n, mem_wdata: 0n };
  test.each([
    ["both blocks", full, 192],
    ["the memory block alone", noRegister, 152],
    ["the integer block alone", noMemory, 104],
    ["no block", { ...noMemory, ...{ rd_addr: 0, rd_wdata: 0n } }, 64],
  ] as const)("reads back %s", (_, seen, size) => {
    const bytes = answer(2, seen);
    expect(decodeAnswer(2, bytes, 0, bytes.length)).toEqual({ seen, size });
    for (let end = 0; end < size; end++) expect(decodeAnswer(2, bytes, 0, end)).toBeNull();
  });

  const broken = (at: number, value: number) => {
    const bytes = Buffer.from(answer(2, full));
    bytes[at] = value;
    return () => decodeAnswer(2, bytes, 0, bytes.length);
  };
  test.each([
    ["the header's magic", 0, 0x54, /version 2 header: magic: expected "trace-v2", found "Trace-v2"/],
    ["the size", 8, 0, /trace_size: expected 192 for these blocks, found 0/],
    ["a huge size", 15, 0x7f, /trace_size: expected 192/],
    ["a block nobody knows", 56, 7, /available_fields: unknown bits 0x4/],
    ["the integer block's magic", 64, 0, /integer block: magic/],
    ["the memory block's magic", 104, 0, /memory block: magic/],
    ["a register that does not exist", 96, 32, /rd_addr: expected at most 31, found 32/],
    ["a privilege that does not exist", 35, 4, /mode: expected at most 3/],
  ] as const)("refuses %s", (_, at, value, message) => {
    expect(broken(at, value)).toThrow(message);
  });
});
