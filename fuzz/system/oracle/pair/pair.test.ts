import { describe, expect, test } from "vitest";
import { createIntravisor } from "../../../../impl/intravisor/intravisor.ts";
import { hostCalls } from "../../../../model/intravisor/calls.ts";
import { createSystemModel } from "../../../../model/intravisor/system.ts";
import { assembleProgram } from "../../../../model/isa/index.ts";
import type {
  CvmDescription,
  SecretPair,
  SecretSystem,
  Step,
  StepReport,
  SystemScript,
  ThreadName,
  Value,
} from "../../../../model/system-contract.ts";
import { Random } from "../../../generate/random.ts";
import { ScriptSource } from "../../generate.ts";
import { stepsOf } from "../../lockstep.ts";
import { paired } from "./boost.ts";
import { disclosures } from "./disclosure.ts";
import { noCounts } from "./pair.ts";
import { shrinkLeak } from "./shrink.ts";
import type { Worlds } from "./sighting.ts";
import { leakText, signatureOfLeak } from "./story.ts";
import { leakIn } from "./worlds.ts";

const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const createSystem = () => createIntravisor({ assemble });
const models: Worlds = [createSystemModel(), createSystemModel()];

const [A, B]: ThreadName[] = [
  { cvm: "a", thread: 0 },
  { cvm: "b", thread: 0 },
] as const;
const quotas = { threads: 2, handles: 4, grants: 2, endpoints: 2, timers: 1 };
const cvm = (name: string): CvmDescription => {
  return { name, size: 0x7000, codeSize: 0x3000, image: "", parent: null, quotas };
};
const number = (value: number): Value => ({ kind: "number", value: BigInt(value) });
const data = (offset: number, name: string | null = null): Value => {
  return { kind: "at", cvm: name, part: "data", offset: BigInt(offset) };
};
const result = (step: number): Value => ({ kind: "result", step, index: 0 });
const call = (by: ThreadName, name: string, ...args: Value[]): Step => {
  return { by, action: { do: "call", call: name, args } };
};
const store = (by: ThreadName, offset: number, value: number): Step => {
  return { by, action: { do: "store", address: data(offset), size: 8, value: number(value) } };
};

function scriptOf(...steps: readonly Step[]): SystemScript {
  const cvms = [cvm("a"), cvm("b")];
  return { format: "capwright-script", version: 1, level: "system", cvms, steps, schedule: [] };
}

/** a (slot 0) lets b read 64 bytes; b reads them, and may do more. */
const KEY = 0x6b6579;
const sharing = [
  store(A, 0x40, KEY),
  store(B, 0x40, KEY),
  store(A, 0x80, 0x1_0000_0001),
  call(
    A,
    "cp_file_advertise",
    data(0x40),
    number(8),
    data(0x200),
    number(64),
    number(1),
    data(0x80),
    number(1),
  ),
  call(B, "cp_file_probe", data(0x40), number(8), number(1)),
];
const read = call(B, "cp_file_pread", result(6), number(0), data(0x400), number(64));

const pairOf = (form: SecretPair["form"], more: Partial<SecretPair> = {}): SecretPair => {
  return { form, cvm: "a", birth: 0, seed: 5, bytes: null, registers: null, ...more };
};

/** The reference, with a mistake in some of its steps. */
function leaky(mistake: (model: SecretSystem, step: Step, report: StepReport) => StepReport): Worlds {
  const make = (): SecretSystem => {
    const model = createSystemModel();
    return {
      ...model,
      name: "leaky",
      step: (step, results) => mistake(model, step, model.step(step, results)),
    };
  };
  return [make(), make()];
}

/** Whether b makes this call. */
function isCall(step: Step, name: string): boolean {
  if (step.by === null || step.by.cvm !== "b") return false;
  return step.action.do === "call" && step.action.call === name;
}

const valued = (report: StepReport, a0: bigint): StepReport => {
  return { ...report, outcome: { kind: "returned", values: [a0, 0n, 0n] } };
};

