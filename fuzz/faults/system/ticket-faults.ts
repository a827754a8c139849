/** Mistakes of calls whose caller does not wait, or waits no longer. */
import { ofKind, type PlantedFault } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const identity = ofKind("identity", [
  {
    id: "K74",
    source: "none known; tickets that are numbers",
    effect: "cp_call_wait gives the result of any cVM's ticket of that number",
    difficulty: 3,
    expect: ["A", "N", "O", "D"],
    impl: [
      inImpl(
        "crossing-tickets",
        "(one) => one.owner === cvm && one.number === number",
        "(one) => one.number === number",
      ),
    ],
    model: [
      inModel(
        "cp-call-ticket",
        "ticket.number === number && isSame(ticket.owner, owner)",
        "ticket.number === number && owner.slot >= 0",
      ),
    ],
  },
]);

const temporal = ofKind("temporal", [
  {
    id: "K75",
    source: "none known; a ticket that is not spent",
    effect: "the result of a ticket can be had again and again",
    difficulty: 2,
    expect: ["T", "O", "D"],
    impl: [
      inImpl(
        "crossing-tickets",
        "  tables.tickets.delete(ticket);\n  return [ticket.result, 1n];",
        "  return [ticket.result, 1n];",
      ),
    ],
    model: [
      inModel(
        "cp-call-ticket",
        "returned(withoutTicket(system, found.key), result, 1n)",
        "returned(system, result, 1n)",
      ),
    ],
  },
  {
    id: "K76",
    source: "none known; a buffer that outlives its call",
    effect: "a callee whose caller is gone, or waits no longer, keeps the buffer of the call",
    difficulty: 3,
    expect: ["T", "M", "A", "D"],
    impl: [inImpl("crossing-worker", "      this.takeBuffer(worker, 0);\n", "")],
    model: [
      inModel(
        "cp-call-part",
        "activation: { ...activation, buffer: null, until: null }",
        "activation: { ...activation, until: null }",
      ),
    ],
  },
]);

const liveness = ofKind("liveness", [
  {
    id: "K77",
    source: "none known; a call that is never given up",
    effect: "the time of a call is not looked at once its callee has begun",
    difficulty: 2,
    expect: ["V", "O", "D"],
    impl: [
      inImpl(
        "crossing-calls",
        "const until = timeout === 0n || timeout === FOREVER ? null",
        "const until = timeout !== -1n ? null",
      ),
    ],
    model: [
      inModel(
        "cp-call",
        "const until = timeout === 0n || timeout === FOREVER ? null",
        "const until = timeout !== -1n ? null",
      ),
    ],
  },
]);

export const tickets: readonly PlantedFault[] = [...identity, ...temporal, ...liveness];
