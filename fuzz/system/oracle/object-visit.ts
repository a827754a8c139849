/**
 * What comes of a client's call into an object, foretold: from the file, the states as they were last seen, and what the
 * page says of calls (5.5). It goes from object to object as imports lead, until control is back with the client. What it
 * does not know it does not foretell.
 */
import type { Capability, Trap } from "../../../model/contract.ts";
import { isSealed, NULL, nullAt } from "../../oracle/exact/capability.ts";
import { code, refusal } from "../../oracle/exact/trap.ts";
import type { Range } from "./declared.ts";
import type { DeclaredBinding, DeclaredObject } from "./declared-object.ts";
import { type Invoked, ObjectHart } from "./object-hart.ts";
import {
  codeOf,
  dataAt,
  halfIn,
  isHidden,
  Piece,
  STACK,
  sharedPieces,
  stackUpTo,
  stateEntry,
  TABLE,
  tableEntry,
  Unforeseen,
  wayBack,
} from "./object-memory.ts";
import { SLOT } from "./object-shape.ts";

/** How control comes back to the client. */
export type Ending =
  | { readonly kind: "returned"; readonly value: bigint }
  | { readonly kind: "trapped"; readonly trap: Trap }
  | { readonly kind: "out of steps" }
  /** Called back, with a0 to a5. */
  | { readonly kind: "entered"; readonly values: readonly bigint[] };

export interface Visitor {
  /** What the client has bound, with its states. */
  readonly states: ReadonlyMap<DeclaredBinding, Piece>;
  /** Those of which the object has the table. */
  readonly isInTable: (binding: DeclaredBinding) => boolean;
  readonly object: DeclaredObject;
  readonly export: number;
  readonly args: readonly bigint[];
  /** What it lends; null: nothing. */
  readonly buffer: Piece | null;
  /** DDC of the object: of the range that its client has, or null. */
  readonly ddc: Range | null;
  /** Whether its thread can go into one more domain. */
  readonly mayCallBack: boolean;
}

const STEPS_MAX = 4096;
const FRAMES_MAX = 8;
const STACK_SIZE = 1024;
const NUMBERS = 64;
const ELOOP = -40n;
const [RA, SP, A0, A4, TABLE_REGISTER, BUFFER] = [1, 2, 10, 14, 26, 27] as const;
/** What an object that has called finds again. */
const KEPT: readonly number[] = [RA, SP, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];

interface Frame {
  readonly stackTop: bigint;
  kept: ReadonlyMap<number, Capability>;
}

/** @throws Unforeseen */
export function foretellVisit(visitor: Visitor): Ending {
  return new Visit(visitor).run();
}

class Visit {
  readonly #visitor: Visitor;
  readonly #hart: ObjectHart;
  readonly #frames: Frame[] = [];

  constructor(visitor: Visitor) {
    const { states, buffer, ddc } = visitor;
    const stack = new Piece(STACK, new Uint8Array(STACK_SIZE));
    const shared = [...states.keys()].flatMap(({ object }) => sharedPieces(object));
    const rest = buffer === null ? [] : [buffer];
    this.#visitor = visitor;
    const memory = [...shared, ...states.values(), tableOf(visitor), stack, ...rest];
    this.#hart = new ObjectHart(memory, ddc === null ? NULL : dataAt(BigInt(ddc.base), BigInt(ddc.size)));
  }

  run(): Ending {
    const { object, args, buffer } = this.#visitor;
    const length = BigInt(buffer?.bytes.length ?? 0);
    const lent = buffer === null ? NULL : dataAt(buffer.base, length);
    this.#enter(object, this.#visitor.export, args.map(nullAt), STACK + BigInt(STACK_SIZE));
    this.#hart.writeInteger(A4, length);
    this.#hart.write(BUFFER, lent);
    for (let steps = 0; ; ) {
      const isBack = this.#hart.pc === wayBack.address;
      if (!isBack && steps++ === STEPS_MAX) return { kind: "out of steps" };
      const ending = isBack ? this.#leave() : this.#step();
      if (ending !== null) return ending;
    }
  }

