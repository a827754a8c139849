import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { MachineUnderTest } from "../../model/contract.ts";
import { BadInput } from "../bad-input.ts";
import { createSession } from "./session.ts";

export interface RvfiServerOptions {
  readonly machine: MachineUnderTest;
  /** An address of this host to listen on. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Ends the server after the first connection. */
  readonly once: boolean;
  /** Receives one line for everything that goes wrong with a connection. */
  readonly report: (line: string) => void;
}

export interface RvfiServer {
  readonly port: number;
  /** Settles when the server has ended, by `close` or by `once`. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Drivers that may wait for their turn; further ones are turned away. */
const WAITING_MAX = 16;

/**
 * Serves RVFI-DII, trace versions 1 and 2, many connections one after the other. What a socket holds is run
 * as one batch and answered with one write; a driver that does not read its answers is not read from either.
 *
 * @throws BadInput when the port is taken, or cannot be listened on.
 */
export async function startRvfiServer(options: RvfiServerOptions): Promise<RvfiServer> {
  const waiting: Socket[] = [];
  let current: Socket | null = null;
  const server = createServer({ pauseOnConnect: true, noDelay: true });
  server.maxConnections = WAITING_MAX + 1;
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));

  server.on("connection", (socket) => {
    socket.on("error", () => socket.destroy());
    waiting.push(socket);
    serveNext();
  });
  await listen(server, options);
  return { port: (server.address() as AddressInfo).port, ended, close };

  function serveNext(): void {
    if (current !== null) return;
    const socket = waiting.shift();
    if (socket === undefined) return;
    current = socket;
    serve(socket, options);
    socket.once("close", () => {
      current = null;
      if (options.once) close();
      else serveNext();
    });
  }

  function close(): void {
    server.close();
    current?.destroy();
    for (const socket of waiting.splice(0)) socket.destroy();
  }
}

function listen(server: Server, { host, port }: RvfiServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === "EADDRINUSE" ? "is already in use" : `cannot be listened on (${error.code})`;
      reject(new BadInput(`port ${port} of ${host} ${reason}`));
    });
    server.listen({ host, port }, resolve);
  });
}

/** Carries one connection from its first byte to its end. */
function serve(socket: Socket, { machine, report }: RvfiServerOptions): void {
  const session = createSession(machine);
  const name = `${socket.remoteAddress}:${socket.remotePort}`;
  socket.on("data", (chunk: Buffer) => {
    const { answers, trouble } = session.take(chunk);
    if (trouble !== null) {
      report(`${name}: ${trouble}; connection closed`);
      socket.end(answers);
      socket.pause();
      return;
    }
    if (answers.length > 0 && !socket.write(answers)) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
  socket.on("end", () => {
    if (session.pending > 0) report(`${name}: the connection ended ${session.pending} bytes into a command`);
  });
  socket.resume();
}
