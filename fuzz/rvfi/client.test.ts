import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import { injectedProgram } from "../program/index.ts";
import { connectRvfi, parseRvfiUrl } from "./client.ts";
import { PeerDied } from "./failure.ts";
import { command, VERSION_QUESTION } from "./layout.ts";
import { haltObservation, type Observation, versionObservation } from "./observation.ts";
import { ANSWER_BYTES_MAX, encodeAnswer, encodeVersion } from "./packet.ts";
import { createRvfiPeer, type PeerOptions } from "./peer.ts";

const limits: PeerOptions = {
  connectTimeoutMs: 5000,
  answerTimeoutMs: 300,
  wordsMax: 1000,
  reconnectAttempts: 2,
  reconnectDelayMs: 10,
};

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** What a fake peer does instead of answering command number `at` of a connection; undefined to answer. */
type Misdeed = (at: number, socket: Socket) => Buffer | "silent" | undefined;

/** An implementation of nothing: every word retires. It knows version 2 if `version` says so. */
async function fakePeer(version: 1 | 2, misdeed: Misdeed): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    let at = 0;
    let agreed: 1 | 2 = 1;
    socket.on("data", (bytes: Buffer) => {
      for (let start = 0; start + 8 <= bytes.length && !socket.destroyed; start += 8) {
        const insn = bytes.readUInt32LE(start);
        const cmd = bytes[start + 6]!;
        const instead = misdeed(at++, socket);
        if (instead === "silent") return;
        if (instead !== undefined) socket.write(instead);
        else if (cmd === command.version) {
          agreed = 2;
          socket.write(encodeVersion(2));
        } else if (cmd === command.instruction) socket.write(answer(agreed, { ...haltObservation, halt: 0 }));
        else if (insn === VERSION_QUESTION && version === 2) socket.write(answer(1, versionObservation));
        else socket.write(answer(agreed, haltObservation));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `rvfi://127.0.0.1:${(server.address() as { port: number }).port}`;
}

function answer(version: 1 | 2, seen: Observation): Buffer {
  const bytes = Buffer.alloc(ANSWER_BYTES_MAX);
  return bytes.subarray(0, encodeAnswer(version, seen, bytes, 0));
}

const honest: Misdeed = () => undefined;
/** Version question and version command come first. */
const HELLO = 2;
const words = [0x13, 0x93, 0x0001, 0x113];

async function failureOf(misdeed: Misdeed, version: 1 | 2 = 2): Promise<unknown> {
  const connection = await connectRvfi(await fakePeer(version, misdeed), limits);
  return connection.runSequence(words).then(
    () => null,
    (error: unknown) => error,
  );
}

describe("url", () => {
  test("names host and port", () => {
    expect(parseRvfiUrl("rvfi://127.0.0.1:5000")).toEqual({ host: "127.0.0.1", port: 5000 });
    expect(parseRvfiUrl("rvfi://cpu.example:1/")).toEqual({ host: "cpu.example", port: 1 });
    expect(parseRvfiUrl("rvfi://[::1]:5000")).toEqual({ host: "::1", port: 5000 });
  });

  test.each([
    "5000",
    "rvfi://",
    "rvfi://host",
    "rvfi://host:0",
    "rvfi://host:65536",
    "tcp://host:1",
    "rvfi://a b:1",
  ])("refuses %j", (url) =>
    expect(() => parseRvfiUrl(url)).toThrow(new BadInput(`${url}: expected rvfi://HOST:PORT`)),
  );
});

describe("negotiation", () => {
  test("takes version 2 where it is known, else version 1", async () => {
    expect((await connectRvfi(await fakePeer(2, honest), limits)).version).toBe(2);
    const old = await connectRvfi(await fakePeer(1, honest), limits);
    expect(old.version).toBe(1);
    expect(await old.runSequence(words)).toHaveLength(4);
  });

  test.each([
    ["silence", () => "silent" as const, /the version question: no answer within 300 ms/],
    ["an answer that is no halt", () => Buffer.alloc(88), /version question: halt: expected 1 or 3, found 0/],
    ["nonsense", () => Buffer.alloc(88, 0xff), /version question: rd_addr: expected at most 31, found 255/],
    [
      "another version than asked for",
      (at: number) => (at === 1 ? encodeVersion(1) : undefined),
      /version answer: version: expected 2, found 1/,
    ],
    [
      "no version at all",
      (at: number) => (at === 1 ? Buffer.alloc(16) : undefined),
      /version answer: magic: expected "version=", found "\.{8}"/,
    ],
  ])("refuses %s", async (_, misdeed: Misdeed, message) => {
    const url = await fakePeer(2, misdeed);
    await expect(connectRvfi(url, limits)).rejects.toThrow(message);
    await expect(connectRvfi(url, limits)).rejects.toThrow(BadInput);
  });

  test("nobody listens", async () => {
    const url = await fakePeer(2, honest);
    closers.pop()!();
    await expect(connectRvfi(url, limits)).rejects.toThrow(
      new BadInput(`${url}: cannot connect (ECONNREFUSED)`),
    );
  });
});

describe("a peer that dies", () => {
  test.each([0, 2, 3])("blames word %i, the first without an answer", async (at) => {
    const error = await failureOf((index, socket) => {
      if (index < HELLO + at) return undefined;
      socket.destroySoon();
      return "silent";
    });
    expect(error).toBeInstanceOf(PeerDied);
    expect(error).toMatchObject({ at, reason: "the connection ended" });
    expect((error as PeerDied).answered).toHaveLength(at);
    expect(String(error)).toMatch(`first without an answer: word ${at} (0x000`);
  });

  test("blames the reset when every word has its answer", async () => {
    const error = await failureOf((index) => (index === HELLO + 4 ? "silent" : undefined));
    expect(error).toMatchObject({ at: 4, reason: "no answer within 300 ms" });
    expect(String(error)).toMatch(/first without an answer: the end of the trace of 4/);
  });

  test("hangs: the time-out blames the word", async () => {
    const error = await failureOf((index) => (index >= HELLO + 1 ? "silent" : undefined));
    expect(error).toMatchObject({ at: 1, reason: "no answer within 300 ms" });
  });
});

describe("a peer that talks nonsense", () => {
  const say =
    (bytes: Buffer, at = HELLO + 1): Misdeed =>
    (index) =>
      index === at ? bytes : undefined;
  const dead = answer(2, { ...haltObservation, halt: 0 });
  test.each([
    [
      "a wrong magic",
      say(Buffer.alloc(64, 0x41)),
      2,
      /answer 1: version 2 header: magic: expected "trace-v2", found "A/,
    ],
    [
      "an end too soon",
      say(answer(2, haltObservation)),
      2,
      /answer 1: halt: expected an instruction's answer/,
    ],
    ["no end", say(dead, HELLO + 4), 2, /answer 4: halt: expected the end of the trace/],
    [
      "too much",
      say(Buffer.concat([answer(2, haltObservation), dead]), HELLO + 4),
      2,
      /64 bytes after the end/,
    ],
    [
      "noise in version 1",
      say(Buffer.alloc(88, 0xcc), 2),
      1,
      /answer 1: rd_addr: expected at most 31, found 204/,
    ],
    ["a flood", say(Buffer.alloc(4_000_000, 0), HELLO), 2, /magic|more bytes than/],
  ] as const)("%s: names the answer and the field", async (_, misdeed, version, message) => {
    const error = await failureOf(misdeed, version);
    expect(error).toBeInstanceOf(BadInput);
    expect(error).not.toBeInstanceOf(PeerDied);
    expect(String(error)).toMatch(message);
  });
});

describe("peer", () => {
  test("comes back after its death", async () => {
    let died = false;
    const url = await fakePeer(2, (index, socket) => {
      if (died || index < HELLO + 1) return undefined;
      died = true;
      socket.destroy();
      return "silent";
    });
    const peer = await createRvfiPeer(url, limits);
    await expect(peer.run(injectedProgram(words))).rejects.toThrow(PeerDied);
    expect(await peer.run(injectedProgram(words))).toHaveLength(4);
    peer.close();
  });

  test("does not come back: says so", async () => {
    const url = await fakePeer(2, (index, socket) => {
      if (index < HELLO + 1) return undefined;
      socket.destroy();
      closers.pop()?.();
      return "silent";
    });
    const peer = await createRvfiPeer(url, limits);
    await expect(peer.run(injectedProgram(words))).rejects.toThrow(PeerDied);
    await expect(peer.run(injectedProgram(words))).rejects.toThrow(
      new BadInput(`${url}: cannot connect (ECONNREFUSED); it does not come back after 2 attempts`),
    );
  });

  test("takes only what can travel", async () => {
    const peer = await createRvfiPeer(await fakePeer(2, honest), limits);
    const bare = { ...injectedProgram(words), start: { preset: "bare" as const } };
    await expect(peer.run(bare)).rejects.toThrow(/expected an injected program from the DII reset state/);
    await expect(peer.run(injectedProgram(new Array(1001).fill(0x13)))).rejects.toThrow(
      /expected a sequence of at most 1000 words, found 1001/,
    );
    peer.close();
  });
});
