/** `npm run bench`: what is fast, and by how much, as ratios of figures taken in one run. */

import { createEngine, type Engine } from "../../impl/engine/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { createBench } from "../campaign/bench.ts";
import { END_EVERY } from "../campaign/shard.ts";
import { connectRvfi } from "../rvfi/client.ts";
import { startRvfiServer } from "../rvfi/server.ts";
import { variantOf } from "../variant/variant.ts";
import { loops } from "./loops.ts";
import { rates, type Task } from "./measure.ts";
import { generatedPrograms } from "./programs.ts";

const ROUNDS = 8;
const ROUND_MS = 120;
const RAM_BASE = 0x80000000n;
const PROGRAM_WORDS = 100;
const PROGRAMS = 300;

interface Row {
  readonly what: string;
  readonly rate: number;
  /** Against what, and how many times as fast. */
  readonly against?: string;
  readonly ratio?: number;
}

const rows: Row[] = [];
await benchLoops();
await benchPrograms();
await benchPlanting();
await benchServer();
print(rows);

/** Steady state: the same endless loop on both machines, trace off. */
async function benchLoops(): Promise<void> {
  const model = createModel();
  const engine = createEngine();
  let product = 1;
  for (const [name, words] of Object.entries(loops)) {
    const bytes = new Uint8Array(Uint32Array.from(words).buffer);
    for (const machine of [model, engine]) {
      machine.reset({ preset: "bare" });
      machine.load(RAM_BASE, bytes);
    }
    const [slow, fast] = await rates([modelLoop(20_000), engineLoop(2_000_000)], ROUNDS, ROUND_MS);
    rows.push({ what: `model, ${name} loop`, rate: slow! });
    rows.push({ what: `engine, ${name} loop`, rate: fast!, against: "model", ratio: fast! / slow! });
    product *= fast! / slow!;
  }
  const mean = product ** (1 / Object.keys(loops).length);
  rows.push({ what: "engine, loops, geometric mean", rate: Number.NaN, against: "model", ratio: mean });

  function modelLoop(steps: number): Task {
    const run = () => {
      for (let step = 0; step < steps; step++) model.step();
    };
    return { name: "model", instructions: steps, run };
  }

  function engineLoop(steps: number): Task {
    return { name: "engine", instructions: steps, run: () => void engine.run(steps) };
  }
}

/** Fresh programs, each run once from reset: what a campaign does. */
async function benchPrograms(): Promise<void> {
  const model = createModel();
  const engine = createEngine();
  const { lockstep } = await createBench([], ["D"]);
  const programs = generatedPrograms(model, PROGRAMS, PROGRAM_WORDS);
  const instructions = PROGRAMS * PROGRAM_WORDS;

  const runAll = (name: string, run: (words: Uint32Array) => void): Task => ({
    name,
    instructions,
    run: () => {
      for (const words of programs) run(words);
    },
  });
  const check = () => {
    for (const [index, words] of programs.entries()) {
      const next = (at: number) => words[at] ?? -1;
      lockstep.generated({ preset: "dii" }, next, [], () => {}, index % END_EVERY === 0);
    }
  };
  const [alone, quiet, traced, checked] = await rates(
    [
      runAll("model", runModel),
      runAll("engine", (words) => runEngine(words, false)),
      runAll("engine, traced", (words) => runEngine(words, true)),
      { name: "lockstep", instructions, run: check },
    ],
    ROUNDS,
    4 * ROUND_MS,
  );
  rows.push({ what: "model, fresh programs", rate: alone! });
  rows.push({ what: "engine, fresh programs", rate: quiet!, against: "model", ratio: quiet! / alone! });
  rows.push({
    what: "engine, fresh programs, traced",
    rate: traced!,
    against: "model",
    ratio: traced! / alone!,
  });
  rows.push({
    what: "lockstep, every field checked",
    rate: checked!,
    against: "model",
    ratio: checked! / alone!,
  });

  function runModel(words: Uint32Array): void {
    model.reset({ preset: "dii" });
    for (const word of words) model.inject(word);
  }

  function runEngine(words: Uint32Array, isTraced: boolean): void {
    engine.reset({ preset: "dii" });
    if (isTraced) engine.injectAll(words, words.length);
    else engine.injectAllQuiet(words, words.length);
  }
}

/** What it costs that faults can be planted: the engine beside one that was compiled for planting, with nothing planted. */
async function benchPlanting(): Promise<void> {
  type EngineModule = typeof import("../../impl/engine/index.ts");
  const variant = await variantOf([]).load<EngineModule>("impl/engine/index.ts");
  const programs = generatedPrograms(createModel(), PROGRAMS, PROGRAM_WORDS);
  const taskOf = (name: string, engine: Engine): Task => ({
    name,
    instructions: PROGRAMS * PROGRAM_WORDS,
    run: () => {
      for (const words of programs) {
        engine.reset({ preset: "dii" });
        engine.injectAllQuiet(words, words.length);
      }
    },
  });
  const tasks = [taskOf("engine", createEngine()), taskOf("variant", variant.createEngine())];
  const [plain, planted] = await rates(tasks, ROUNDS, 2 * ROUND_MS);
  const what = "engine compiled for planting, nothing planted";
  rows.push({ what, rate: planted!, against: "engine", ratio: planted! / plain! });
}

/** An RVFI-DII driver on loopback, sequences of a hundred words in flight; driver and server share this process. */
async function benchServer(): Promise<void> {
  const sequences = generatedPrograms(createModel(), 50, PROGRAM_WORDS).map((words) => [...words]);
  for (const [name, machine] of [
    ["engine", createEngine()],
    ["model", createModel()],
  ] as const) {
    const server = await startRvfiServer({
      machine,
      host: "127.0.0.1",
      port: 0,
      once: true,
      report: () => {},
    });
    const limits = { connectTimeoutMs: 5000, answerTimeoutMs: 5000, wordsMax: PROGRAM_WORDS };
    const peer = await connectRvfi(`rvfi://127.0.0.1:${server.port}`, limits);
    const run = async () => {
      for (const words of sequences) await peer.runSequence(words);
    };
    const instructions = sequences.length * PROGRAM_WORDS;
    const [rate] = await rates([{ name, instructions, run }], ROUNDS, ROUND_MS);
    rows.push({ what: `RVFI-DII server, ${name}`, rate: rate! });
    peer.close();
    await server.ended;
  }
}

function print(table: readonly Row[]): void {
  console.log("| what | M instructions/s | ratio |\n|---|---|---|");
  for (const { what, rate, against, ratio } of table) {
    const shown = Number.isNaN(rate) ? "" : (rate / 1e6).toPrecision(3);
    console.log(
      `| ${what} | ${shown} | ${ratio === undefined ? "" : `${ratio.toPrecision(3)} × ${against}`} |`,
    );
  }
}
