import { describe, expect, test } from "vitest";
import {
  add,
  clz,
  divU,
  eq,
  extendS,
  extendU,
  isZero,
  ltU,
  mul,
  rotr,
  signExtend,
  sub,
  wrap,
} from "./arithmetic.ts";
import { after, i64 } from "./code.ts";
import {
  block,
  br,
  brIf,
  brTable,
  call,
  callIndirect,
  choose,
  loop,
  ret,
  select,
  set,
  tee,
  when,
} from "./control.ts";
import { compile, instantiateBeside, type Running, start } from "./instance.ts";
import { copy, copy16, fill, load8u, load16sTo64, load64, store8, store64 } from "./memory.ts";
import { ModuleBuilder } from "./module.ts";

function running(builder: ModuleBuilder): Running {
  return start(builder.assemble(1), 1);
}

describe("a module built from code trees", () => {
  test("computes with both widths and with literals at the edges of their ranges", () => {
    const m = new ModuleBuilder();
    const wide = m.func("wide", ["i64"], "i64", (_, a) => [add(rotr(a, 4n), 0xffff_ffff_ffff_ffffn)]);
    const narrow = m.func("narrow", ["i32"], "i32", (_, a) => [sub(mul(a, 0xffff_ffff), -0x8000_0000)]);
    const mixed = m.func("mixed", ["i64"], "i64", (_, a) => [
      add(extendU(isZero(a)), add(extendS(clz(wrap(a))), signExtend(a, 8))),
    ]);
    for (const each of [wide, narrow, mixed]) m.export(each.name, each);
    const { exports: run } = running(m);
    expect(run["wide"]!(0x11n)).toBe(0x1000_0000_0000_0000n);
    expect(run["narrow"]!(5)).toBe(-5 - 0x8000_0000 + 2 ** 32);
    expect(run["mixed"]!(0x80n)).toBe(24n - 128n);
  });

  test("resolves branches by what encloses them", () => {
    const m = new ModuleBuilder();
    const gcd = m.func("gcd", ["i64", "i64"], "i64", (locals, a, b) => {
      const rest = locals.i64();
      return [
        block((done) => [
          loop((again) => [
            brIf(done, isZero(b)),
            set(rest, sub(a, mul(b, divU(a, b)))),
            set(a, b),
            set(b, rest),
            when(eq(b, 1n), [ret(i64(1n))], [br(again)]),
          ]),
        ]),
        a,
      ];
    });
    const name = m.func("name", ["i32"], "i32", (locals, index) => {
      const result = locals.i32();
      return [
        block((end) => [
          block((two) => [
            block((one) => [block((zero) => [brTable(index, [zero, one], two)]), set(result, 10), br(end)]),
            set(result, 11),
            br(end),
          ]),
          set(result, 12),
        ]),
        result,
      ];
    });
    m.export("gcd", gcd);
    m.export("name", name);
    const { exports: run } = running(m);
    expect(run["gcd"]!(84n, 36n)).toBe(12n);
    expect(run["gcd"]!(85n, 36n)).toBe(1n);
    expect([0, 1, 2, 77].map((index) => run["name"]!(index))).toEqual([10, 11, 12, 12]);
  });

  test("calls functions that are defined later", () => {
    const m = new ModuleBuilder();
    const odd = m.declare("odd", ["i32"], "i32");
    const even = m.func("even", ["i32"], "i32", (_, n) => [
      choose(isZero(n), eq(n, n), call(odd, sub(n, 1))),
    ]);
    m.define(odd, (_, n) => [choose(isZero(n), eq(n, 1), call(even, sub(n, 1)))]);
    m.export("even", even);
    const { exports: run } = running(m);
    expect([0, 1, 6, 7].map((n) => run["even"]!(n))).toEqual([1, 0, 1, 0]);
  });

  test("reads, writes, fills and copies memory", () => {
    const m = new ModuleBuilder();
    const work = m.func("work", [], "void", () => [
      fill(0, 0xee, 32),
      store64(8, 0, 0x8877_6655_4433_2211n),
      copy(100, 9, 4),
      copy16(200, 0, 0),
      store8(50, 1, 0x1ff),
      store64(60, 0, load16sTo64(200, 14)),
      store64(70, 0, select(ltU(load8u(100), 0x30), load64(200, 8), 0n)),
    ]);
    m.export("work", work);
    const { exports: run, memory } = running(m);
    run["work"]!();
    const view = new DataView(memory);
    expect(view.getUint32(100, true)).toBe(0x5544_3322);
    expect(view.getBigUint64(200, true)).toBe(0xeeee_eeee_eeee_eeeen);
    expect(view.getUint8(51)).toBe(0xff);
    expect(view.getBigInt64(60, true)).toBe(-0x7789n);
    expect(view.getBigUint64(70, true)).toBe(0x8877_6655_4433_2211n);
  });

  test("gives the locals of a finished scope out again", () => {
    const m = new ModuleBuilder();
    const seen: number[] = [];
    const twice = m.func("twice", ["i64"], "i64", (locals, a) => [
      ...[1n, 2n].map((step) =>
        locals.scope(() => {
          const next = locals.i64();
          seen.push(next.local);
          return set(a, after([set(next, add(a, step))], tee(next, add(next, next))));
        }),
      ),
      a,
    ]);
    m.export("twice", twice);
    expect(running(m).exports["twice"]!(1n)).toBe(12n);
    expect(seen).toEqual([1, 1]);
  });

  test("can be extended by another module on the same memory, reached through the table", () => {
    const first = new ModuleBuilder();
    const twice = first.func("twice", ["i32"], "i32", (_, a) => [add(a, a)]);
    const kind = first.signature(["i32"], "i32");
    const choice = first.func("choice", ["i32", "i32"], "i32", (_, index, a) => [
      callIndirect(kind, index, a),
    ]);
    const imported = first.declared();
    for (const each of imported) first.export(each.name, each);

    const second = new ModuleBuilder(imported);
    const more = second.func("more", ["i32"], "i32", (_, a) => [store8(10, 0, a), add(call(twice, a), 1)]);
    second.export(more.name, more);

    const base = running(first);
    base.environment.table.set(3, instantiateBeside(compile(second.assemble(1)), base)["more"]!);
    expect(base.exports[choice.name]!(3, 20)).toBe(41);
    expect(new Uint8Array(base.memory)[10]).toBe(20);
    expect(() => base.exports[choice.name]!(4, 20)).toThrow();
  });

  test("refuses a branch that leaves its blocks, a function without body, and one with two", () => {
    const m = new ModuleBuilder();
    const stray = () => m.func("stray", [], "void", () => [br({ name: "nowhere" })]);
    expect(stray).toThrow('branch to "nowhere", which does not enclose it');
    const n = new ModuleBuilder();
    const empty = n.declare("empty", [], "void");
    expect(() => n.assemble(1)).toThrow("empty is declared but not defined");
    n.define(empty, () => []);
    expect(() => n.define(empty, () => [])).toThrow("empty is defined twice");
  });
});