  #step(): Ending | null {
    const done = this.#hart.step();
    if (done === null) return null;
    return "cause" in done ? { kind: "trapped", trap: done } : this.#invoke(done);
  }

  /** With nothing of the caller's but the arguments. */
  #enter(object: DeclaredObject, entry: number, args: readonly Capability[], stackTop: bigint): void {
    const hart = this.#hart;
    hart.registers.fill(NULL);
    hart.write(RA, wayBack);
    hart.write(SP, stackUpTo(stackTop));
    for (const [at, value] of args.entries()) hart.write(A0 + at, value);
    hart.write(TABLE_REGISTER, tableEntry);
    hart.pcc = codeOf(object, object.file.exports[entry]!);
    hart.pc = hart.pcc.address;
    this.#frames.push({ stackTop, kept: new Map() });
  }

  #leave(): Ending | null {
    const value = this.#hart.integer(A0);
    this.#frames.pop();
    return this.#frames.length === 0 ? { kind: "returned", value } : this.#goBack(value);
  }

  /** The innermost object goes on where its own c1 says. */
  #goBack(value: bigint): Ending | null {
    const hart = this.#hart;
    hart.registers.fill(NULL);
    for (const [index, cap] of this.#frames.at(-1)!.kept) hart.write(index, cap);
    hart.writeInteger(A0, value);
    const trap = hart.jump(RA, 0, 0n);
    return trap === null ? null : { kind: "trapped", trap };
  }

  #invoke(invoked: Invoked): Ending | null {
    const hart = this.#hart;
    const trap = refusedPair(hart, invoked);
    if (trap !== null) return { kind: "trapped", trap };
    const [first, second] = [invoked.code, invoked.data].map((index) => halfIn(hart.registers[index]!));
    const isPair = first?.isCode === true && second?.isCode === false && first.target === second.target;
    if (!isPair) throw new Unforeseen("halves of different pairs");
    const frame = this.#frames.at(-1)!;
    frame.kept = new Map(KEPT.map((index) => [index, hart.registers[index]!]));
    const { target } = first;
    if (target.to === "client") return this.#callBack();
    if (this.#frames.length >= FRAMES_MAX) return this.#goBack(ELOOP);
    const sp = hart.registers[SP]!;
    if (!sp.tag || isSealed(sp)) return { kind: "trapped", trap: refusal(SP, sp.tag ? code.seal : code.tag) };
    const isOnStack = sp.address >= STACK && sp.address <= frame.stackTop;
    if (!isOnStack && !isHidden(sp.address) && sp.base !== STACK) throw new Unforeseen("another stack");
    const top = isOnStack ? sp.address & ~0xfn : STACK;
    const args = [0, 1, 2, 3].map((at) => hart.registers[A0 + at]!);
    this.#enter(target.binding.object, target.entry, args, top);
    return null;
  }

  #callBack(): Ending | null {
    if (!this.#visitor.mayCallBack) return this.#goBack(ELOOP);
    return { kind: "entered", values: [0, 1, 2, 3, 4, 5].map((at) => this.#hart.integer(A0 + at)) };
  }
}

/** The trap of an invocation of something that is no pair at all. */
function refusedPair(hart: ObjectHart, { code: first, data: second }: Invoked): Trap | null {
  const [one, other] = [hart.registers[first]!, hart.registers[second]!];
  if (!one.tag) return refusal(first, code.tag);
  if (!other.tag) return refusal(second, code.tag);
  if (!isSealed(one)) return refusal(first, code.seal);
  return isSealed(other) ? null : refusal(second, code.seal);
}

/** The states of the client, by the numbers of their objects. */
function tableOf({ states, isInTable }: Visitor): Piece {
  const table = new Piece(TABLE, new Uint8Array(NUMBERS * SLOT));
  for (const [binding, { base, bytes }] of states)
    if (bytes.length > 0 && isInTable(binding))
      table.put(SLOT * binding.object.number, stateEntry(base, BigInt(bytes.length)));
  return table;
}
