import { setTimeout as delay } from "node:timers/promises";
import type { Program } from "../../model/contract.ts";
import { BadInput } from "../bad-input.ts";
import { connectRvfi, type RvfiConnection, type RvfiLimits } from "./client.ts";
import type { Observation } from "./observation.ts";

export interface PeerOptions extends RvfiLimits {
  /** How often a peer that died is sought again before it counts as gone, and the pause before each time. */
  readonly reconnectAttempts: number;
  readonly reconnectDelayMs: number;
}

/** Somebody else's implementation as a thing that runs programs. */
export interface RvfiPeer {
  readonly name: string;
  /** The trace version agreed on with the present connection. */
  readonly version: 1 | 2;
  /**
   * Runs an injected program and returns one observation per word.
   *
   * @throws PeerDied when the peer dies on the way or hangs; the next run connects again.
   * @throws BadInput when the peer does not come back, talks nonsense, or the program cannot travel.
   */
  run(program: Program): Promise<Observation[]>;
  close(): void;
}

/**
 * Connects to `rvfi://HOST:PORT`.
 *
 * @throws BadInput when there is nobody, or nobody who speaks RVFI-DII.
 */
export async function createRvfiPeer(url: string, options: PeerOptions): Promise<RvfiPeer> {
  let connection: RvfiConnection | null = await connectRvfi(url, options);
  let version = connection.version;
  return {
    name: url,
    get version() {
      return version;
    },
    run,
    close() {
      connection?.close();
    },
  };

  async function run(program: Program): Promise<Observation[]> {
    if (program.fetch !== "injected" || program.start.preset !== "dii") {
      throw new BadInput(`${url}: expected an injected program from the DII reset state`);
    }
    connection ??= await reconnect();
    version = connection.version;
    try {
      return await connection.runSequence(program.words);
    } catch (error) {
      connection = null;
      throw error;
    }
  }

  async function reconnect(): Promise<RvfiConnection> {
    for (let attempt = 1; ; attempt++) {
      await delay(options.reconnectDelayMs);
      try {
        return await connectRvfi(url, options);
      } catch (error) {
        if (!(error instanceof BadInput)) throw error;
        if (attempt >= options.reconnectAttempts)
          throw new BadInput(`${error.message}; it does not come back after ${attempt} attempts`);
      }
    }
  }
}
