/**
 * The run loop: one big table branch over decoded operations, emitted once for each variant from the same emitters.
 *
 * A variant fetches from memory or takes injected words, and traces or does not. One of them also uses and asks for
 * translated paths (translator.ts). All of them count steps down to zero, so nothing a guest does keeps the host
 * waiting.
 */
import { add, and, eq, extendU, geU, isZero, leU, or, shl, sub, wrap } from "../wasm/arithmetic.ts";
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
import {
  block,
  br,
  brIf,
  brTable,
  call,
  callIndirect,
  choose,
  loop,
  select,
  set,
  unreachable,
  when,
} from "../wasm/control.ts";
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
import { cause } from "./cause.ts";
import type { DecodeFunction } from "./decoder.ts";
import type { Arm, Site } from "./emission.ts";
import {
  exit,
  INJECTED_AT,
  type Layout,
  operationField,
  RAM_BASE,
  RECORDS_AT,
  state,
  TRANSLATED,
  translation,
  WORDS_AT,
} from "./layout.ts";
import { RECORD_BYTES, slot } from "./record.ts";
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
interface Registers {
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
interface Exits {
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

interface Emission {
  readonly build: Build;
  readonly variant: Variant;
  readonly locals: Locals;
  readonly registers: Registers;
  readonly parts: LoopParts;
}

export type RunLoop = FunctionRef<readonly ["i32"], "i32">;

/**
 * (steps): runs them; at least 1, at most 2^31-1, and at most STEPS_PER_CALL when tracing or injecting. Returns how
 * many are left: more than 0 only when translating, and state.exit says why.
 */
export function defineRunLoop(build: Build, name: string, variant: Variant, parts: LoopParts): RunLoop {
  return build.module.func(name, ["i32"], "i32", (locals, left) => {
    const [pc, decoded, cursor, record] = [locals.i64(), locals.i32(), locals.i32(), locals.i32()];
    const registers = { pc, left, decoded, cursor, record };
    const emission = { build, variant, locals, registers, parts };
    const counters = (change: Code<"i64">) =>
      [state.cycleBase, state.instretBase].map((at) => store64(0, at, add(load64(at), change)));
    return [
      set(pc, load64(state.pc)),
      set(cursor, i32(WORDS_AT - 4)),
      set(record, i32(RECORDS_AT - RECORD_BYTES)),
      ...counters(extendU(sub(left, 1))),
      block((finished) => [
        loop((next) => [
          brIf(finished, isZero(left)),
          set(left, sub(left, 1)),
          block((trapped) => [
            block((jumped) => oneStep(emission, { jumped, trapped, next, finished })),
            ...endRecord(emission),
            br(next),
          ]),
          ...takeTrap(emission),
          br(next),
        ]),
      ]),
      // The counters become again what the next step reads.
      ...counters(sub(i64(1n), extendU(left))),
      store64(0, state.pc, pc),
      left,
    ];
  });
}

/** Fetches and executes; falls off its end after a sequential instruction. */
function oneStep(emission: Emission, exits: Omit<Exits, "sequential">): readonly Statement[] {
  const { registers, variant } = emission;
  return [
    ...(variant.injected ? takeWord(emission, exits.trapped) : fetch(emission, exits.trapped)),
    block((sequential) => dispatch(emission, { ...exits, sequential })),
    set(registers.pc, add(registers.pc, load8uTo64(registers.decoded, operationField.length))),
  ];
}

/** The next injected word: PCC is checked, memory is not looked at. */
function takeWord({ registers, parts, variant }: Emission, trapped: Label): readonly Statement[] {
  const { pc, decoded, cursor, record } = registers;
  const word = load32(cursor);
  const begin = call(parts.tracer.begin, record, extendU(wordOf(word)), pc);
  return [
    set(cursor, add(cursor, 4)),
    ...(variant.traced ? [set(record, add(record, RECORD_BYTES)), begin] : []),
    when(geU(sub(pc, load64(state.fetchBase)), load64(state.fetchCount)), [
      brIf(trapped, isZero(call(parts.windows.fetchInjected, pc, word))),
    ]),
    set(decoded, i32(INJECTED_AT)),
    call(parts.decode, decoded, word, load32(state.mode)),
  ];
}

/** The decoded operation at pc. */
function fetch({ registers, parts, variant }: Emission, trapped: Label): readonly Statement[] {
  const { pc, decoded, record } = registers;
  const offset = sub(pc, load64(state.fetchBase));
  const head = 8 * slot.head;
  const begin = call(parts.tracer.begin, record, 0n, pc);
  const isIllegal = eq(load32(state.cause), cause.illegal);
  const noteWord = store64(record, head, or(load64(record, head), extendU(wordAt(parts.layout, pc))));
  return [
    ...(variant.traced ? [set(record, add(record, RECORD_BYTES)), begin] : []),
    set(decoded, add(shl(wrap(offset), 3), load32(state.fetchTable))),
    when(geU(offset, load64(state.fetchCount)), [
      set(decoded, call(parts.windows.fetch, pc)),
      // A compressed instruction without misa.C is fetched and then illegal.
      ...(variant.traced ? [when(and(isZero(decoded), isIllegal), [noteWord])] : []),
      brIf(trapped, isZero(decoded)),
    ]),
    ...(variant.traced ? [noteWord] : []),
  ];
}

/** The table branch, and every operation's code. What is beyond the table is a translated path. */
function dispatch(emission: Emission, exits: Exits): readonly Statement[] {
  const { locals, parts } = emission;
  const bodies = parts.arms.map((arm) =>
    locals.scope(() => {
      const { site, prelude } = loopSite(emission, exits);
      const body = arm(site);
      return [...prelude(), ...body, br(exits.sequential)];
    }),
  );
  const all = [decodeHere(emission, exits), ...bodies, locals.scope(() => takePath(emission, exits))];
  const nest = (count: number, labels: readonly Label[]): Statement =>
    block((label) =>
      count === 0
        ? [brTable(operationNumber(emission), [label, ...labels], labels.at(-1)!)]
        : [nest(count - 1, [label, ...labels]), ...all[count - 1]!],
    );
  return [nest(all.length - 1, []), ...all.at(-1)!];
}

/** Loops that do not translate see the operation that a translated path has replaced. */
function operationNumber({ registers, variant }: Emission): Code<"i32"> {
  const number = load16u(registers.decoded, operationField.op);
  if (variant.translating || variant.injected) return number;
  const replaced = load16u(registers.decoded, operationField.heat);
  return select(eq(number, TRANSLATED), replaced, number);
}

/** A place in the loop. Operands are loaded once, before the instruction's own code, and only if it asks for them. */
function loopSite(emission: Emission, exits: Exits): { site: Site; prelude: () => Statement[] } {
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
    imm: load32sTo64(decoded, operationField.imm),
    pc,
    nextPc: add(pc, load8uTo64(decoded, operationField.length)),
    word: variant.injected ? wordOf(load32(cursor)) : wordAt(parts.layout, pc),
    stepsLeft: left,
    record: variant.traced ? record : null,
    retire: () => br(exits.sequential),
    jump: (target) =>
      variant.translating
        ? countedJump(emission, exits, target)
        : sequence(set(pc, target), br(exits.jumped)),
    trap: () => br(exits.trapped),
    writesRam: () => undefined,
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
function takePath({ build, variant, locals, registers }: Emission, exits: Exits): readonly Statement[] {
  if (!variant.translating) return [unreachable()];
  const { pc, left, decoded } = registers;
  const after = locals.i32();
  const path = build.module.signature(["i32"], "i32");
  return [
    set(after, callIndirect(path, load8u(decoded, operationField.path), add(left, 1))),
    when(eq(after, add(left, 1)), [set(left, after), store32(0, state.exit, exit.plain), br(exits.finished)]),
    store32(translation.begun, 0, add(load32(translation.begun), 1)),
    store64(translation.steps, 0, add(load64(translation.steps), extendU(sub(add(left, 1), after)))),
    set(left, after),
    set(pc, load64(state.pc)),
    // A stop with the last step of a call has left its reason, which means nothing here.
    when(eq(load32(state.exit), exit.trap), [store32(0, state.exit, exit.none), br(exits.trapped)]),
    br(exits.jumped),
  ];
}

/** Decodes the instruction at pc, which passed the checks of a fetch, and begins the step again. */
function decodeHere({ registers, parts, variant }: Emission, exits: Exits): readonly Statement[] {
  if (variant.injected) return [unreachable()];
  const { pc, left, decoded, record } = registers;
  const { layout, decode, markCode } = parts;
  const at = add(wrap(sub(pc, RAM_BASE)), layout.ramAt);
  const word = wordAt(layout, pc);
  return [
    call(markCode, at),
    when(eq(and(word, 3), 3), [call(markCode, add(at, 2))]),
    call(decode, decoded, word, load32(state.mode)),
    set(left, add(left, 1)),
    ...(variant.traced ? [set(record, sub(record, RECORD_BYTES))] : []),
    br(exits.next),
  ];
}

function takeTrap({ registers, parts, variant }: Emission): readonly Statement[] {
  const { pc, record } = registers;
  if (!variant.traced) return [set(pc, call(parts.traps.enterTrap, pc))];
  return [
    store64(0, state.pc, pc),
    set(pc, call(parts.traps.enterTrap, pc)),
    call(parts.tracer.trap, record, load64(state.pc), pc),
    call(parts.tracer.end, record, pc),
  ];
}

function endRecord({ registers, parts, variant }: Emission): readonly Statement[] {
  return variant.traced ? [call(parts.tracer.end, registers.record, registers.pc)] : [];
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
