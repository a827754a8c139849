import { describe, expect, test } from "vitest";
import { labels } from "../fuzz/oracle/axiom/labels.ts";
import { axiomOracle } from "../fuzz/oracle/axiom/oracle.ts";
import { instructions } from "../model/isa/index.ts";
import { createModel } from "../model/machine/reference.ts";
import { AT, breaches, POINTER, reading } from "./axiom-breaches.ts";
import { tampered } from "./judged-runs.ts";

const model = createModel();
const oracle = axiomOracle();

/** What a reader is told of each breach, in their order. */
const TOLD: readonly string[] = [
  "4 bytes at 0x80000004 were executed under PCC, which does not cover them: PCC",
  "MEPCC is not PCC where the trap was: PCC, MEPCC after",
  "PCC is not MTCC at its base: MTCC, PCC after",
  "4 bytes at 0x80001000 written, by an instruction that writes none",
  "c1 is claimed as the authority; for lw.cap it is c2",
  "DDC is claimed as the authority; for lw it is c2",
  "c3 is claimed as the source; for cmove it is c1",
  "it wrote c2, which it cannot",
  "c1 received a capability, which it cannot",
  "c3 received a tag with the status of a store",
  "it replaced DDC, which it cannot",
  "it wrote a CSR, which it cannot",
  "it cleared registers, which it cannot",
  "PCC lacks Access_System_Registers, and a system register was accessed: PCC",
  "PCC lacks Access_System_Registers, and a system register was accessed: PCC",
  "4 bytes at 0x80001040 under c2, which does not cover these bytes: c2",
  "4 bytes at 0x80001000 under c4, which lacks Load: c4",
  "4 bytes at 0x8000103d under c2, which does not cover these bytes: c2",
  "16 bytes at 0x80001008 sets a tag, which only a whole and aligned granule can have",
  "0x0 is stored with a tag, and c2 does not hold it: c2",
  "a register received more than anything that the instruction had read: c2, received",
  "a register received more than anything that the instruction had read: c2, received",
  "a register received more than anything that the instruction had read: c1, received",
  "a register received more than anything that the instruction had read: c2, received",
  "a register received more than anything that the instruction had read: c2, PCC, received",
  "a register received more than anything that the instruction had read: received",
  "4 bytes at 0x80001000 carries a tag, and the instruction moves plain data",
  "8 bytes at 0x80001000 accessed, by an instruction for 4",
  "8 bytes at 0x80001000 accessed, by an instruction for 4",
  "what was loaded from 0x80001000 is not what was stored there: stored, loaded into c7",
  "c4 lacks Load_Cap, and a tag was loaded through it: c4, loaded into c7",
  "tags 0x1 were read at 0x80001000, where 0 (binary) were stored",
  "c4 lacks Load_Cap, and tags were read through it: c4",
  "c4 lacks Store_Cap, and a tag was stored through it: c4",
  "c4 lacks Store_Local_Cap, and c3, which is local, was stored through it: c4, c3",
  "c3 is sealed, and was changed: c3, result",
  "the type 0x9 was given under c10, which does not give the type 0x9: c2, c10, result",
  "what was sealed goes beyond c2: the bytes from 0x10 on: c2, c10, result",
  "c3 was unsealed under c7, which does not open the type 0x0: c3, c7, result",
  "a sentry was asked for, and its type is 0x5: c1, result",
  "what was rebuilt goes beyond c2: the bytes from 0x10 on: c1, c2, result",
  "no rebuilt capability may have the type 0x5: c2, result",
  "the type 0x0 was given under c4, which is untagged: c2, c4, result",
  "the type 0x0 was given under c6, which is sealed: c2, c6, result",
  "the type 0x0 was given under c4, which lacks Seal: c2, c4, result",
  "the type 0x20 was given under c4, which points outside its bounds: c2, c4, result",
  "c3 was unsealed under c4, which is untagged: c3, c4, result",
  "c3 was unsealed under c4, which lacks Unseal: c3, c4, result",
  "what was unsealed goes beyond c3: the bytes from 0x10 on: c3, c10, result",
  "c3 is sealed already: c3, result",
  "c4 is untagged: c1, c4, result",
  "c6 is sealed: c1, c6, result",
  "the link is not PCC at 0x80000010, sealed as a sentry: PCC, link",
  "PCC does not cover 0xffffffffffffffff, which was jumped to: PCC",
  "0x80000008 was jumped to under nobody's authority: PCC",
  "PCC is not c3 without its seal: c3, PCC after",
  "c31 is not c6 without its seal: c6, received",
  "c8 and c6 were invoked: their types differ: c8, c6",
  "c8 and c6 were invoked: both must be tagged: c8, c6",
  "c8 and c6 were invoked: they are not sealed with an ordinary type: c8, c6",
  "c8 and c6 were invoked: the first lacks Execute: c8, c6",
  "c8 and c6 were invoked: the second has Execute: c8, c6",
  "c3 does not cover 0x80001000, which was jumped to: c3",
  "PCC is not MEPCC, as it is or without the seal of a sentry: MEPCC, PCC after",
  "ecall retired, and can only trap",
  "illegal retired, and can only trap",
  "what was derived goes beyond c2: the bytes from 0x10 on: c2, result",
  "what was derived goes beyond DDC: the bytes from 0x10 on: DDC, result",
  "CSR 0x342 was written, not 0x340",
  "MEPCC is sealed, and was changed: MEPCC, result",
  "registers 0x2 were cleared, the mask names 0x6",
];

describe("a step that reports more authority than it has breaks", () => {
  test.each(breaches)("%s: %s", (clause, _, text, tamper) => {
    expect(tampered(text, model, oracle, (event) => event)).toBeNull();
    expect(tampered(text, model, oracle, tamper)?.rule).toBe(clause);
  });

  test("and is told with why, and with pictures of those concerned", () => {
    const told = breaches.map(([, , text, tamper]) => {
      const lines = tampered(text, model, oracle, tamper)?.text ?? [];
      // Of a picture, a line for each capability that begins with its name.
      const drawn = lines.flatMap((line) => /^(.*?) {2,}(?:un)?tagged 0x/.exec(line)?.[1] ?? []);
      return `${lines[0]}${drawn.length > 0 ? `: ${drawn.join(", ")}` : ""}`;
    });
    expect(told).toEqual(TOLD);
  });

  test("and the table has a row for every clause", () => {
    expect([...new Set(breaches.map(([clause]) => clause))].sort()).toEqual([...oracle.clauses].sort());
  });
});

test("a violation names the authority, why it does not cover the effect, and draws both", () => {
  const violation = tampered(`${POINTER}; lw.cap x7, (c2)`, model, oracle, reading({ address: AT + 0x3en }));
  expect(violation).toMatchObject({ oracle: "A", rule: "load_mem", at: 3, instruction: "lw.cap" });
  expect(violation!.text[0]).toBe("4 bytes at 0x8000103e under c2, which does not cover these bytes");
  expect(violation!.text.join("\n")).toContain("[0x80001000, 0x80001040)");
});

describe("labels", () => {
  test("every instruction has one, and there are no others but that of illegal words", () => {
    expect([...labels.keys()].sort()).toEqual([...instructions.map(({ name }) => name), "illegal"].sort());
  });
});
