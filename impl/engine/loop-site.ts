/** What the variants of the run loop have in common, and the places in them where instructions stand. */
import { add, and, eq, extendU, leU, sub, wrap } from "../wasm/arithmetic.ts";
import {
  type Code,
  type FunctionRef,
  type Label,
  type Local,
  type Statement,
  sequence,
} from "../wasm/code.ts";
import { br, callIndirect, choose, set, unreachable, when } from "../wasm/control.ts";
import {
  load8u,
  load8uTo64,
  load16u,
  load32,
  load32sTo64,
  load64,
  store16,
  store32,
  store64,
} from "../wasm/memory.ts";
import type { Locals } from "../wasm/module.ts";
import type { Build } from "./build.ts";
import type { DecodeFunction } from "./decoder.ts";
import type { Arm, Site } from "./emission.ts";
import { exit, type Layout, operationField, RAM_BASE, state, translation } from "./layout.ts";
import type { Tracer } from "./tracer.ts";
import type { TrapFunctions } from "./trap.ts";
import type { WindowFunctions } from "./window.ts";

/** How instructions come, and what else a loop does. */
export interface Variant {
  readonly injected: boolean;
  readonly traced: boolean;
  /** Runs translated paths, and stops where one is wanted. */
  readonly translating: boolean;
}

/** What the loop holds in locals. */
export interface Registers {
  readonly pc: Local<"i64">;
  /** Steps left after the current one. */
  readonly left: Local<"i32">;
  /** Address of the decoded operation. */
  readonly decoded: Local<"i32">;
  /** Address of the injected word; unused when fetching. */
  readonly cursor: Local<"i32">;
  /** Address of the trace record; unused when not tracing. */
  readonly record: Local<"i32">;
}

/** Where an operation can leave to. */
export interface Exits {
  /** On to the instruction behind. */
  readonly sequential: Label;
  /** On to wherever `pc` says. */
  readonly jumped: Label;
  /** The trap in state.cause and state.trapValue is taken. */
  readonly trapped: Label;
  /** Begins a step, without completing this one. */
  readonly next: Label;
  /** Leaves the loop before its steps are used up. */
  readonly finished: Label;
}

export interface LoopParts {
  readonly layout: Layout;
  readonly decode: DecodeFunction;
  readonly markCode: FunctionRef<readonly ["i32"], "void">;
  readonly windows: WindowFunctions;
  readonly traps: TrapFunctions;
  readonly tracer: Tracer;
  /** Operation numbers are positions here, from 1 on; 0 means "not decoded yet". */
  readonly arms: readonly Arm[];
}

export interface Emission {
  readonly build: Build;
  readonly variant: Variant;
  readonly locals: Locals;
  readonly registers: Registers;
  readonly parts: LoopParts;
}

/** A place in the loop. Operands are loaded once, before the instruction's own code, and only if it asks for them. */
export function loopSite(emission: Emission, exits: Exits): { site: Site; prelude: () => Statement[] } {
  const { variant, locals, registers, parts } = emission;
  const { pc, decoded, left, record, cursor } = registers;
  const loaded = new Map<"rd" | "rs1" | "rs2", Local<"i32">>();
  const site: Site = {
    locals,
    operand: (name) => {
      const local = loaded.get(name) ?? locals.i32();
      loaded.set(name, local);
      return local;
    },
    discardsRd: false,
    isInPlace: false,
    imm: load32sTo64(decoded, operationField.imm),
    pc,
    nextPc: add(pc, load8uTo64(decoded, operationField.length)),
    word: variant.injected ? wordOf(load32(cursor)) : wordAt(parts.layout, pc),
    likelyTarget: null,
    stepsLeft: left,
    record: variant.traced ? record : null,
    retire: () => br(exits.sequential),
    jump: (target) =>
      variant.translating
        ? countedJump(emission, exits, target)
        : sequence(set(pc, target), br(exits.jumped)),
    trap: () => br(exits.trapped),
    writesRam: () => undefined,
    writesOthers: () => undefined,
    link: () => null,
    foreseen: () => null,
    window: () => null,
  };
  const prelude = () =>
    [...loaded].map(([name, local]) => set(local, load16u(decoded, operationField[name])));
  return { site, prelude };
}

/** A jump that is counted if it goes back. The loop stops when the jump has become hot: its target may be a loop. */
function countedJump({ locals, registers }: Emission, exits: Exits, target: Code<"i64">): Statement {
  const { pc, decoded } = registers;
  const [to, heat] = [locals.i64(), locals.i32()];
  return sequence(
    set(to, target),
    when(leU(to, pc), [
      set(heat, add(load16u(decoded, operationField.heat), 1)),
      store16(decoded, operationField.heat, heat),
      when(eq(heat, load32(translation.hot)), [
        store32(0, state.exit, exit.hot),
        set(pc, to),
        br(exits.finished),
      ]),
    ]),
    set(pc, to),
    br(exits.jumped),
  );
}

/** Runs the translated path that begins here. One that does nothing leaves these steps to the host. */
export function takePath(
  { build, variant, locals, registers }: Emission,
  exits: Exits,
): readonly Statement[] {
  if (!variant.translating) return [unreachable()];
  const { pc, left, decoded } = registers;
  const after = locals.i32();
  const path = build.module.signature(["i32"], "i32");
  return [
    // A stop with the last step of a call has left its reason, which means nothing here.
    store32(0, state.exit, exit.none),
    set(after, callIndirect(path, load8u(decoded, operationField.path), add(left, 1))),
    when(eq(after, add(left, 1)), [set(left, after), store32(0, state.exit, exit.plain), br(exits.finished)]),
    store32(translation.begun, 0, add(load32(translation.begun), 1)),
    store64(translation.steps, 0, add(load64(translation.steps), extendU(sub(add(left, 1), after)))),
    set(left, after),
    set(pc, load64(state.pc)),
    when(eq(load32(state.exit), exit.trap), [store32(0, state.exit, exit.none), br(exits.trapped)]),
    when(eq(load32(state.exit), exit.hot), [br(exits.finished)]),
    br(exits.jumped),
  ];
}

/** The instruction word at pc in RAM; the second half is only looked at if there is one. */
export function wordAt(layout: Layout, pc: Code<"i64">): Code<"i32"> {
  const at = wrap(sub(pc, RAM_BASE));
  const low = load16u(at, layout.ramAt);
  return choose(eq(and(low, 3), 3), load32(at, layout.ramAt), low);
}

/** An injected word as an instruction: a compressed one has 16 bits. */
export function wordOf(word: Code<"i32">): Code<"i32"> {
  return choose(eq(and(word, 3), 3), word, and(word, 0xffff));
}
