/**
 * Who keeps the capfiles of a description: a cVM like any other, created first, that has the buffers in its data part,
 * advertises them to all others, and waits for ever.
 */
import { granuleOf } from "../../model/intravisor/layout.ts";
import type { CvmDescription } from "../../model/system-contract.ts";
import type { CvmFile } from "./description.ts";
import { CODE_PAGES, PAGE, roundUp, sourceImage, startBlock } from "./guest-image.ts";

const KEEPER = "capfiles";

/** Bytes of all buffers together. */
const BUFFERS_MAX = 1 << 24;
/** Behind buffers and identities: the longest key, and a stack. */
const MORE_BYTES = 64 + 2 * PAGE;
const CALL_ADVERTISE = 20;
const CALL_FUTEX_WAIT = 9;
const CALL_EXIT = 16;
const RIGHTS_READ_WRITE = 3;
/** Where the identities are in an image: in its start block (guest-image.ts). */
const PEERS_AT = 48;

export interface Keeper {
  readonly description: CvmDescription;
  readonly labels: ReadonlyMap<string, number>;
}

/** @throws BadInput when a buffer cannot be granted exactly, or all of them are too large. */
export function keeperOf({ capfiles, cvms, refuse }: CvmFile, identityOf: (slot: number) => bigint): Keeper {
  let dataAt = 0;
  const buffers = capfiles.map(({ name, size, data }, index) => {
    const bytes = new TextEncoder().encode(data);
    const unit = unitOf(size);
    if (size === 0 || size % unit !== 0) {
      refuse(["capfiles", index, "size"], `expected a multiple of ${unit} above 0: bounds cover it exactly`);
    }
    if (bytes.length > size)
      refuse(["capfiles", index, "data"], `${bytes.length} bytes do not fit into ${size}`);
    const at = roundUp(dataAt, Math.max(PAGE, unit));
    dataAt = at + size;
    return { name, size, bytes, at };
  });

  if (dataAt > BUFFERS_MAX)
    refuse(["capfiles"], `expected at most 0x${BUFFERS_MAX.toString(16)} bytes in all`);
  const peers = cvms.map((_, index) => identityOf(index + 1));
  const source = sourceOf(buffers, peers.length);
  const block = startBlock({ dataAt: 0, args: [], peers });
  const { bytes, labels } = sourceImage(source, "capfiles", block);
  const room = dataAt + 8 * peers.length + MORE_BYTES;
  const least = bytes.length + CODE_PAGES * PAGE;
  // Where the data part begins, everything in it can be covered exactly too.
  const unit = Math.max(PAGE, unitOf(2 * (least + room)));
  const codeSize = roundUp(least, unit);
  const description = {
    name: KEEPER,
    size: codeSize + roundUp(room, unit),
    codeSize,
    image: Buffer.from(bytes).toString("hex"),
    parent: null,
    quotas: { threads: 1, handles: buffers.length, grants: buffers.length, endpoints: 0, timers: 0 },
  };
  return { description, labels };
}

/** The unit of base and length of bounds of so many bytes. */
function unitOf(size: number): number {
  return Number(granuleOf(BigInt(size)));
}

interface Buffered {
  readonly name: string;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly at: number;
}

/**
 * The program: identities and keys go behind the buffers, one key after the other; what the buffers hold at first is
 * copied from the code part.
 */
function sourceOf(buffers: readonly Buffered[], peerCount: number): string {
  const behind = Math.max(...buffers.map(({ at, size }) => at + size));
  const listAt = Math.ceil(behind / 8) * 8;
  const keyAt = listAt + 8 * peerCount;
  const data = buffers.map(
    ({ name, bytes }, index) => `
key${index}: .byte ${[...new TextEncoder().encode(name)].join(", ")}
content${index}:${bytes.length === 0 ? "" : ` .byte ${[...bytes].join(", ")}`}`,
  );
  /** Copies bytes from a label of code and an offset to an offset of the data part. */
  const copy = (from: string, offset: string | number, to: number, count: number, label: string) => `
  la t0, ${from}
  li t1, ${offset}
  add t0, t0, t1
  li t1, ${count}
  li t2, ${to}
  add t2, t2, gp
${label}:
  beqz t1, ${label}_done
  csetaddr ct3, ct3, t0
  lbu.cap t4, (ct3)
  sb t4, 0(t2)
  addi t0, t0, 1
  addi t2, t2, 1
  addi t1, t1, -1
  j ${label}
${label}_done:`;
  const files = buffers.map(
    ({ name, size, bytes, at }, index) => `
${copy("__data", `content${index}`, at, bytes.length, `fill${index}`)}
${copy("__data", `key${index}`, keyAt, name.length, `name${index}`)}
  li a0, ${keyAt}
  add a0, a0, gp
  li a1, ${name.length}
  li a2, ${at}
  add a2, a2, gp
  li a3, ${size}
  li a4, ${RIGHTS_READ_WRITE}
  li a5, ${listAt}
  add a5, a5, gp
  li a6, ${peerCount}
  li t5, ${CALL_ADVERTISE}
  call hostcall
  bltz a0, unable
  cspecialrw ct3, pcc, cnull`,
  );
  return `
.data
${data.join("\n")}
.text
start:
  cspecialrw ct3, ddc, cnull
  cgetbase gp, ct3
  cspecialrw ct3, pcc, cnull
${copy("image", PEERS_AT, listAt, 8 * peerCount, "list")}
${files.join("\n")}
wait:
  li a0, ${listAt}
  add a0, a0, gp
  ld a1, 0(a0)
  li a2, -1
  li t5, ${CALL_FUTEX_WAIT}
  call hostcall
  j wait
unable:
  neg a0, a0
  li t5, ${CALL_EXIT}
  call hostcall
`;
}
