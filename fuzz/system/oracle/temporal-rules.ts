import { rulesOf } from "./rule.ts";

/** What is over is over. */
export const temporalRules = rulesOf("T", {
  frames: [
    "trusted frames",
    [25, 30, 31, 39, 51, 69],
    "A thread's block has the PCC, the DDC and the buffer of the domain it is in; what is kept of its callers is theirs",
  ],
  revoked: [
    "revoked",
    [53, 54, 55],
    "No register and no store reaches what was revoked, closed or returned, but for whom it belongs to",
  ],
  handles: ["dead handles", [53, 56, 64, 83], "A handle that is closed, or from before, opens nothing"],
  created: [
    "clean memory",
    [81, 82],
    "A new cVM finds zeros, its image and the stubs, and no tag but its first pair",
  ],
  reclaimed: ["scrubbed", [81, 82], "What was a reclaimed cVM's is zero and untagged, and nobody reaches it"],
  dead: ["dead", [54, 69, 70, 84, 85], "No thread of a dead cVM lives, none is in it, and it has no handles"],
  started: [
    "clean start",
    [26, 27, 87],
    "A new thread has the registers of its start, and all others are null",
  ],
});
