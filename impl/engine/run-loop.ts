/**
 * The run loop: one big table branch over decoded operations, emitted once for each variant from the same emitters.
 *
 * A variant fetches from memory or takes injected words, and traces or does not. One of them also uses and asks for
 * translated paths (translator.ts). All of them count steps down to zero, so nothing a guest does keeps the host
 * waiting.
 */
import { add, and, eq, extendU, geU, isZero, or, shl, sub, wrap } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, i64, type Label, type Statement } from "../wasm/code.ts";
import { block, br, brIf, brTable, call, loop, select, set, unreachable, when } from "../wasm/control.ts";
import { load8uTo64, load16u, load32, load64, store32, store64 } from "../wasm/memory.ts";
import type { Build } from "./build.ts";
import { cause } from "./cause.ts";
import {
  exit,
  INJECTED_AT,
  operationField,
  RAM_BASE,
  RECORDS_AT,
  state,
  TRANSLATED,
  WORDS_AT,
} from "./layout.ts";
import {
  type Emission,
  type Exits,
  type LoopParts,
  loopSite,
  takePath,
  type Variant,
  wordAt,
  wordOf,
} from "./loop-site.ts";
import { RECORD_BYTES, slot } from "./record.ts";

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
          when(load32(state.stopsAtTrap), [store32(0, state.exit, exit.taken), br(finished)]),
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
  // From the outermost block to the innermost, behind whose end the first operation's code is.
  const labels: Label[] = [];
  const nest = (count: number): Statement =>
    block((label) => {
      labels.push(label);
      if (count > 0) return [nest(count - 1), ...all[count - 1]!];
      return [brTable(operationNumber(emission), labels.toReversed(), labels[0]!)];
    });
  return [nest(all.length - 1), ...all.at(-1)!];
}

/** Loops that do not translate see the operation that a translated path has replaced. */
function operationNumber({ registers, variant }: Emission): Code<"i32"> {
  const number = load16u(registers.decoded, operationField.op);
  if (variant.translating || variant.injected) return number;
  const replaced = load16u(registers.decoded, operationField.heat);
  return select(eq(number, TRANSLATED), replaced, number);
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
