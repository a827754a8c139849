/** A WebAssembly module under construction: functions of its own and imported ones, an imported memory, exports. */
import { flatten, sized } from "./byte-sink.ts";
import {
  type Code,
  code,
  type FunctionRef,
  type Local,
  type Piece,
  type ResultType,
  type Signature,
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
  readonly body: Uint8Array;
}

/** Collects functions and assembles them. Every declared function must be defined before `assemble`. */
export class ModuleBuilder {
  private readonly functions: FunctionRef[] = [];
  private readonly types = new Map<string, { readonly index: number; readonly encoded: Piece }>();
  private readonly imported: readonly FunctionRef[];
  private readonly definitions = new Map<FunctionRef, Definition>();
  private hasTable = false;
  private readonly exported = new Map<string, FunctionRef>();

  /**
   * A module that imports functions from "env", by their names: the first functions of another module, in their
   * order, so that code which calls them means the same here as there.
   */
  constructor(imported: readonly FunctionRef[] = []) {
    this.imported = imported;
    for (const each of imported) this.declare(each.name, each.params, each.result);
  }

  /** The functions declared so far. */
  declared(): readonly FunctionRef[] {
    return [...this.functions];
  }

  /** A kind of function for calls through the table "env" "table". */
  signature<const Params extends readonly ValueType[], Result extends ResultType>(
    params: Params,
    result: Result,
  ): Signature<Params, Result> {
    this.hasTable = true;
    return { type: this.typeIndex(params, result), params, result };
  }

  /** Announces a function, so that others can call it before it is defined. */
  declare<const Params extends readonly ValueType[], Result extends ResultType>(
    name: string,
    params: Params,
    result: Result,
  ): FunctionRef<Params, Result> {
    const reference = { name, index: this.functions.length, params, result };
    this.typeIndex(params, result);
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
      // A tree is let go as soon as it is bytes: there would be millions of pieces at once.
      body: flatten(body.map((part) => part.pieces)),
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
    const own = this.functions.slice(this.imported.length);
    const typeOf = (each: FunctionRef) => unsignedLeb(this.typeIndex(each.params, each.result));
    const imports: Piece[] = [[text("env"), text("memory"), 0x02, 0x00, unsignedLeb(pages)]];
    if (this.hasTable) imports.push([text("env"), text("table"), 0x01, 0x70, 0x00, 0x00]);
    for (const each of this.imported) imports.push([text("env"), text(each.name), 0x00, typeOf(each)]);
    const exports = [...this.exported].map(([name, each]) => [text(name), 0x00, unsignedLeb(each.index)]);
    const names = this.functions.map((each) => [unsignedLeb(each.index), text(each.name)]);
    return flatten([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, vector([...this.types.values()].map(({ encoded }) => encoded))),
      section(2, vector(imports)),
      section(3, vector(own.map(typeOf))),
      section(7, vector(exports)),
      section(10, vector(own.map((each) => this.functionBody(each)))),
      section(0, [text("name"), 1, sized(vector(names))]),
    ]);
  }

  private typeIndex(params: readonly ValueType[], result: ResultType): number {
    const key = `${params.join()}:${result}`;
    const known = this.types.get(key);
    if (known) return known.index;
    const results = result === "void" ? [] : [typeByte[result]];
    const encoded = [0x60, vector(params.map((type) => typeByte[type])), vector(results)];
    const index = this.types.size;
    this.types.set(key, { index, encoded });
    return index;
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
    return sized([locals, definition.body, 0x0b]);
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
