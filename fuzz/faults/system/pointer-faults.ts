/** Mistakes in testing the pointers that guests give to the Intravisor. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";

/** Whether [address, address + length) lies in the data part of some cVM: the test that is not one. */
const anywhereInImpl = (address: string, length: string) =>
  `tables.cvms.some((one) => one !== null && ${address} >= BigInt(one.dataBase) &&
    ${address} + ${length} <= BigInt(one.dataBase + one.dataSize))`;
const anywhereInModel = (address: string, length: string) =>
  `system.cvms.some((one) => one !== null && isInside(${address}, ${length}, one.data))`;

/** A plain load of a guest's keeps its own test where that of the host is changed. */
const plainLoads = [
  inModel(
    "system",
    "const bytes = readGuest(",
    "const bytes = !mayReach(caller, address, BigInt(size)) ? null : readGuest(",
  ),
  inModel(
    "system",
    "import { readGuest, writeGuest } from",
    "import { mayReach, readGuest, writeGuest } from",
  ),
];

const READ_IN_MODEL = "  if (!mayReach(caller, address, length)) return null;\n  return readBytes(";
const READ_IN_IMPL = "  if (!reaches(frame, address, length)) return null;\n  return length === 0n";

export const pointers = ofKind("leak", [
  {
    id: "M02",
    source: `${PROTOTYPE} host_cap_files.c`,
    effect: "cp_file_advertise exports memory of any cVM, not of the caller alone",
    difficulty: 2,
    expect: ["M", "A", "O", "D"],
    impl: [
      inImpl(
        "file-calls",
        "if (pointer < ddcBase || pointer + length > ddcTop)",
        `if (!${anywhereInImpl("pointer", "length")})`,
      ),
    ],
    model: [
      inModel(
        "cp-file",
        "if (!isInside(pointer, length, caller.frame.ddc))",
        `if (!${anywhereInModel("pointer", "length")})`,
      ),
    ],
  },
  {
    id: "M17",
    source: PROTOTYPE,
    effect: "a pointer given to the Intravisor may point into any cVM",
    difficulty: 2,
    expect: ["A", "N", "O", "D"],
    impl: [
      inImpl(
        "call-frame",
        READ_IN_IMPL,
        `  const { tables } = frame;
  if (length > 0n && !${anywhereInImpl("address", "length")}) return null;
  return length === 0n`,
      ),
    ],
    model: [
      ...plainLoads,
      inModel(
        "guest-memory",
        READ_IN_MODEL,
        `  if (length > 0n && !${anywhereInModel("address", "length")}) return null;\n  return readBytes(`,
      ),
    ],
  },
  {
    id: "O07",
    source: "CTSRD-CHERI/cheribsd#757",
    effect: "of memory given to the Intravisor only the first byte is tested against the caller's DDC",
    difficulty: 2,
    expect: ["A", "N", "O", "D"],
    impl: [
      inImpl(
        "call-frame",
        READ_IN_IMPL,
        `  if (length > 0n && !reaches(frame, address, 1n)) return null;\n  return length === 0n`,
      ),
    ],
    model: [
      ...plainLoads,
      inModel(
        "guest-memory",
        READ_IN_MODEL,
        `  if (length > 0n && !mayReach(caller, address, 1n)) return null;\n  return readBytes(`,
      ),
    ],
  },
  {
    id: "R12",
    source: "CHERIoT-Platform/cheriot-rtos 0705d5a",
    effect: "memory given to the Intravisor may end one byte behind the caller's DDC",
    difficulty: 3,
    expect: ["A", "N", "O", "D"],
    impl: [
      inImpl(
        "call-frame",
        READ_IN_IMPL,
        `  if (length > 1n && !reaches(frame, address, length - 1n)) return null;
  if (length === 1n && !reaches(frame, address, length)) return null;
  return length === 0n`,
      ),
    ],
    model: [
      ...plainLoads,
      inModel(
        "guest-memory",
        READ_IN_MODEL,
        `  if (length > 1n && !mayReach(caller, address, length - 1n)) return null;
  if (length === 1n && !mayReach(caller, address, length)) return null;
  return readBytes(`,
      ),
    ],
  },
  {
    id: "K01",
    source: "none known; CP_Call's counterpart of M02",
    effect: "the buffer of a call may lie in any cVM",
    difficulty: 2,
    expect: ["M", "A", "O", "D"],
    impl: [
      inImpl(
        "crossing-request",
        "  { ddcBase, ddcTop }: CallFrame,\n  words",
        "  { tables }: CallFrame,\n  words",
      ),
      inImpl(
        "crossing-request",
        "if (base < ddcBase || base + size > ddcTop)",
        `if (!${anywhereInImpl("base", "size")})`,
      ),
    ],
    model: [
      inModel(
        "cp-call-request",
        "const buffer = bufferFrom(caller,",
        "const buffer = bufferFrom(system, caller,",
      ),
      inModel("cp-call-request", "function bufferFrom(\n", "function bufferFrom(\n  system: System,\n"),
      inModel(
        "cp-call-request",
        "if (!isInside(base, size, caller.frame.ddc))",
        `if (!${anywhereInModel("base", "size")})`,
      ),
    ],
  },
]);
