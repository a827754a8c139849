import { once } from "node:events";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
  type WorkerOptions,
} from "node:worker_threads";
import { BadInput } from "../bad-input.ts";
import { PeerDied } from "./failure.ts";
import type { Observation } from "./observation.ts";
import type { PeerOptions } from "./peer.ts";

/**
 * A peer that answers before the call returns, like a machine in this process: what comparison and shrinking
 * expect. The conversation runs in a thread of its own while this one sleeps.
 */
export interface BlockingPeer {
  readonly name: string;
  /** The trace version of the first connection. */
  readonly version: 1 | 2;
  /**
   * Runs words from the DII reset state; one observation for each.
   *
   * @throws PeerDied when the peer dies on the way or hangs; the next run connects again.
   * @throws BadInput when the peer does not come back, or talks nonsense.
   */
  run(words: readonly number[]): readonly Observation[];
  close(): Promise<void>;
}

/** What the thread is given. `signal[0]` becomes 1 when an answer lies in `port`. */
export interface PeerWorkerData {
  readonly url: string;
  readonly options: PeerOptions;
  readonly port: MessagePort;
  readonly signal: Int32Array<SharedArrayBuffer>;
}

export type PeerAnswer =
  | { readonly kind: "ready"; readonly version: 1 | 2 }
  | { readonly kind: "answered"; readonly seen: readonly Observation[] }
  | { readonly kind: "died"; readonly reason: string; readonly seen: readonly Observation[] }
  | { readonly kind: "unusable"; readonly message: string }
  | { readonly kind: "defect"; readonly message: string };

/**
 * Connects to `rvfi://HOST:PORT`.
 *
 * @throws BadInput when there is nobody, or nobody who speaks RVFI-DII.
 */
export async function openBlockingPeer(url: string, options: PeerOptions): Promise<BlockingPeer> {
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const workerData: PeerWorkerData = { url, options, port: port2, signal };
  const worker = startThread({ workerData, transferList: [port2] });
  worker.unref();

  const close = async () => {
    port1.close();
    await worker.terminate();
  };
  // A thread cannot start while this one sleeps, so the first answer is awaited.
  const [ready] = (await once(worker, "message")) as [PeerAnswer];
  if (ready.kind !== "ready") {
    await close();
    throw ready.kind === "unusable" ? new BadInput(ready.message) : new Error(`peer thread: ${ready.kind}`);
  }
  return { name: url, version: ready.version, run, close };

  function run(words: readonly number[]): readonly Observation[] {
    port1.postMessage(words);
    const answer = wait();
    switch (answer.kind) {
      case "answered":
        return answer.seen;
      case "died":
        throw new PeerDied(url, answer.reason, answer.seen, words);
      case "unusable":
        throw new BadInput(answer.message);
      default:
        throw new Error(`peer thread: ${answer.kind === "defect" ? answer.message : answer.kind}`);
    }
  }

  function wait(): PeerAnswer {
    Atomics.wait(signal, 0, 0);
    Atomics.store(signal, 0, 0);
    return receiveMessageOnPort(port1)!.message as PeerAnswer;
  }
}

/** Compiled, the thread's module is JavaScript; from source, its thread needs the TypeScript loader first. */
function startThread(options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith(".ts"))
    return new Worker(new URL("./peer-worker.js", import.meta.url), options);
  const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const entry = JSON.stringify(new URL("./peer-worker.ts", import.meta.url).href);
  const boot = `import(${loader}).then(({ register }) => (register(), import(${entry})))`;
  return new Worker(boot, { ...options, eval: true, execArgv: [] });
}
