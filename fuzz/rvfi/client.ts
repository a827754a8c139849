import { connect, type Socket } from "node:net";
import { BadInput } from "../bad-input.ts";
import { LayoutError } from "../binary/layout.ts";
import { PeerDied } from "./failure.ts";
import { command, executionLayout, VERSION_QUESTION, versionLayout } from "./layout.ts";
import type { Observation } from "./observation.ts";
import { ANSWER_BYTES_MAX, decodeAnswer, decodeVersion, encodeCommand, encodeSequence } from "./packet.ts";
import { ByteStream, type StreamEnd } from "./stream.ts";

export interface RvfiLimits {
  /** Milliseconds until a connection that is not accepted counts as refused. */
  readonly connectTimeoutMs: number;
  /** Milliseconds without a single byte until a peer that owes an answer counts as hanging. */
  readonly answerTimeoutMs: number;
  /** The longest sequence that is sent, in words. */
  readonly wordsMax: number;
}

/** A connection to somebody else's implementation. One sequence at a time. */
export interface RvfiConnection {
  /** The trace version agreed on. */
  readonly version: 1 | 2;
  /**
   * Runs the words from the reset state: everything is sent at once, the answers are read as they come.
   *
   * @throws PeerDied when the peer ends the connection or hangs; the connection is closed then.
   * @throws BadInput when an answer is none of the protocol; the connection is closed then.
   */
  runSequence(words: readonly number[]): Promise<Observation[]>;
  close(): void;
}

/** Host and port of `rvfi://HOST:PORT`. */
export function parseRvfiUrl(url: string): { readonly host: string; readonly port: number } {
  const parts = /^rvfi:\/\/(\[[0-9a-fA-F:]+\]|[^\s:/@[\]]+):(\d{1,5})\/?$/.exec(url);
  const port = Number(parts?.[2]);
  if (parts === null || port < 1 || port > 65535) throw new BadInput(`${url}: expected rvfi://HOST:PORT`);
  return { host: parts[1]!.replace(/^\[|\]$/g, ""), port };
}

/**
 * Connects and agrees on the highest trace version that both sides know.
 *
 * @throws BadInput when nobody listens, or the answer to the version question is none of the protocol.
 */
export async function connectRvfi(url: string, limits: RvfiLimits): Promise<RvfiConnection> {
  const { host, port } = parseRvfiUrl(url);
  const socket = await openSocket(url, host, port, limits.connectTimeoutMs);
  const stream = new ByteStream(socket, (limits.wordsMax + 1) * ANSWER_BYTES_MAX);
  try {
    const version = await negotiate(url, socket, stream, limits);
    return { version, runSequence: (words) => run(words, version), close };
  } catch (error) {
    close();
    throw error;
  }

  async function run(words: readonly number[], version: 1 | 2): Promise<Observation[]> {
    if (words.length > limits.wordsMax) {
      throw new BadInput(
        `${url}: expected a sequence of at most ${limits.wordsMax} words, found ${words.length}`,
      );
    }
    const answered: Observation[] = [];
    try {
      socket.write(encodeSequence(words));
      await collect(words, version, answered);
      return answered;
    } catch (error) {
      close();
      throw error;
    }
  }

  async function collect(words: readonly number[], version: 1 | 2, answered: Observation[]): Promise<void> {
    for (;;) {
      const answer = decodeNext(version, answered.length);
      if (answer === null) {
        const ended = await stream.more(limits.answerTimeoutMs);
        if (ended?.kind === "flooded")
          throw new BadInput(`${url}: ${endText(ended, limits.answerTimeoutMs)}`);
        if (ended !== null) throw new PeerDied(url, endText(ended, limits.answerTimeoutMs), answered, words);
        continue;
      }
      const last = answered.length === words.length;
      if (last !== (answer.halt !== 0))
        throw new BadInput(`${url}: answer ${answered.length}: ${haltText(last, answer)}`);
      if (last) {
        if (stream.length > 0)
          throw new BadInput(`${url}: ${stream.length} bytes after the end of the trace`);
        return;
      }
      answered.push(answer);
    }
  }

  function decodeNext(version: 1 | 2, index: number): Observation | null {
    const place = `${url}: answer ${index}`;
    const decoded = understand(place, () => decodeAnswer(version, stream.bytes, stream.start, stream.end));
    if (decoded === null) return null;
    stream.drop(decoded.size);
    return decoded.seen;
  }

  function close(): void {
    socket.destroy();
  }
}

function openSocket(url: string, host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(() => fail("no answer"), timeoutMs);
    const fail = (reason: string) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new BadInput(`${url}: cannot connect (${reason})`));
    };
    const refuse = (error: NodeJS.ErrnoException) => fail(error.code ?? error.message);
    socket.once("error", refuse);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", refuse);
      resolve(socket);
    });
  });
}

/** Asks for the highest version, then asks for version 2 if the peer knows it. An old peer just resets. */
async function negotiate(
  url: string,
  socket: Socket,
  stream: ByteStream,
  limits: RvfiLimits,
): Promise<1 | 2> {
  socket.write(encodeCommand(command.endOfTrace, VERSION_QUESTION));
  await need(executionLayout.size, "the version question");
  const question = `${url}: version question`;
  const answer = understand(question, () => decodeAnswer(1, stream.bytes, stream.start, stream.end))!;
  stream.drop(answer.size);
  if (answer.seen.halt === 0) throw new BadInput(`${question}: halt: expected 1 or 3, found 0`);
  if (answer.seen.halt < 3) return 1;

  socket.write(encodeCommand(command.version, 2));
  await need(versionLayout.size, "the version command");
  const version = understand(url, () => decodeVersion(stream.bytes, stream.start));
  stream.drop(versionLayout.size);
  if (version !== 2n) throw new BadInput(`${url}: version answer: version: expected 2, found ${version}`);
  return 2;

  async function need(bytes: number, what: string): Promise<void> {
    while (stream.length < bytes) {
      const ended = await stream.more(limits.answerTimeoutMs);
      if (ended !== null) throw new BadInput(`${url}: ${what}: ${endText(ended, limits.answerTimeoutMs)}`);
    }
  }
}

/** Reads what a peer sent; bytes that are none of the protocol are its bad input, named by `place`. */
function understand<Result>(place: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof LayoutError) throw new BadInput(`${place}: ${error.message}`);
    throw error;
  }
}

function endText(ended: StreamEnd, timeoutMs: number): string {
  switch (ended.kind) {
    case "closed":
      return "the connection ended";
    case "failed":
      return `the connection broke (${ended.code})`;
    case "silent":
      return `no answer within ${timeoutMs} ms`;
    case "flooded":
      return "more bytes than the sequence can have answers";
  }
}

function haltText(last: boolean, answer: Observation): string {
  if (last) return `halt: expected the end of the trace, found an answer to 0x${answer.insn.toString(16)}`;
  return `halt: expected an instruction's answer, found the end of the trace`;
}
