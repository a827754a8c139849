import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createModel } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import { connectRvfi, type RvfiConnection, type RvfiLimits } from "./client.ts";
import { command } from "./layout.ts";
import { encodeCommand, encodeSequence } from "./packet.ts";
import { type RvfiServer, startRvfiServer } from "./server.ts";

const limits: RvfiLimits = { connectTimeoutMs: 5000, answerTimeoutMs: 5000, wordsMax: 10_000 };
const ADDI_X1 = 0x0010_8093; // addi x1, x1, 1

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

async function start(
  reports: string[],
  options: { once?: boolean; port?: number } = {},
): Promise<RvfiServer> {
  const server = await startRvfiServer({
    machine: createModel(),
    host: "127.0.0.1",
    port: options.port ?? 0,
    once: options.once ?? false,
    report: (line) => reports.push(line),
  });
  opened.push(server);
  return server;
}

async function client(server: RvfiServer): Promise<RvfiConnection> {
  const connection = await connectRvfi(`rvfi://127.0.0.1:${server.port}`, limits);
  opened.push(connection);
  return connection;
}

/** A socket that speaks bytes of our own, and collects what comes back until the other side ends. */
function raw(server: RvfiServer): { socket: Socket; ended: Promise<Buffer> } {
  const socket = connect(server.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => socket.destroy());
  const ended = new Promise<Buffer>((resolve) => socket.once("close", () => resolve(Buffer.concat(chunks))));
  return { socket, ended };
}

describe("server", () => {
  test("answers in version 2 after negotiation, each sequence from the reset state", async () => {
    const connection = await client(await start([]));
    expect(connection.version).toBe(2);
    for (let round = 0; round < 3; round++) {
      const seen = await connection.runSequence([ADDI_X1, ADDI_X1, 0x4085]);
      expect(seen.map(({ rd_wdata }) => rd_wdata)).toEqual([1n, 2n, 1n]);
      expect(seen.map(({ pc_rdata }) => pc_rdata)).toEqual([0x8000_0000n, 0x8000_0004n, 0x8000_0008n]);
      expect(seen.map(({ mode, ixl, trap }) => [mode, ixl, trap])).toEqual([
        [3, 2, 0],
        [3, 2, 0],
        [3, 2, 0],
      ]);
    }
  });

  test("answers in version 1 until told otherwise", async () => {
    const { socket, ended } = raw(await start([]));
    socket.end(encodeSequence([ADDI_X1]));
    const bytes = await ended;
    expect(bytes).toHaveLength(2 * 88);
    expect(bytes[84]).toBe(1);
    expect(bytes[88 + 86]).toBe(1);
  });

  test("serves thousands of pipelined sequences, in whatever pieces they come", async () => {
    const { socket, ended } = raw(await start([]));
    const bytes = Buffer.concat(Array.from({ length: 200 }, () => encodeSequence([ADDI_X1, 0x13, ADDI_X1])));
    for (let at = 0; at < bytes.length; at += 13) socket.write(bytes.subarray(at, at + 13));
    socket.end();
    const answers = await ended;
    expect(answers).toHaveLength(200 * 4 * 88);
    for (let at = 0; at < answers.length; at += 4 * 88) {
      expect(answers.readBigUInt64LE(at + 2 * 88 + 48)).toBe(2n);
    }
  });

  test("serves many connections one after the other", async () => {
    const server = await start([]);
    for (let round = 0; round < 5; round++) {
      const connection = await client(server);
      expect(await connection.runSequence([ADDI_X1])).toHaveLength(1);
      connection.close();
    }
  });

  test("lets a second driver wait for the end of the first", async () => {
    const server = await start([]);
    const first = await client(server);
    const second = client(server);
    expect(await first.runSequence([ADDI_X1])).toHaveLength(1);
    first.close();
    expect(await (await second).runSequence([ADDI_X1])).toHaveLength(1);
  });

  test("ends after one connection when asked to", async () => {
    const server = await start([], { once: true });
    (await client(server)).close();
    await server.ended;
    await expect(client(server)).rejects.toThrow(BadInput);
  });

  test("refuses a port in use", async () => {
    const { port } = await start([]);
    await expect(start([], { port })).rejects.toThrow(
      new BadInput(`port ${port} of 127.0.0.1 is already in use`),
    );
  });
});

describe("malformed commands", () => {
  test.each([
    [
      "an unknown command",
      encodeCommand(9, 0),
      /command: cmd: expected 0, 1 or 0x76, found 0x9; connection closed/,
    ],
    ["an unknown version", encodeCommand(command.version, 3), /insn: expected version 1 or 2, found 3/],
  ])("%s: answers what came before, reports, closes, and lives", async (_, bytes, message) => {
    const reports: string[] = [];
    const server = await start(reports);
    const { socket, ended } = raw(server);
    socket.write(Buffer.concat([encodeSequence([ADDI_X1]), bytes, encodeSequence([ADDI_X1])]));
    expect(await ended).toHaveLength(2 * 88);
    expect(reports.join()).toMatch(message);
    expect(await (await client(server)).runSequence([ADDI_X1])).toHaveLength(1);
  });

  test("half a command: reports how much of it came", async () => {
    const reports: string[] = [];
    const { socket, ended } = raw(await start(reports));
    socket.end(encodeSequence([ADDI_X1]).subarray(0, 11));
    expect(await ended).toHaveLength(88);
    expect(reports.join()).toMatch(/the connection ended 3 bytes into a command/);
  });

  test("a driver that breaks off in the middle does not stop the server", async () => {
    const server = await start([]);
    for (let round = 0; round < 3; round++) {
      const { socket } = raw(server);
      await new Promise((resolve) => socket.write(encodeSequence([ADDI_X1, ADDI_X1]), resolve));
      socket.resetAndDestroy();
    }
    expect(await (await client(server)).runSequence([ADDI_X1])).toHaveLength(1);
  });
});
