/** The thread behind a blocking peer: connects, runs a sequence per request, wakes the thread that waits. */
import { parentPort, workerData } from "node:worker_threads";
import { BadInput } from "../bad-input.ts";
import { injectedProgram } from "../program/index.ts";
import type { PeerAnswer, PeerWorkerData } from "./blocking-peer.ts";
import { PeerDied } from "./failure.ts";
import { createRvfiPeer } from "./peer.ts";

const { url, options, port, signal } = workerData as PeerWorkerData;

const peer = await createRvfiPeer(url, options).catch((error: unknown) => failure(error));
if ("kind" in peer) parentPort!.postMessage(peer);
else {
  parentPort!.postMessage({ kind: "ready", version: peer.version } satisfies PeerAnswer);
  port.on("message", (words: readonly number[]) => {
    peer.run(injectedProgram(words)).then(
      (seen) => answer({ kind: "answered", seen }),
      (error: unknown) => answer(failure(error)),
    );
  });
}

function answer(message: PeerAnswer): void {
  port.postMessage(message);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
}

function failure(error: unknown): PeerAnswer {
  if (error instanceof PeerDied) return { kind: "died", reason: error.reason, seen: error.answered };
  if (error instanceof BadInput) return { kind: "unusable", message: error.message };
  return { kind: "defect", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
