import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createSystemModel } from "../../model/intravisor/system.ts";
import type { Step } from "../../model/system-contract.ts";
import { failureText, judgeScript } from "./replay.ts";
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
