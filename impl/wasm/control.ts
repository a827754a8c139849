/** Locals, blocks, branches and calls. */
import {
  type Code,
  code,
  type FunctionRef,
  type Label,
  type Local,
  type Operand,
  operand,
  type Piece,
  type ResultType,
  type Signature,
  type Statement,
  typeByte,
  unsignedLeb,
  type ValueType,
} from "./code.ts";

/** local := value. */
export function set<T extends ValueType>(local: Local<T>, value: Operand<T>): Statement {
  return code("void", operand(value).pieces, 0x21, unsignedLeb(local.local));
}

/** local := value, and the value. */
export function tee<T extends ValueType>(local: Local<T>, value: Operand<T>): Code<T> {
  return code(local.type, operand(value).pieces, 0x22, unsignedLeb(local.local));
}

/** Statements that a branch to the label leaves at their end. */
export function block(body: (exit: Label) => readonly Statement[]): Statement {
  return labelled(0x02, "exit", body);
}

/** Statements that a branch to the label starts again; falling off the end leaves the loop. */
export function loop(body: (again: Label) => readonly Statement[]): Statement {
  return labelled(0x03, "again", body);
}

/** Runs `then` if the condition is not zero, else `otherwise`. */
export function when(
  condition: Code<"i32">,
  then: readonly Statement[],
  otherwise: readonly Statement[] = [],
): Statement {
  return code("void", condition.pieces, conditional("void", then, otherwise));
}

/** One of two values; only the chosen one is computed. */
export function choose<T extends ValueType>(
  condition: Code<"i32">,
  then: Code<T>,
  otherwise: Operand<T>,
): Code<T> {
  return code(then.type, condition.pieces, conditional(then.type, [then], [operand(otherwise)]));
}

/** One of two values; both are computed, without a branch. */
export function select<T extends ValueType>(
  condition: Code<"i32">,
  then: Code<T>,
  otherwise: Operand<T>,
): Code<T> {
  return code(then.type, then.pieces, operand(otherwise).pieces, condition.pieces, 0x1b);
}

export function br(label: Label): Statement {
  return code("void", 0x0c, { target: label });
}

export function brIf(label: Label, condition: Code<"i32">): Statement {
  return code("void", condition.pieces, 0x0d, { target: label });
}

/** Branches to `labels[index]`, or to `otherwise` beyond their end. */
export function brTable(index: Code<"i32">, labels: readonly Label[], otherwise: Label): Statement {
  const targets = labels.map((label): Piece => ({ target: label }));
  return code("void", index.pieces, 0x0e, unsignedLeb(labels.length), targets, { target: otherwise });
}

/** Returns from the function, with its result if it has one. */
export function ret(value?: Code<ValueType>): Statement {
  return code("void", value?.pieces ?? [], 0x0f);
}

/** Code that is never reached; stops the host if it is. */
export function unreachable<T extends ResultType = "void">(type?: T): Code<T> {
  return code(type ?? ("void" as T), 0x00);
}

type Arguments<Params extends readonly ValueType[]> = { [I in keyof Params]: Operand<Params[I]> };

/** Calls a function of the module. */
export function call<const Params extends readonly ValueType[], Result extends ResultType>(
  target: FunctionRef<Params, Result>,
  ...values: Arguments<Params>
): Code<Result> {
  const given = values as readonly Operand<ValueType>[];
  return code(
    target.result,
    given.map((value) => operand(value).pieces),
    0x10,
    unsignedLeb(target.index),
  );
}

/** Calls the function at `index` of the table. Stops the host if there is none of that kind. */
export function callIndirect<const Params extends readonly ValueType[], Result extends ResultType>(
  signature: Signature<Params, Result>,
  index: Code<"i32">,
  ...values: Arguments<Params>
): Code<Result> {
  const given = values as readonly Operand<ValueType>[];
  return code(
    signature.result,
    given.map((value) => operand(value).pieces),
    index.pieces,
    0x11,
    unsignedLeb(signature.type),
    0x00,
  );
}

function labelled(opcode: number, name: string, body: (label: Label) => readonly Statement[]): Statement {
  const label: Label = { name };
  const pieces = body(label).map((statement) => statement.pieces);
  return code("void", { block: opcode, type: typeByte.void, label, body: pieces });
}

function conditional(type: ResultType, then: readonly Code[], otherwise: readonly Code[]): Piece {
  const body: Piece[] = then.map((part) => part.pieces);
  if (otherwise.length > 0) body.push(0x05, ...otherwise.map((part) => part.pieces));
  return { block: 0x04, type: typeByte[type], label: { name: "if" }, body };
}
