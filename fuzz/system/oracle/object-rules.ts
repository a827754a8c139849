import { rulesOf } from "./rule.ts";

/** What single-copy objects, and whoever is in them, can reach. */
export const objectReachRules = rulesOf("M", {
  shared: [
    "shared for reading",
    [95, 96, 98, 110],
    "Nothing permits to store to the code or the read-only data of an object",
  ],
  relocations: [
    "relocations",
    [96, 98, 101, 112],
    "What is tagged in an object and in states is what relocations and imports say, with their bounds and rights",
  ],
  tables: [
    "CLS tables",
    [102, 103, 104, 105],
    "The CLS table of a cVM has the state of each object that it has bound, at its number, and nothing else",
  ],
  states: [
    "states",
    [99, 103, 110],
    "What leads to the state of a client is held by that client, its table and its states alone",
  ],
});

/** What is over of objects. */
export const objectEndRules = rulesOf("T", {
  gone: [
    "dead states",
    [105, 106, 108],
    "Nothing leads to where no object and no state of a client is, or is no more",
  ],
});

/** Tables and bytes of objects. */
export const objectStateRules = rulesOf("S", {
  objects: [
    "objects",
    [107, 108, 115],
    "There is one object for each content that is kept, at the lowest number, with its clients and references",
  ],
  places: ["object places", [98, 115], "Objects and states lie apart, and bounds cover them exactly"],
  bytes: [
    "shared bytes",
    [95, 97],
    "The bytes of an object are those of its file, relocated, and never change",
  ],
  clients: [
    "states of clients",
    [99, 103, 105, 109, 110, 111],
    "A state begins as the file says, and changes only by calls of its own cVM",
  ],
});

/** What objects do, as their code says. */
export const foretoldRules = rulesOf("O", {
  results: [
    "results of objects",
    [26, 99, 101, 102, 103, 104, 105, 109, 111, 112],
    "A call into an object comes to what its code makes of its arguments, its client's states and the buffer",
  ],
  left: [
    "what objects leave",
    [99, 101, 103, 105, 110],
    "A call leaves in the states of its client and in the buffer what the code of the object stores, and nothing else",
  ],
});
