import { rulesOf } from "./rule.ts";

/** Tables and memory are well formed, and as they were declared. */
export const stateRules = rulesOf("S", {
  ranges: [
    "ranges",
    [2, 4, 89],
    "Parts of cVMs are exact, apart from each other by a guard, and inner ones within outer ones",
  ],
  identities: ["identities", [23, 83], "Each use of a place has the next generation"],
  keys: ["keys", [12, 52, 53], "Keys of live grants differ, and so do those of live endpoints"],
  grants: [
    "grants",
    [44, 53, 54, 63],
    "There are exactly the grants that were made and not revoked, with their holders",
  ],
  endpoints: [
    "endpoints",
    [44, 66, 70, 72],
    "There are exactly the endpoints that were made and stand, as busy as declared",
  ],
  streams: [
    "streams",
    [74, 75, 78, 80],
    "There are exactly the listeners and streams that were made, and places only where receivers named them",
  ],
  tickets: [
    "tickets",
    [44, 65, 73],
    "There are exactly the tickets of calls whose results nobody has had yet",
  ],
  devices: [
    "devices",
    [23, 37, 45, 46, 48],
    "Each cVM has the handler that it named and the packets that were sent to it",
  ],
  handles: [
    "handles",
    [44, 56, 64, 83],
    "Each cVM has exactly the handles that it was given and did not close",
  ],
  records: [
    "records",
    [28, 44, 83],
    "A record beside a granted capability says its generation and its rights",
  ],
  threads: [
    "threads",
    [30, 31, 33, 38, 67, 85],
    "Each thread is in the domains that it has entered and not left, and in its state",
  ],
  stacks: ["stacks", [32, 71], "No two activations or threads of a cVM share a stack"],
  quotas: ["quotas", [45], "No cVM has more threads, handles, grants, endpoints or timers than it may have"],
  time: ["time", [48], "The time is what has passed"],
  failure: ["failure", [44, 88], "What fails changes nothing"],
  memory: [
    "memory",
    [6, 8, 25, 41, 57, 75, 81],
    "Data parts hold what was stored and copied, and nothing else",
  ],
  code: ["code", [10, 34, 47], "Neither the gate nor the code of any cVM ever changes"],
});

/** Everything ends. */
export const livenessRules = rulesOf("V", {
  ends: ["ends", [35, 43], "No step makes the Intravisor give up"],
  budget: ["budget", [43, 76, 114], "A step takes no more machine steps than what it asks for needs"],
  timeouts: ["timeouts", [39, 43, 76], "No thread waits beyond its time"],
  wakeUps: [
    "wake-ups",
    [61, 65, 70, 72, 73],
    "No thread waits for what has happened or cannot happen any more",
  ],
  once: ["once", [61, 65, 70], "A wait ends once, and only if there was one"],
});
