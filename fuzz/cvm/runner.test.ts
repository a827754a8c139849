import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { buildElf } from "../elf/source.ts";
import { readText } from "../program/index.ts";
import { checkOf } from "./check.ts";
import { parseDescription } from "./description.ts";
import { planOf } from "./plan.ts";
import type { RunRecord } from "./record.ts";
import { runPlan } from "./runner.ts";
import { Consoles, isWell } from "./telling.ts";

const examples = fileURLToPath(new URL("../../corpora/cvm/", import.meta.url));
const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const system = createIntravisor({ assemble });

const folder = mkdtempSync(join(tmpdir(), "capwright-cvm-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Shape {
  readonly seed: string;
  readonly quantum: number;
  readonly stepsMax?: number;
}

/** Runs a description under the eyes of the oracles; lines of the consoles, by cVM. */
function run(file: string, { seed, quantum, stepsMax = 2_000_000 }: Shape) {
  const plan = planOf(parseDescription(readText(file), file));
  const said: Record<string, string[]> = {};
  const consoles = new Consoles((line) => {
    const [cvm, text] = /^([^|]+)\| (.*)$/.exec(line)!.slice(1) as [string, string];
    said[cvm] = [...(said[cvm] ?? []), text];
  });
  const record = runPlan(plan, system, {
    seed,
    quantum,
    stepsMax,
    judge: checkOf(system),
    onMoment: (moment) => {
      if (moment.kind === "console") consoles.take(moment.cvm, moment.bytes);
    },
  });
  consoles.finish();
  return { said, record };
}

const example = (name: string) => join(examples, `${name}.yaml`);
const endOf = ({ cvms }: RunRecord, name: string) => cvms.find((cvm) => cvm.name === name)?.end;
const shapes: readonly Shape[] = [
  { seed: "1", quantum: 200 },
  { seed: "two", quantum: 40 },
  { seed: "3", quantum: 20_000 },
];

const expected: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  hello: { hello: ["hello world 1 2"] },
  "echo-call": {
    server: ["serving", "calls served: 4"],
    alice: ["answer: HELLO", "answer: AGAIN"],
    bob: ["answer: GOOD MORNING", "answer: BYE"],
  },
  "echo-stream": {
    server: ["bytes echoed: 81"],
    client: [
      "echo: hello",
      "echo: a text that is longer than the sixty-four bytes that the server has room for",
      "bytes after the end: 0",
    ],
  },
  kv: {
    writer: ["stored, bytes: 3", "stored, bytes: 14", "stored, bytes: 3", "found: two and a half"],
    reader: ["found: uno", "nothing found: -2", "removed, bytes: 3", "nothing found: -2"],
  },
  "producer-consumer": { producer: ["numbers made: 20"], consumer: ["sum: 2470"] },
  nested: {
    libos: ["booted", "program: inside a layer!!", "program ended with 7", "calls served: 3"],
    program: ["beyond its own: -14"],
  },
  capfile: { first: ["Hello world", "bytes: 32"], second: ["HOWDY world", "bytes: 32"] },
  disk: { reader: ["the second sector of a disk", "sectors: 64"] },
  boots: { counter: ["runs: 1"] },
  packets: {
    server: ["packets answered: 4"],
    ann: ["answer: olleh", "answer: txet regnol a"],
    ben: ["answer: 54321", "answer: level"],
  },
  workers: { ring: ["turns taken: 12", "sum of their numbers: 66"] },
  exceptions: { repairer: ["inside: 105", "below: -1", "above: -1", "faults repaired: 3"] },
  objects: {
    one: ["object 0", "count: 6", "count: 7", "count: 8", "count: 9", "total: 17"],
    two: ["object 0", "count: 6", "count: 7", "total: 200"],
    forger: ["refused with -8", "check 5"],
  },
};

describe("an example", () => {
  test("each of them is here", () => {
    const there = readdirSync(examples).filter((file) => file.endsWith(".yaml"));
    const here = [...Object.keys(expected), "attacker", "spinner"].map((name) => `${name}.yaml`);
    expect(there.sort()).toEqual(here.sort());
  });

  test.each(Object.keys(expected))("%s says the same, whoever runs when", (name) => {
    for (const shape of shapes) {
      const { said, record } = run(example(name), shape);
      expect(record.broken).toEqual([]);
      expect(said).toEqual(expected[name]);
      expect(isWell(record)).toBe(true);
    }
  });

  test("the same seed, the same run", () => {
    const { record } = run(example("kv"), shapes[1]!);
    expect(run(example("kv"), shapes[1]!).record).toEqual(record);
    expect(run(example("kv"), { ...shapes[1]!, seed: "other" }).record.slices).not.toBe(record.slices);
  });
});

