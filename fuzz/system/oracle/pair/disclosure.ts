/**
 * What each call makes known of its caller's memory: declassification as data, each with its reason. A byte that is
 * not named here, is in no live grant and in no buffer of a call under way is its cVM's own, and nobody else may be
 * able to tell what it is.
 */

/** Bytes from an address on, as a call names them. */
export interface Piece {
  readonly address: bigint;
  readonly length: bigint;
}

/** A call as it was made. */
export interface Made {
  readonly args: readonly bigint[];
  /** Bytes that it says it has moved; null if it has not said so, or not yet. */
  readonly moved: bigint | null;
  /** Words of the caller's memory, as they were before the call; null if some of them are not its own. */
  readonly words: (address: bigint, count: number) => readonly bigint[] | null;
}

export interface Disclosure {
  readonly reason: string;
  /** What others can tell from the call itself. */
  readonly tells?: (made: Made) => readonly Piece[];
  /** What is known as long as the call waits. */
  readonly tellsWaiting?: (made: Made) => readonly Piece[];
  /** It goes on after it has come back, and what it tells waiting stays known. */
  readonly outlives?: true;
  /** What goes to a device that is the caller's alone: it stays secret, and may come back. */
  readonly keeps?: (made: Made) => readonly Piece[];
  /** It brings secrets of the caller's into its memory: from its device, from its registers. */
  readonly draws?: true;
}

const NOTHING = "it reads no memory";
const nothing: Disclosure = { reason: NOTHING };

const WORD = 8n;
const KEY_MAX = 63n;
const ACL_MAX = 64n;
const CONSOLE_MAX = 4096n;
const POLL_MAX = 64n;
/** Words of the block of a cp_call, and places in it. */
const BLOCK_WORDS = 10;
const [BUFFER, BUFFER_LENGTH, BUFFER_RIGHTS] = [6, 7, 8] as const;
const IOV_MAX = 8n;
const FILE_MAX = 1n << 20n;
const HASH_BYTES = 32n;

/** A key, whose address and length are the first two arguments. */
function key({ args }: Made): Piece[] {
  return args[1]! <= KEY_MAX ? [{ address: args[0]!, length: args[1]! }] : [];
}

/** An access list, whose address and length are the arguments from `at` on. */
function list(at: number, { args }: Made): Piece[] {
  const count = args[at + 1]!;
  return count <= ACL_MAX ? [{ address: args[at]!, length: count * WORD }] : [];
}

/** (pointer, length) from `at` on: as much as was moved. */
function text(at: number, { args, moved }: Made): Piece[] {
  const length = args[at + 1]!;
  return [{ address: args[at]!, length: moved !== null && moved < length ? moved : length }];
}

/** The buffer of a call, if the callee may read it. */
function buffer({ args, words }: Made): Piece[] {
  const block = words(args[1]!, BLOCK_WORDS);
  if (block === null || (block[BUFFER_RIGHTS]! & 1n) === 0n) return [];
  return [{ address: block[BUFFER]!, length: block[BUFFER_LENGTH]! }];
}

const calling: Disclosure = {
  reason: "the callee is given the integers of the block, and the buffer if it may read it",
  tells: ({ args }) => [{ address: args[1]!, length: BigInt(BLOCK_WORDS) * WORD }],
  tellsWaiting: buffer,
};

function pieces({ args, words }: Made): Piece[] {
  const [iov, count] = [args[2]!, args[3]!];
  if (count > IOV_MAX) return [];
  const list = words(iov, Number(count) * 2) ?? [];
  return Array.from({ length: list.length / 2 }, (_, at) => ({
    address: list[2 * at]!,
    length: list[2 * at + 1]!,
  }));
}

