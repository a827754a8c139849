import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { CvmDescription, Step, SystemScript, Turn, Value } from "../../model/system-contract.ts";
import { stepText } from "./listing.ts";
import { judgeScript } from "./replay.ts";
import { loadScript } from "./script.ts";
import { listingOf } from "./story.ts";

const script = loadScript(
  fileURLToPath(new URL("../../corpora/system/grant-and-revoke.json", import.meta.url)),
);
const model = createSystemModel();
const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const system = createIntravisor({ assemble });

describe("a listing", () => {
  test("spells who, what with which arguments, and what came of it", () => {
    const lines = listingOf(script, { model, system }, null).slice(0, 9);
    expect(lines.at(-1)).toBe(
      "   8  owner.0 cp_file_advertise(key=own.data+0x0, n=3, ptr=own.data+0x100, len=0x40, rights=1, acl=own.data+0x10, count=1)  = 0x10000",
    );
  });

  test("spells every kind of step", () => {
    const address: Value = { kind: "at", cvm: "b", part: "code", offset: -8n };
    const by = { cvm: "a", thread: 1 };
    const texts = [
      stepText({ by, action: { do: "load", address, size: 4 } }),
      stepText({
        by,
        action: { do: "call-number", number: 3n, args: [{ kind: "result", step: 2, index: 1 }] },
      }),
      stepText({ by, action: { do: "narrow", address, length: { kind: "number", value: 16n } } }),
      stepText({ by: null, event: { do: "advance", ns: 7n } }),
    ];
    expect(texts).toEqual([
      "a.1 load 4 from b.code-0x8",
      "a.1 call 3(ns=@2.a1)",
      "a.1 narrow to b.code-0x8, 0x10",
      "advance 7 ns",
    ]);
  });
});

describe("a listing of a script in slices", () => {
  const cvm = (name: string): CvmDescription => ({
    name,
    size: 0x10000,
    codeSize: 0x4000,
    image: "",
    parent: null,
    quotas: { threads: 2, handles: 4, grants: 2, endpoints: 2, timers: 2 },
  });
  const a = { cvm: "a", thread: 0 };
  const b = { cvm: "b", thread: 0 };
  const words = (text: string) => assembleProgram(text).words;
  const own: Value = { kind: "at", cvm: null, part: "data", offset: 0x40n };
  const steps: readonly Step[] = [
    { by: a, action: { do: "call", call: "time", args: [] } },
    { by: a, action: { do: "body", words: words("cspecialrw c5, ddc, c0\ncgetbase x5, c5\nsd x5, 0(x5)") } },
    { by: b, action: { do: "fill", address: own, length: 600, seed: 1 } },
    { by: b, action: { do: "body", words: words("ld x5, 0(x0)") } },
    { by: null, event: { do: "kill", cvm: "a" } },
  ];
  const sliced = (schedule: readonly Turn[]): SystemScript => ({
    format: "capwright-script",
    version: 1,
    level: "system",
    cvms: [cvm("a"), cvm("b")],
    steps,
    schedule,
  });
  const turn = (thread: Turn["thread"], count: number): Turn => ({ thread, steps: count });

  test("tells of each slice who, how far, where it was stopped, and what the reference made of it", () => {
    const told = sliced([turn(a, 4), turn(b, 40), turn(a, 1000), turn(a, 1000), turn(a, 2), turn(a, 10)]);
    expect(listingOf(told, { model, system }, null).slice(2)).toMatchInlineSnapshot(`
      [
        "   2  a.0 time()  4 machine steps, stopped in a stub",
        "   4  b.0 fill 600 from 0x80915040, seed 1  40 machine steps, stopped in a stub; the reference takes over 2 bytes at b.data+0x40",
        "   2  a.0 goes on  46 machine steps, asks for time()",
        "   2  a.0 is served  = 0",
        "   2  a.0 goes on  33 machine steps, ends: = 0",
        "   3  a.0 run 3 words  2 machine steps, stopped in its own code",
        "   3  a.0 goes on  2 machine steps, ends: = 0; the reference takes over 3 bytes at a.data+0x1",
        "   4  b.0 goes on  7769 machine steps, ends: = 0; the reference takes over 30 bytes at b.data+0x42, 436 bytes at b.data+0x61, 130 bytes at b.data+0x216",
        "   5  b.0 run 1 words  1 machine steps, ends: faults: cause 0x1c, value 0x421; in the reference: faults: cause 0x1c, value 0x421",
        "   6  kill a  = 0",
      ]
    `);
  });

  test("shows a body and a program as they ran, not what the reference says of them by itself", () => {
    const lines = listingOf(sliced([]), { model, system }, null).join("\n");
    expect(lines).not.toContain("ENOSYS");
    expect(lines).toContain("4 machine steps, ends: = 0; the reference takes over 3 bytes at a.data+0x1");
  });

  test("ends with the slice in which the systems part", () => {
    const hasty = createSystemModel();
    const wrong = {
      ...hasty,
      guest: {
        ...hasty.guest,
        serve: (...what: Parameters<typeof hasty.guest.serve>) => {
          const report = hasty.guest.serve(...what);
          return { ...report, outcome: { kind: "returned", values: [9n, 0n, 0n] } as const };
        },
      },
    };
    const told = sliced([turn(b, 3)]);
    const failure = judgeScript(told, wrong, system)!;
    const lines = listingOf(told, { model: wrong, system }, failure);
    expect(lines.at(-1)).toMatch(/^ {3}2 {2}a\.0 time\(\) .* asks for time\(\)$/);
  });
});

test("whoever judges what runs in slices is told which step of the script it is", () => {
  const name = "../../corpora/system/half-of-a-pair-kept-in-a-call.json";
  const told: number[] = [];
  const judged = new Proxy(system, {
    has: (target, key) => key === "at" || key in target,
    get: (target, key) => {
      const found: unknown = Reflect.get(target, key);
      return typeof found === "function" ? found.bind(target) : found;
    },
    set: (_, key, at: number) => {
      if (key === "at") told.push(at);
      return key === "at";
    },
  });
  const sliced = loadScript(fileURLToPath(new URL(name, import.meta.url)));
  expect(judgeScript(sliced, model, judged)).toBeNull();
  expect([...new Set(told)]).toEqual(Array.from({ length: 13 }, (_, at) => at));
});
