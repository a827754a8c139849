import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "./sha256.ts";

test("digests are those of the standard, whatever the length (I-107)", () => {
  for (let length = 0; length < 300; length++) {
    const message = Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 0xff);
    expect(Buffer.from(sha256(message)).toString("hex")).toBe(
      createHash("sha256").update(message).digest("hex"),
    );
  }
});
