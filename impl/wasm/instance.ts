/** The host's side: compiles a module's bytes and gives it its memory. */

/** A function as the host calls it. */
export type HostFunction = (...values: (number | bigint)[]) => number | bigint | undefined;

/** A running module: its exported functions, and what it works on. */
export interface Running {
  readonly exports: Readonly<Record<string, HostFunction>>;
  readonly memory: ArrayBuffer;
  readonly environment: Environment;
}

/** What modules import from "env". */
interface Environment {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Functions that are called by number. */
  readonly table: { set(index: number, value: HostFunction | null): void };
}

/** Functions that a table has room for. */
export const TABLE_SIZE = 256;

/** The part of the platform's WebAssembly that is used; the type libraries chosen for this project leave it out. */
interface Platform {
  readonly Memory: new (limits: { initial: number; maximum: number }) => Environment["memory"];
  readonly Table: new (limits: { initial: number; element: "anyfunc" }) => Environment["table"];
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Running["exports"] };
}

const platform = (globalThis as unknown as { WebAssembly: Platform }).WebAssembly;

/** A compiled module; it can be started any number of times. */
export type Compiled = object;

/** Throws on an invalid module. */
export function compile(bytes: Uint8Array): Compiled {
  return new platform.Module(bytes);
}

/** Compiles and starts a module; see `instantiate`. */
export function start(bytes: Uint8Array, pages: number): Running {
  return instantiate(compile(bytes), pages);
}

/** Starts a module with a zeroed memory of exactly `pages` pages of 64 KiB, and an empty table. */
export function instantiate(module: Compiled, pages: number): Running {
  const memory = new platform.Memory({ initial: pages, maximum: pages });
  const table = new platform.Table({ initial: TABLE_SIZE, element: "anyfunc" });
  const environment = { memory, table };
  const { exports } = new platform.Instance(module, { env: environment });
  return { exports, memory: memory.buffer, environment };
}

/** Starts another module on the same memory; it may import the first one's exports. */
export function instantiateBeside(module: Compiled, first: Running): Running["exports"] {
  return new platform.Instance(module, { env: { ...first.environment, ...first.exports } }).exports;
}
