import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createSystemModel } from "../../model/intravisor/system.ts";
import type { Step, Value } from "../../model/system-contract.ts";
import { stepText } from "./listing.ts";
import { failureText, judgeScript, listingOf } from "./replay.ts";
import { loadScript } from "./script.ts";
import { mistakenAt } from "./stand-in.ts";

const script = loadScript(
  fileURLToPath(new URL("../../corpora/system/grant-and-revoke.json", import.meta.url)),
);

describe("a script with expectations", () => {
  test("is judged well where they are met", () => {
    expect(judgeScript(script, createSystemModel(), createSystemModel())).toBeNull();
  });

  test("says which one is not met where both sides are wrong alike", () => {
    const failure = judgeScript(script, mistakenAt("cp_file_pread"), mistakenAt("cp_file_pread"))!;
    expect(failureText(failure)).toEqual([
      "step 11: mistaken does not do as expected: expected = 0x38, found = 0x39",
    ]);
  });

  test("says where the sides differ before what is expected", () => {
    const failure = judgeScript(script, createSystemModel(), mistakenAt("cp_file_pread"))!;
    expect(failureText(failure)).toEqual([
      "step 11: the systems differ",
      "  report.outcome.values[0]: expected 0x38, found 0x39",
    ]);
  });

  test("expects of a call that waits what it comes back with", () => {
    const by = { cvm: "owner", thread: 0 };
    const sleep: Step = {
      by,
      action: { do: "call", call: "sleep", args: [{ kind: "number", value: 5n }] },
      expect: { result: { kind: "number", value: 0n } },
    };
    const waiting = { ...script, steps: [sleep] };
    const failure = judgeScript(waiting, createSystemModel(), createSystemModel())!;
    expect(failureText(failure)).toEqual([
      "step 2: model does not do as expected: expected = 0, found no result (waits)",
    ]);
    const later: Step = { by: null, event: { do: "advance", ns: 5n } };
    expect(
      judgeScript({ ...waiting, steps: [sleep, later] }, createSystemModel(), createSystemModel()),
    ).toBeNull();
  });
});

describe("a listing", () => {
  test("spells who, what with which arguments, and what came of it", () => {
    const lines = listingOf(script, createSystemModel(), 8);
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
