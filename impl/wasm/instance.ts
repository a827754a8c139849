/** The host's side: compiles a module's bytes and gives it its memory. */

/** A running module: its exported functions, and the linear memory they work on. */
export interface Running {
  readonly exports: Readonly<Record<string, (...values: (number | bigint)[]) => number | bigint | undefined>>;
  readonly memory: ArrayBuffer;
}

/** The part of the platform's WebAssembly that is used; the type libraries chosen for this project leave it out. */
interface Platform {
  readonly Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
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

/** Starts a module with a zeroed memory of exactly `pages` pages of 64 KiB. */
export function instantiate(module: Compiled, pages: number): Running {
  const memory = new platform.Memory({ initial: pages, maximum: pages });
  const instance = new platform.Instance(module, { env: { memory } });
  return { exports: instance.exports, memory: memory.buffer };
}
