import type { Socket } from "node:net";

/** Why no more bytes come. */
export type StreamEnd =
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "silent" }
  | { readonly kind: "flooded" };

/** The bytes that a socket has brought and nobody has taken: `bytes` from `start` to `end`. Bounded. */
export class ByteStream {
  bytes: Buffer = Buffer.alloc(64 * 1024);
  start = 0;
  end = 0;

  readonly #bytesMax: number;
  #over: StreamEnd | null = null;
  #wake: (() => void) | null = null;

  /** Takes the socket over: it listens until the socket is destroyed. */
  constructor(socket: Socket, bytesMax: number) {
    this.#bytesMax = bytesMax;
    socket.on("data", (chunk: Buffer) => this.#take(chunk, socket));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      this.#finish({ kind: "failed", code: error.code ?? error.message }),
    );
    socket.on("close", () => this.#finish({ kind: "closed" }));
  }

  get length(): number {
    return this.end - this.start;
  }

  drop(count: number): void {
    this.start += count;
    if (this.start === this.end) this.start = this.end = 0;
  }

  /** Waits until there are more bytes than now. Null, or why there will be none. */
  async more(timeoutMs: number): Promise<StreamEnd | null> {
    if (this.#over !== null) return this.#over;
    const before = this.length;
    let timer: NodeJS.Timeout | undefined;
    const silent = await new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), timeoutMs);
      this.#wake = () => resolve(false);
    });
    clearTimeout(timer);
    this.#wake = null;
    if (this.length > before) return null;
    return silent ? { kind: "silent" } : this.#over;
  }

  #take(chunk: Buffer, socket: Socket): void {
    if (this.length + chunk.length > this.#bytesMax) {
      this.#finish({ kind: "flooded" });
      socket.destroy();
      return;
    }
    if (this.end + chunk.length > this.bytes.length) this.#makeRoom(chunk.length);
    chunk.copy(this.bytes, this.end);
    this.end += chunk.length;
    this.#wake?.();
  }

  #makeRoom(count: number): void {
    const { length } = this;
    let size = this.bytes.length;
    while (size < length + count) size *= 2;
    const roomy = size === this.bytes.length ? this.bytes : Buffer.alloc(size);
    this.bytes.copy(roomy, 0, this.start, this.end);
    this.bytes = roomy;
    this.start = 0;
    this.end = length;
  }

  #finish(end: StreamEnd): void {
    this.#over ??= end;
    this.#wake?.();
  }
}
