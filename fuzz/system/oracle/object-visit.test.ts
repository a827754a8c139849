import { describe, expect, test } from "vitest";
import { buildObject, KIND, type ObjectSource, SEGMENT } from "../../sco/writer.ts";
import { objectCode } from "../generate/object-code.ts";
import type { DeclaredCvm } from "./declared.ts";
import type { DeclaredBinding, DeclaredObject } from "./declared-object.ts";
import { fileVerdict } from "./object-file.ts";
import { halfTo, Piece, Unforeseen } from "./object-memory.ts";
import { foretellVisit } from "./object-visit.ts";

const RETURN = "cjalr c0, 0(c1)";
const IMPORT = 16;

/** An object with two words of state, and the slots of an import behind them. */
function objectWith(code: string): DeclaredObject {
  const { text, relocations, labels } = objectCode(code, [{ to: "rodata", target: 0, size: 8, addend: 0 }]);
  const slots = { kind: KIND.import, segment: SEGMENT.state, place: IMPORT, target: 0, size: 32, addend: 0 };
  const source: ObjectSource = {
    text,
    rodata: new Uint8Array(16).fill(0x11),
    init: new Uint8Array(48),
    bss: 0,
    exports: [...labels].map(([name, offset]) => ({ name, offset })),
    imports: ["next"],
    relocations: [...relocations, slots],
  };
  const file = fileVerdict(buildObject(source));
  if ("reason" in file) throw new Error(`check ${file.reason}`);
  const base = 0x8400_0000;
  const shared = { text: { base, size: text.length }, rodata: { base: base + 0x1000, size: 16 } };
  return { hash: "", number: 3, file, ...shared, bindings: [] };
}

function called(code: string, entry: number, args: readonly bigint[], isLinked = false) {
  const object = objectWith(code);
  const state = { base: 0x8410_0000, size: 48 };
  const cvm = {} as DeclaredCvm;
  const binding: DeclaredBinding = {
    cvm,
    object,
    mode: "compartment",
    state,
    bytes: null,
    imports: new Map(),
  };
  const target = { to: "object", binding, entry } as const;
  const halves = [halfTo(target, true), halfTo(target, false)];
  const tags = isLinked ? [IMPORT, IMPORT + 16] : [];
  const places = new Map(halves.map((half, at) => [IMPORT + 16 * at, isLinked ? half : null]));
  const bytes = new Uint8Array(48).fill(0, 0, 16);
  bytes[0] = 5;
  const piece = new Piece(BigInt(state.base), bytes, tags, places);
  const visitor = {
    isInTable: () => true,
    object,
    export: entry,
    args,
    buffer: null,
    ddc: null,
    mayCallBack: true,
  };
  const ending = foretellVisit({ ...visitor, states: new Map([[binding, piece]]) });
  return { ending, word: piece.read(BigInt(state.base), 8) };
}

const COUNTER = `add:\ncls c8, 0, 8\nld x5, 0(c8)\nadd x10, x10, x5\nsd x10, 0(c8)\n${RETURN}
over:\ncls c8, 0, 8\nsb x10, 8(c8)\n${RETURN}
constant:\nslot c9, 0\nld x10, 0(c9)\n${RETURN}
scribble:\nslot c9, 0\nsd x10, 0(c9)\n${RETURN}
spin:\nhere:\nbne x10, x0, here\n${RETURN}
left:\nld x10, -8(c2)\n${RETURN}`;

/** Adds one to what an import returns, itself: as deep as it may go. */
const CIRCLE = `go:\ncmove c18, c1\ncls c8, ${IMPORT}, 32\nlc c5, 0(c8)\nlc c6, 16(c8)
auipcc c1, 0\ncincoffsetimm c1, c1, 12\ncinvoke c5, c6\naddi x10, x10, 1\ncjalr c0, 0(c18)`;

describe("a call into an object, foretold", () => {
  test("comes to what its code makes of arguments and state, and leaves that there", () => {
    expect(called(COUNTER, 0, [3n, 0n, 0n, 0n])).toEqual({
      ending: { kind: "returned", value: 8n },
      word: 8n,
    });
    const { ending } = called(COUNTER, 2, [0n, 0n, 0n, 0n]);
    expect(ending).toEqual({ kind: "returned", value: 0x1111_1111_1111_1111n });
  });

  test("traps at the end of a variable, and where nothing may be stored (I-95, I-101)", () => {
    const trap = (value: bigint) => ({ kind: "trapped", trap: { cause: 0x1cn, value } });
    expect(called(COUNTER, 1, [1n, 0n, 0n, 0n])).toEqual({ ending: trap(0x101n), word: 5n });
    expect(called(COUNTER, 3, [1n, 0n, 0n, 0n]).ending).toEqual(trap(0x133n));
  });

  test("finds a stack of zeros, and ends if it goes on for too long", () => {
    expect(called(COUNTER, 6, [1n, 0n, 0n, 0n]).ending).toEqual({ kind: "returned", value: 0n });
    expect(called(COUNTER, 4, [1n, 0n, 0n, 0n]).ending).toEqual({ kind: "out of steps" });
  });

  test("goes through imports, eight objects deep; those that are not there trap (I-109)", () => {
    const ELOOP = (1n << 64n) - 40n;
    expect(called(CIRCLE, 0, [0n, 0n, 0n, 0n], true).ending).toEqual({ kind: "returned", value: ELOOP + 8n });
    const tag = { cause: 0x1cn, value: BigInt((5 << 5) | 2) };
    expect(called(CIRCLE, 0, [0n, 0n, 0n, 0n]).ending).toEqual({ kind: "trapped", trap: tag });
  });

  test("finds no DDC in a compartment (I-99)", () => {
    const tells = `one:\ncspecialrw c9, ddc, c0\ncgettag x10, c9\n${RETURN}`;
    expect(called(tells, 0, [0n, 0n, 0n, 0n]).ending).toEqual({ kind: "returned", value: 0n });
  });

  test("is not foretold where it depends on a place that nobody promises, or on an instruction not read", () => {
    const tells = (code: string) => () => called(`one:\n${code}\n${RETURN}`, 0, [0n, 0n, 0n, 0n]);
    expect(tells("cgetaddr x10, c2")).toThrow(Unforeseen);
    expect(tells("add x10, x0, x1")).toThrow(Unforeseen);
    expect(tells(`cls c8, ${IMPORT}, 32\nld x10, 0(c8)`)).toThrow(Unforeseen);
    expect(tells("csrrw x5, mscratch, x6")).toThrow(Unforeseen);
  });
});