describe("what calls make known", () => {
  test("is said of every call there is", () => {
    const missing = hostCalls.filter(({ name }) => disclosures[name] === undefined).map(({ name }) => name);
    expect(missing).toEqual([]);
  });

  test("is said of nothing else", () => {
    const names = new Set(hostCalls.map(({ name }) => name));
    expect(Object.keys(disclosures).filter((name) => !names.has(name))).toEqual([]);
  });

  test("has a reason", () => {
    for (const [name, { reason }] of Object.entries(disclosures)) expect(reason, name).toMatch(/\w+ \w+/);
  });
});

describe("two worlds of a system without mistakes", () => {
  test.each(["steps", "run"] as const)("look the same, %s", (form) => {
    for (const worlds of [models, [createSystem(), createSystem()] as const]) {
      const random = new Random("worlds");
      const source = new ScriptSource(random, createSystemModel());
      const counts = noCounts();
      for (let index = 0; index < 4; index++) {
        random.restart(index);
        const { script, pair } = paired(source.script(120), random);
        expect(leakIn(script, { ...pair, form }, worlds, counts), `script ${index}`).toBeNull();
      }
      expect(counts.held).toBeGreaterThan(200);
      expect(counts.told.size).toBeGreaterThan(3);
    }
  });

  test("are the same in what is shared, written, called with, sent to the console or waited for", () => {
    const told = [
      ...sharing,
      read,
      call(A, "console_write", data(0x300), number(8)),
      call(A, "futex_wait", data(0x308), number(0), number(0)),
      call(A, "cp_file_revoke", result(5)),
    ];
    const counts = noCounts();
    expect(leakIn(scriptOf(...told), pairOf("steps"), models, counts)).toBeNull();
    expect([...counts.told.keys()]).toEqual(["cp_file_advertise", "console_write", "futex_wait"]);
    expect(counts).toMatchObject({ vacuous: 1, held: told.length + 1 });
  });

  test("take values from the first one's results in both", () => {
    const gift = [
      { by: A, action: { do: "load", address: data(0x700), size: 8 } },
      { by: B, action: { do: "store", address: data(0x700), size: 8, value: result(2) } },
    ] as const;
    const counts = noCounts();
    expect(leakIn(scriptOf(...gift), pairOf("steps"), models, counts)).toBeNull();
    expect(counts.frozen).toBe(1);
  });

  test("are not told apart by those who hold the secrets, the layers around them", () => {
    const parent = { cvm: "a", at: 0x1000 };
    const inner = { ...cvm("b"), size: 0x5000, parent, quotas: { ...quotas, threads: 1 } };
    const script = { ...scriptOf({ by: A, action: { do: "load", address: data(0x1000), size: 8 } }) };
    const nested = { ...script, cvms: [cvm("a"), inner] };
    const counts = noCounts();
    expect(leakIn(nested, pairOf("steps", { cvm: "b" }), models, counts)).toBeNull();
    expect(counts.held).toBeGreaterThan(0);
  });

  test("say that nothing was compared when the cVM is never there", () => {
    const counts = noCounts();
    expect(leakIn(scriptOf(...sharing), pairOf("steps", { cvm: "nobody" }), models, counts)).toBeNull();
    expect(counts).toMatchObject({ held: 0, vacuous: sharing.length + 2 });
  });
});