/** By the names of calls. */
export const disclosures: Readonly<Record<string, Disclosure>> = {
  console_write: { reason: "text on the console is for all to read", tells: consoleText },
  time: nothing,
  sleep: nothing,
  timer_arm: nothing,
  thread_create: nothing,
  thread_exit: nothing,
  thread_join: nothing,
  thread_self: nothing,
  futex_wait: {
    reason: "whether it waits says whether the word is the value",
    tells: ({ args }) => [{ address: args[0]!, length: WORD }],
  },
  futex_wake: nothing,
  disk_rw: {
    reason: "which pieces are moved can be told from what fails; what a disk holds is its cVM's alone",
    tells: ({ args }) => [{ address: args[2]!, length: args[3]! <= IOV_MAX ? args[3]! * 2n * WORD : 0n }],
    keeps: (made) => (made.args[4] === 1n ? pieces(made) : []),
    draws: true,
  },
  disk_capacity: nothing,
  net_tx: { reason: "a packet is sent to be read", tells: (made) => text(1, made) },
  net_rx: nothing,
  net_poll: nothing,
  exit: nothing,
  exception_register: nothing,
  exception_return: { reason: "it reads registers, which nobody else has", draws: true },
  cp_file_advertise: {
    reason: "keys and access lists are the system's; the buffer is declared while the grant lives",
    tells: (made) => [...key(made), ...list(5, made)],
  },
  cp_file_probe: { reason: "what is opened follows from the key", tells: key },
  cp_file_pread: nothing,
  cp_file_pwrite: {
    reason: "what is written to a grant is for those who hold it",
    tells: (made) => text(2, made),
  },
  cp_file_lseek: nothing,
  cp_file_notify: nothing,
  cp_file_wait: nothing,
  cp_file_close: nothing,
  cp_file_revoke: nothing,
  cp_call_register: {
    reason: "keys and access lists are the system's",
    tells: (made) => [...key(made), ...list(5, made)],
  },
  cp_call_open: { reason: "what is opened follows from the key", tells: key },
  cp_call: calling,
  cp_call_async: { ...calling, outlives: true },
  cp_call_wait: nothing,
  cp_call_serve: nothing,
  cp_call_return: nothing,
  cp_call_unregister: nothing,
  cp_call_close: nothing,
  cp_buffer_read: nothing,
  cp_buffer_write: { reason: "the buffer is the caller's", tells: (made) => text(1, made) },
  cps_listen: {
    reason: "keys and access lists are the system's",
    tells: (made) => [...key(made), ...list(2, made)],
  },
  cps_connect: { reason: "what is opened follows from the key", tells: key },
  cps_accept: nothing,
  cps_send: {
    reason: "what is sent is for the other end",
    tells: (made) => text(1, made),
    tellsWaiting: (made) => text(1, made),
  },
  cps_recv: nothing,
  cps_post_recv: nothing,
  cps_poll: {
    reason: "what is waited for can be told from when it wakes",
    tells: pollSet,
    tellsWaiting: pollSet,
  },
  cps_shutdown: nothing,
  cps_close: nothing,
  sco_create: {
    reason: "whether there is an object follows from the file, which is for all who have it too",
    tells: ({ args }) => (args[1]! <= FILE_MAX ? [{ address: args[0]!, length: args[1]! }] : []),
  },
  sco_lookup: {
    reason: "what is found follows from the hash",
    tells: ({ args }) => [{ address: args[0]!, length: HASH_BYTES }],
  },
  sco_bind: nothing,
  sco_unbind: nothing,
  sco_close: nothing,
  sco_import: nothing,
  sco_callback: nothing,
  sco_call: {
    reason: "an object may do anything with what it is lent: trap, call back, or never end",
    tells: ({ args }) => [{ address: args[6]!, length: args[7]! }],
  },
  sco_return: nothing,
};

function consoleText({ args, moved }: Made): Piece[] {
  const length = args[1]! < CONSOLE_MAX ? args[1]! : CONSOLE_MAX;
  return [{ address: args[0]!, length: moved ?? length }];
}

function pollSet({ args }: Made): Piece[] {
  return args[1]! <= POLL_MAX ? [{ address: args[0]!, length: args[1]! * WORD }] : [];
}