describe("the attackers", () => {
  const { said, record } = run(example("attacker"), shapes[0]!);
  const attempts = record.cvms.filter(({ name }) => name.startsWith("try-"));

  test("try more than a dozen ways", () => {
    expect(attempts.length).toBe(27);
    expect(attempts.every(({ name }) => said[name]![0]!.startsWith("tries "))).toBe(true);
  });

  test("gain nothing: each is refused or ends with a trap", () => {
    for (const { name, end } of attempts) {
      if (end.kind === "fault") expect(said[name]).toHaveLength(1);
      else {
        expect(end).toEqual({ kind: "exit", status: 0n });
        expect(said[name]![1]).toMatch(/^refused: -\d+$/);
      }
    }
    expect(attempts.filter(({ end }) => end.kind === "fault")).toHaveLength(17);
  });

  test("trap where they should", () => {
    const textOf = (name: string) => {
      const end = endOf(record, name);
      return end?.kind === "fault" ? end.text : "none";
    };
    expect(textOf("try-below")).toBe("length violation of ddc at try_below+0x8: lbu x10, -1(x6)");
    expect(textOf("try-keep")).toBe("permit store cap violation of c6 at try_keep+0xc: sc.cap c5, (c6)");
    expect(textOf("try-sealed")).toBe("seal violation of c6 at try_sealed+0x4: ld.cap x10, (c6)");
    expect(textOf("try-ecall")).toBe("ecall from M at try_ecall+0x4: ecall");
  });

  test("leave the victim as it was, and break no rule", () => {
    expect(said["victim"]).toEqual(["the secret is as it was"]);
    expect(record.broken).toEqual([]);
    expect(isWell(record)).toBe(false);
  });
});

describe("a callee that never returns", () => {
  test("loses its caller, who goes on", () => {
    const { said, record } = run(example("spinner"), shapes[0]!);
    expect(said).toEqual({ spinner: ["enough"], patient: ["the call gave -110"] });
    expect(isWell(record)).toBe(true);
  });
});

describe("a callee that faults", () => {
  test("ends, and its caller is told and goes on", () => {
    const library = ["runtime.s", "calls.s", "opening.s", "serving.s", "echo-client.s"];
    for (const name of library) writeFileSync(join(folder, name), readText(join(examples, name)));
    const server = readText(join(examples, "echo-server.s")).replace("serve:\n", "serve:\n  ebreak\n");
    writeFileSync(join(folder, "faulty.s"), server);
    const file = join(folder, "faulty.yaml");
    const rows = ["{name: server, runtime: faulty.s, args: [echo, 1], peers: [client]}"];
    rows.push("{name: client, runtime: echo-client.s, args: [echo, hello]}");
    writeFileSync(file, `cVMs:\n${rows.map((row) => `- ${row}\n`).join("")}`);
    const { said, record } = run(file, shapes[0]!);
    expect(endOf(record, "server")?.kind).toBe("fault");
    expect(said["client"]).toEqual(["call failed with -104"]);
    expect(record).toMatchObject({ verdict: "ended", broken: [] });
  });
});

describe("a run that does not end well", () => {
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  test("where nobody can go on is a deadlock, and tells who waits for what", () => {
    const file = write("deadlock.yaml", `cVMs:\n- {name: server, runtime: server.s}\n`);
    write("server.s", WAITING);
    for (const name of ["runtime.s", "calls.s"]) write(name, readText(join(examples, name)));
    const { record } = run(file, shapes[0]!);
    expect(record.verdict).toBe("deadlock");
    expect(endOf(record, "server")).toEqual({
      kind: "waits",
      for: [expect.stringMatching(/^thread 0 in futex_wait\(address=0x[0-9a-f]+, value=0, timeout=never\)$/)],
    });
    expect(isWell(record)).toBe(false);
  });

  test("where somebody runs for ever stops with the budget", () => {
    write("spin.s", "start: jal x0, start\n");
    const file = write(
      "spin.yaml",
      "cVMs:\n- {name: a, runtime: spin.s, wait: -1}\n- {name: b, runtime: spin.s}\n",
    );
    const { record } = run(file, { ...shapes[0]!, stepsMax: 5000 });
    expect(record).toMatchObject({ verdict: "steps used up", steps: 5000 });
    expect(endOf(record, "a")).toEqual({ kind: "runs" });
    expect(endOf(record, "b")).toEqual({ kind: "never started" });
  });
});

const WAITING = `
.include "runtime.s"
.text
main:
  mv a0, gp
  sd x0, 0(gp)
  li a1, 0
  li a2, -1
  call futex_wait
`;

describe("a runtime that is an ELF file", () => {
  test("finds the stubs from its image, and its range by its stack", () => {
    const source = `
  addi x9, x11, 0
  addi x2, x2, -16
  addi x6, x0, 0x48
  sb x6, 0(x2)
  addi x6, x0, 0x69
  sb x6, 1(x2)
  addi x6, x0, 10
  sb x6, 2(x2)
  addi x10, x2, 0
  addi x11, x0, 3
  addi x30, x0, 1
  lui x8, 0xfffff
  add x8, x8, x9
  jalr x1, 0(x8)
  addi x10, x0, 5
  addi x30, x0, 16
  jalr x1, 0(x8)
`;
    writeFileSync(join(folder, "guest.elf"), buildElf(source, "guest"));
    const file = join(folder, "elf.yaml");
    writeFileSync(file, "cVMs:\n- {name: elf, runtime: guest.elf}\n");
    const { said, record } = run(file, shapes[0]!);
    expect(said).toEqual({ elf: ["Hi"] });
    expect(endOf(record, "elf")).toEqual({ kind: "exit", status: 5n });
  });
});
