/** Mistakes of devices, and of what becomes of a guest's fault. */
import { ofKind, type PlantedFault } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";

const leaks = ofKind("leak", [
  {
    id: "K70",
    source: `${PROTOTYPE}; M35 of disks`,
    effect: "all cVMs have one disk",
    difficulty: 2,
    expect: ["N", "O", "D"],
    impl: [
      inImpl(
        "device-calls",
        "  const { copier, cvm, tell } = frame;\n",
        "  const { copier, cvm, tell } = frame;\n  const { disk } = frame.tables.cvms.find((one) => one !== null)!;\n",
      ),
      inImpl("device-calls", "cvm.disk.read(place, length)", "disk.read(place, length)"),
      inImpl("device-calls", "cvm.disk.write(place,", "disk.write(place,"),
    ],
    model: [
      inModel(
        "devices",
        "const after = direction === 0n ? read(system, caller, at, pieces) : write(system, caller, at, pieces);",
        `const first = { ...caller, cvm: system.cvms.find((one) => one !== null)! };
  const after = direction === 0n ? read(system, first, at, pieces) : write(system, first, at, pieces);`,
      ),
    ],
  },
  {
    id: "K71",
    source: `${PROTOTYPE}; M27 of packets`,
    effect: "a packet is put down whole, whatever the length of the buffer for it",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      inImpl(
        "device-calls",
        "room < BigInt(bytes.length) ? bytes.subarray(0, Number(room)) : bytes;",
        "room < 0n ? bytes.subarray(0, Number(room)) : bytes;",
      ),
    ],
    model: [
      inModel(
        "devices",
        "const moved = room < BigInt(bytes.length) ? room : BigInt(bytes.length);",
        "const moved = room < 0n ? room : BigInt(bytes.length);",
      ),
    ],
  },
]);

const identity = ofKind("identity", [
  {
    id: "K72",
    source: "none known; a sender that says who it is",
    effect: "a packet keeps the identity that its sender has put into it",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [inImpl("device-calls", "  head.setBigUint64(0, from, true);\n", "")],
    model: [inModel("devices", "  view.setBigUint64(0, identityWord(caller.cvm.identity), true);\n", "")],
  },
  {
    id: "K73",
    source: "none known; K15 of packets",
    effect: "a packet for a cVM goes to whoever has its slot",
    difficulty: 3,
    expect: ["A", "T", "O", "D"],
    impl: [
      inImpl("device-calls", "identityOf(cvm) === wanted", "BigInt(cvm.slot) === (wanted & 0xffff_ffffn)"),
    ],
    model: [
      inModel(
        "devices",
        "const receiver = findCvm(system, identityOf(view.getBigUint64(0, true)));",
        "const receiver = system.cvms[identityOf(view.getBigUint64(0, true)).slot] ?? null;",
      ),
    ],
  },
]);

const authority = ofKind("authority", [
  {
    id: "O01",
    source: "CTSRD-CHERI/cheribsd#1315",
    effect:
      "a handler of faults runs with the DDC of its thread's last host call, not with that of the fault",
    difficulty: 3,
    expect: ["A", "D"],
    impl: [
      inImpl(
        "exception-calls",
        "goTo(engine, thread, ddc, BigInt(handler),",
        "goTo(engine, thread, copier.ddcOf(thread), BigInt(handler),",
      ),
    ],
    model: [],
  },
]);

const crossing = ofKind("crossing", [
  {
    id: "R03",
    source: "CHERIoT-Platform/cheriot-rtos 7b33c9f",
    effect: "a handler of faults gets a stack pointer that has its frame below it",
    difficulty: 4,
    expect: ["O", "D"],
    impl: [inImpl("exception-calls", "    [SP, at],\n", "    [SP, at + BigInt(FRAME_BYTES)],\n")],
    model: [],
  },
]);

export const devices: readonly PlantedFault[] = [...leaks, ...identity, ...authority, ...crossing];
