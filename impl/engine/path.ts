/**
 * The code of a translated path: instructions in the order in which they once ran, one turn of a loop or straight on,
 * as one WebAssembly function made by the same emitters as the run loop, with constants for operands.
 *
 * The function goes on for as long as every jump goes where it went then and the steps last. Whatever else happens
 * ends it at an exact pc, and the run loop goes on from there.
 */
import { add, and, eq, isZero, ltU, ne, or, sub } from "../wasm/arithmetic.ts";
import {
  type Code,
  type FunctionRef,
  i32,
  i64,
  type Label,
  type Local,
  type Statement,
  sequence,
} from "../wasm/code.ts";
import { block, br, loop, ret, set, when } from "../wasm/control.ts";
import { load32, load64, store32, store64 } from "../wasm/memory.ts";
import { type Locals, ModuleBuilder } from "../wasm/module.ts";
import type { Site } from "./emission.ts";
import { exit, type Layout, PATH_HEATS_AT, SINK_AT, state, translation } from "./layout.ts";
import { type Known, knownOf, linkOf, windowName } from "./path-registers.ts";
import type { Path } from "./path-step.ts";
import { tagOf } from "./slot-code.ts";

interface Emission {
  readonly path: Path;
  readonly locals: Locals;
  /** Steps left before the turn under way. */
  readonly left: Local<"i32">;
  readonly known: Known;
}

/**
 * A module that exports "path" (steps left): runs, and returns how many steps are left. It leaves the pc in state.pc;
 * in state.exit, which is exit.none before, exit.trap if the last step trapped, and exit.hot if what is behind its end
 * is worth a translation. It does nothing at all if it takes more steps than are left, if decoded code is stale, or if
 * PCC does not allow all of the path in its first encoding mode.
 *
 * `functions` are those that emitters call, by their index in the engine's module.
 */
export function pathModule(path: Path, functions: readonly FunctionRef[], layout: Layout): Uint8Array {
  const module = new ModuleBuilder(functions);
  const run = module.func("path", ["i32"], "i32", (locals, left) => {
    const known = knownOf(path, locals);
    const emission = { path, locals, left, known };
    const code = path.steps.map((_, index) => locals.scope(() => oneStep(emission, index)));
    return [
      when(or(load32(state.stale), isZero(isAllowed(path, path.steps[0]!.mode))), [ret(left)]),
      ...[...known.windows.values()]
        .flatMap((ofSlot) => [...ofSlot.values()])
        .map((window) => store64(window + 8, 0, 0n)),
      ...known.foreseen.flatMap((each) => each?.looks ?? []),
      loop((again) => [
        when(ltU(left, path.steps.length), [...leaveTo(i64(path.steps[0]!.pc), left)]),
        ...code,
        set(left, sub(left, path.steps.length)),
        path.isLoop ? br(again) : sequence(...warm(path), ...leaveTo(i64(path.end), left)),
      ]),
      left,
    ];
  });
  module.export("path", run);
  return module.assemble(layout.pages);
}

/** 1 if the fetch window holds every instruction of the path, and the encoding mode is this one. */
function isAllowed({ steps }: Path, mode: number): Code<"i32"> {
  const pcs = steps.map(({ pc }) => pc).sort((a, b) => (a < b ? -1 : 1));
  const inside = (pc: bigint) => ltU(sub(i64(pc), load64(state.fetchBase)), load64(state.fetchCount));
  return and(and(inside(pcs[0]!), inside(pcs.at(-1)!)), eq(load32(state.mode), mode));
}

function count(what: "trapped" | "overwritten" | "strayed"): Statement {
  return store32(translation[what], 0, add(load32(translation[what]), 1));
}

/** The path ends, but not with a trap: where that happens often, what comes then is worth a translation. */
function warm({ number }: Path): Statement[] {
  const at = PATH_HEATS_AT + 4 * number;
  return [
    store32(at, 0, add(load32(at), 1)),
    when(eq(load32(at), load32(translation.hot)), [store32(at, 0, 0), store32(0, state.exit, exit.hot)]),
  ];
}

function leaveTo(pc: Code<"i64">, left: Code<"i32">): Statement[] {
  return [store64(0, state.pc, pc), ret(left)];
}

/** The instruction's code; it falls off its end where the path goes on. */
function oneStep({ path, locals, left, known }: Emission, index: number): Statement {
  const { steps } = path;
  const step = steps[index]!;
  const isLast = index === steps.length - 1 && !path.isLoop;
  const next = steps[index + 1]?.pc ?? path.end;
  const { mode } = steps[index + 1] ?? steps[0]!;
  const after = sub(left, index + 1);
  const stray = (to: Code<"i64">) => [count("strayed"), ...warm(path), ...leaveTo(to, after)];
  const behind = step.pc + BigInt(step.length);
  const told = { writesRam: false };
  const { windows } = known;
  const siteIn = (goesOn: Label): Site => ({
    locals,
    operand: (name) => i32(step[name]),
    discardsRd: step.rd === SINK_AT,
    isInPlace: step.rd === step.rs1,
    imm: i64(BigInt(step.imm)),
    pc: i64(step.pc),
    nextPc: i64(behind),
    word: i32(step.word),
    // What the last step leads to need not be in the window that the path has looked at.
    likelyTarget: isLast ? null : i64(next),
    stepsLeft: after,
    record: null,
    retire: () => (next === behind ? br(goesOn) : sequence(...stray(i64(behind)))),
    jump: (target, change) => {
      // What is known of PCC would not hold behind a jump that replaces it.
      if (change === "whole" && !isLast) return sequence(...stray(target));
      const to = locals.i64();
      const moves = ne(to, next);
      const strays = change === "mode" && !isLast ? or(moves, isZero(isAllowed(path, mode))) : moves;
      return sequence(set(to, target), when(strays, stray(to)), br(goesOn));
    },
    trap: () =>
      sequence(count("trapped"), store32(0, state.exit, exit.trap), ...leaveTo(i64(step.pc), after)),
    writesRam: () => {
      told.writesRam = true;
    },
    writesOthers: () => undefined,
    link: (kind) => linkOf(step, known.links[index] ?? null, kind),
    foreseen: (looks, condition) => {
      const foreseen = known.foreseen[index];
      if (!foreseen) return null;
      foreseen.looks.push(looks, set(foreseen.holds, condition));
      return foreseen.holds;
    },
    window: (permission, size) => windows.get(step.rs1)?.get(windowName(permission, size)) ?? null,
  });
  const body = block((goesOn) => {
    const site = siteIn(goesOn);
    return [...step.arm(site), site.retire()];
  });
  const overwritten = when(load32(state.stale), [count("overwritten"), ...leaveTo(i64(next), after)]);
  // A capability that lost its tag on its way allows nothing any more.
  const remembered = [...(windows.get(step.rd)?.values() ?? [])];
  const forgotten =
    remembered.length === 0
      ? []
      : [
          when(
            isZero(tagOf(i32(step.rd))),
            remembered.map((window) => store64(window + 8, 0, 0n)),
          ),
        ];
  return sequence(body, ...forgotten, ...(told.writesRam ? [overwritten] : []));
}