describe("two worlds of a system with a mistake", () => {
  const stepsWith = (mistake: Parameters<typeof leaky>[0], ...steps: readonly Step[]) =>
    leakIn(scriptOf(...steps), pairOf("steps"), leaky(mistake), noCounts());

  test("are told apart by an error of kill that follows from what is killed", () => {
    const leak = stepsWith(
      (model, step, report) => {
        if (step.by !== null || step.event.do !== "kill") return report;
        return { ...report, outcome: { kind: "done", value: BigInt(model.secrets.read("a", 0x900, 1)[0]!) } };
      },
      { by: null, event: { do: "kill", cvm: "a" } },
    );
    expect(leak?.seen[0]).toMatchObject({ who: "the outside", what: "outcome.value", one: "0x0" });
  });

  test("are told apart by a byte behind a grant", () => {
    const leak = stepsWith(
      (model, step, report) => {
        if (!isCall(step, "cp_file_pread")) return report;
        model.secrets.overwrite("b", 0x440, model.secrets.read("a", 0x240, 1));
        return report;
      },
      ...sharing,
      read,
    );
    expect(leak).toMatchObject({ at: 7, seen: [{ who: "b", what: "data+0x440" }] });
  });

  test("are told apart by a handle that reads on after the grant is over", () => {
    const leak = stepsWith(
      (model, step, report) => {
        if (!isCall(step, "cp_file_pread")) return report;
        model.secrets.overwrite("b", 0x400, model.secrets.read("a", 0x200, 64));
        return valued(report, 64n);
      },
      ...sharing,
      read,
      call(A, "cp_file_revoke", result(5)),
      read,
    );
    expect(leak).toMatchObject({ at: 9, seen: [{ who: "b" }, { who: "b" }, { who: "b" }, { who: "b" }] });
  });

  test("are told apart by memory that is not scrubbed", () => {
    const left = new Map<SecretSystem, Uint8Array>();
    const leak = stepsWith(
      (model, step, report) => {
        if (step.by !== null) return report;
        const known = left.get(model);
        if (step.event.do === "kill") left.set(model, model.secrets.read("a", 0, 0x1000).slice());
        if (step.event.do === "create" && known) model.secrets.overwrite(step.event.cvm.name, 0, known);
        return report;
      },
      { by: null, event: { do: "kill", cvm: "a" } },
      { by: null, event: { do: "reclaim", cvm: "a" } },
      { by: null, event: { do: "create", cvm: cvm("c") } },
    );
    expect(leak).toMatchObject({ at: 4 });
    expect(leak?.seen[0]?.who).toBe("c");
  });

  test("are told apart by whether a thread waits", () => {
    const leak = stepsWith(
      (model, step, report) => {
        if (step.by?.cvm !== "a" || model.secrets.read("a", 0x500, 1)[0] === 0) return report;
        return { ...report, outcome: { kind: "blocked" } };
      },
      call(A, "time"),
    );
    expect(leak?.seen).toEqual([{ who: "a.0", what: "outcome.kind", one: "returned", two: "blocked" }]);
  });

  test("are told apart without a byte being touched from outside, where the cVM stores it itself", () => {
    const worlds = leaky((model, step, report) => {
      if (step.by?.cvm !== "b") return report;
      return valued(report, BigInt(model.secrets.read("a", 0x600, 1)[0]!));
    }).map(({ ...world }) => {
      const { secrets: _, ...plain } = world as SecretSystem;
      return plain;
    });
    const script = scriptOf(store(A, 0x600, 1), store(A, 0x200, 2), ...sharing, call(B, "time"));
    const leak = leakIn(script, pairOf("run"), [worlds[0]!, worlds[1]!], noCounts());
    expect(leak).toMatchObject({ seen: [{ who: "b.0" }] });
  });

  test("give a leak that is as small as can be, in steps and in what differs", () => {
    const worlds = leaky((model, step, report) => {
      if (!isCall(step, "cp_file_probe")) return report;
      const secret = model.secrets.read("a", 0xabc, 1)[0]!;
      return secret > 0x7f ? valued(report, 0x77n) : report;
    });
    const script = scriptOf(...sharing, read, call(A, "time"), { by: null, event: { do: "kill", cvm: "a" } });
    const pair = pairOf("steps", { seed: 6 });
    const leak = leakIn(script, pair, worlds, noCounts())!;
    const small = shrinkLeak({ script, pair }, leak, worlds, 1000);
    expect(stepsOf(small.script)).toHaveLength(3);
    expect(small).toMatchObject({ isMinimal: true, pair: { bytes: [[0xabc, 1]], registers: [] } });
    expect(signatureOfLeak(small.script, small.leak)).toBe("leak at cp_file_probe: outcome.values[]");
    expect(leakText(small.pair, "leaky", small.leak).at(-1)).toMatch(
      /^ {2}what differs: a\.data\+0xabc \(0x0 or 0x[0-9a-f]+\)$/,
    );
  });
});
