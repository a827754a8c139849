/** A WebAssembly module under construction: functions, one imported or own memory, exports. */
import { flatten, sized } from "./byte-sink.ts";
import {
  type Code,
  code,
  type FunctionRef,
  type Local,
  type Piece,
  type ResultType,
  type Statement,
  typeByte,
  unsignedLeb,
  type ValueType,
} from "./code.ts";

/** A body: statements, and last the result if there is one. */
export type Body<Result extends ResultType> = Result extends ValueType
  ? readonly [...Statement[], Code<Result>]
  : readonly Statement[];

type Parameters<Params extends readonly ValueType[]> = { [I in keyof Params]: Local<Params[I]> };

/** Hands out the locals of one function; those of a finished scope are used again. */
export class Locals {
  private readonly types: ValueType[];
  private readonly parameters: number;
  private free: Record<ValueType, number[]> = { i32: [], i64: [] };
  private taken: Local[] = [];

  constructor(params: readonly ValueType[]) {
    this.types = [...params];
    this.parameters = params.length;
  }

  /** A 32-bit local. It holds anything until it is set. */
  i32(): Local<"i32"> {
    return this.take("i32");
  }

  /** A 64-bit local. It holds anything until it is set. */
  i64(): Local<"i64"> {
    return this.take("i64");
  }

  /** Runs `build`; the locals it took are free for others afterwards. */
  scope<T>(build: () => T): T {
    const outer = this.taken;
    this.taken = [];
    const built = build();
    for (const local of this.taken.reverse()) this.free[local.type].push(local.local);
    this.taken = outer;
    return built;
  }

  /** Types of the locals that are not parameters. */
  declared(): readonly ValueType[] {
    return this.types.slice(this.parameters);
  }

  private take<T extends ValueType>(type: T): Local<T> {
    const index = this.free[type].pop() ?? this.types.push(type) - 1;
    const local = readLocal(type, index);
    this.taken.push(local);
    return local;
  }
}

interface Definition {
  readonly locals: readonly ValueType[];
  readonly pieces: readonly Piece[];
}

/** Collects functions and assembles them. Every declared function must be defined before `assemble`. */
export class ModuleBuilder {
  private readonly functions: FunctionRef[] = [];
  private readonly definitions = new Map<FunctionRef, Definition>();
  private readonly exported = new Map<string, FunctionRef>();

  /** Announces a function, so that others can call it before it is defined. */
  declare<const Params extends readonly ValueType[], Result extends ResultType>(
    name: string,
    params: Params,
    result: Result,
  ): FunctionRef<Params, Result> {
    const reference = { name, index: this.functions.length, params, result };
    this.functions.push(reference);
    return reference;
  }

  /** Gives a declared function its body. */
  define<const Params extends readonly ValueType[], Result extends ResultType>(
    target: FunctionRef<Params, Result>,
    build: (locals: Locals, ...params: Parameters<Params>) => Body<Result>,
  ): void {
    if (this.definitions.has(target)) throw new Error(`${target.name} is defined twice`);
    const locals = new Locals(target.params);
    const params = target.params.map((type, index) => readLocal(type, index)) as Parameters<Params>;
    const body = build(locals, ...params) as readonly Code[];
    this.definitions.set(target, {
      locals: locals.declared(),
      pieces: body.map((part) => part.pieces),
    });
  }

  /** Declares and defines at once. */
  func<const Params extends readonly ValueType[], Result extends ResultType>(
    name: string,
    params: Params,
    result: Result,
    build: (locals: Locals, ...params: Parameters<Params>) => Body<Result>,
  ): FunctionRef<Params, Result> {
    const reference = this.declare(name, params, result);
    this.define(reference, build);
    return reference;
  }

  export(name: string, target: FunctionRef): void {
    this.exported.set(name, target);
  }

  /** The module's bytes. Its memory is imported as "env" "memory" and has at least `pages` pages of 64 KiB. */
  assemble(pages: number): Uint8Array<ArrayBuffer> {
    const types = this.signatures();
    const exports = [...this.exported].map(([name, each]) => [text(name), 0x00, unsignedLeb(each.index)]);
    const names = this.functions.map((each) => [unsignedLeb(each.index), text(each.name)]);
    return flatten([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, vector(types.encoded)),
      section(2, [1, text("env"), text("memory"), 0x02, 0x00, unsignedLeb(pages)]),
      section(3, vector(this.functions.map((each) => unsignedLeb(types.indexOf(each))))),
      section(7, vector(exports)),
      section(10, vector(this.functions.map((each) => this.functionBody(each)))),
      section(0, [text("name"), 1, sized(vector(names))]),
    ]);
  }

  private signatures(): { encoded: Piece[]; indexOf: (each: FunctionRef) => number } {
    const indices = new Map<string, number>();
    const encoded: Piece[] = [];
    const key = (each: FunctionRef) => `${each.params.join()}:${each.result}`;
    for (const each of this.functions) {
      if (indices.has(key(each))) continue;
      indices.set(key(each), encoded.length);
      const results = each.result === "void" ? [] : [typeByte[each.result]];
      encoded.push([0x60, vector(each.params.map((type) => typeByte[type])), vector(results)]);
    }
    return { encoded, indexOf: (each) => indices.get(key(each))! };
  }

  private functionBody(each: FunctionRef): Piece {
    const definition = this.definitions.get(each);
    if (!definition) throw new Error(`${each.name} is declared but not defined`);
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of definition.locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count += 1;
      else runs.push({ type, count: 1 });
    }
    const locals = vector(runs.map(({ type, count }) => [unsignedLeb(count), typeByte[type]]));
    return sized([locals, definition.pieces, 0x0b]);
  }
}

function readLocal<T extends ValueType>(type: T, index: number): Local<T> {
  return { ...code(type, 0x20, unsignedLeb(index)), local: index };
}

function section(id: number, contents: Piece): Piece {
  return [id, sized(contents)];
}

function vector(items: readonly Piece[]): Piece {
  return [unsignedLeb(items.length), items];
}

function text(value: string): Piece {
  const bytes = [...new TextEncoder().encode(value)];
  return [unsignedLeb(bytes.length), bytes];
}
