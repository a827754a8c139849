/** Puts the engine's module together and starts it. */
import { defineCapability } from "../capability/functions.ts";
import { type Compiled, compile, instantiate, type Running } from "../wasm/instance.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { defineCheckAccess } from "./access.ts";
import type { Build } from "./build.ts";
import { defineCsrs } from "./csr.ts";
import { buildDecoder, type Decodable, type Decoder, defineDecode } from "./decoder.ts";
import { armOf, type Shared } from "./emission.ts";
import { parseEncoding } from "./encoding.ts";
import type { Faults } from "./fault.ts";
import { instructions } from "./instructions.ts";
import type { Layout } from "./layout.ts";
import { defineProducts } from "./product.ts";
import { defineRam } from "./ram.ts";
import { type Arm, defineRunLoop, type LoopParts } from "./run-loop.ts";
import { defineTracer } from "./tracer.ts";
import { defineTraps } from "./trap.ts";
import { defineWindows } from "./window.ts";

/** What the host calls. */
export interface MachineExports {
  /** Runs steps; see defineRunLoop. */
  run(steps: number): void;
  runTraced(steps: number): void;
  inject(steps: number): void;
  injectTraced(steps: number): void;
  /** The whole machine as after a reset, by position in RESET_PRESETS. */
  reset(preset: number): void;
  /** Before `size` bytes of RAM at `at` in linear memory are changed by the host. */
  touch(at: number, size: number): void;
  /** After PCC, DDC or state.injecting were changed by the host. */
  refreshFetch(): void;
  refreshDdc(): void;
  /** Completes a register slot. */
  settle(slot: number): void;
}

export interface Machine {
  readonly exports: MachineExports;
  readonly memory: ArrayBuffer;
}

/** Operation number of "illegal": the first arm behind "not decoded yet". */
const ILLEGAL = 1;

/** The last module emitted, with what it was emitted for: most engines of a process are alike. */
let last: {
  readonly key: string;
  readonly module: Compiled;
  readonly decoderTable: Uint32Array;
} | null = null;

/** Starts a machine with the given planted faults; memory is zero but for the decoder's tables. */
export function startMachine(layout: Layout, faults: Faults): Machine {
  const key = [layout.ramSize, ...[...faults].sort()].join();
  if (last?.key !== key) {
    const { bytes, decoderTable } = emitMachine(layout, faults);
    last = { key, module: compile(bytes), decoderTable };
  }
  const { module, decoderTable } = last;
  const running = instantiate(module, layout.pages);
  new Uint32Array(running.memory, layout.decoderAt, decoderTable.length).set(decoderTable);
  return { exports: running.exports as Running["exports"] & MachineExports, memory: running.memory };
}

/** Emits the module, and what its memory has to hold at `decoderAt`. */
export function emitMachine(
  layout: Layout,
  faults: Faults,
): { readonly bytes: Uint8Array; readonly decoderTable: Uint32Array } {
  const build: Build = { module: new ModuleBuilder(), layout, fault: (id) => faults.has(id) };
  const { decodables, armsFor } = numbered();
  const decoder = buildDecoder(decodables, ILLEGAL);
  const { parts, shared } = defineFunctions(build, faults, decoder);
  const loopParts: LoopParts = { ...parts, arms: armsFor(shared) };
  const loops = {
    run: { injected: false, traced: false },
    runTraced: { injected: false, traced: true },
    inject: { injected: true, traced: false },
    injectTraced: { injected: true, traced: true },
  };
  for (const [name, variant] of Object.entries(loops)) {
    build.module.export(name, defineRunLoop(build, name, variant, loopParts));
  }
  return { bytes: build.module.assemble(layout.pages), decoderTable: decoder.table };
}

/** Numbers the operations: one for each instruction, two if its code depends on the encoding mode. */
function numbered(): { decodables: Decodable[]; armsFor: (shared: Shared) => Arm[] } {
  const decodables: Decodable[] = [];
  const arms: ((shared: Shared) => Arm)[] = [];
  for (const instruction of instructions) {
    const add = (capabilityMode: boolean) =>
      arms.push((shared) => armOf(instruction, capabilityMode, shared));
    const integer = add(false);
    const capability = instruction.authority === "mode" ? add(true) : integer;
    for (const spelling of instruction.encodings) {
      decodables.push({ encoding: parseEncoding(spelling), operation: { integer, capability } });
    }
  }
  return { decodables, armsFor: (shared) => arms.map((make) => make(shared)) };
}

/** Everything that the run loops call. */
function defineFunctions(
  build: Build,
  faults: Faults,
  decoder: Decoder,
): { parts: Omit<LoopParts, "arms">; shared: Shared } {
  const { module, layout } = build;
  const capability = defineCapability(module, faults);
  const { settle } = capability;
  const ram = defineRam(build);
  const windows = defineWindows(build, settle);
  const traps = defineTraps(build, capability, windows.refreshFetch);
  const csrs = defineCsrs(build, capability, windows.refreshFetch);
  const tracer = defineTracer(build, settle);
  const decode = defineDecode(build, decoder);
  const functions = {
    ...capability,
    ...defineProducts(build),
    checkAccess: defineCheckAccess(build, settle),
    touch: ram.touch,
    refreshDdc: windows.refreshDdc,
    refreshFetch: windows.refreshFetch,
    checkJump: windows.checkJump,
    writeTrapVector: traps.writeTrapVector,
    legaliseExceptionPc: traps.legaliseExceptionPc,
    leaveTrap: traps.leaveTrap,
    mayAccessCsr: csrs.mayAccess,
    readCsr: csrs.read,
    writeCsr: csrs.write,
  };
  module.export("reset", ram.reset);
  module.export("touch", ram.touch);
  module.export("refreshFetch", windows.refreshFetch);
  module.export("refreshDdc", windows.refreshDdc);
  module.export("settle", settle);
  const parts = { layout, decode, markCode: ram.markCode, windows, traps, tracer };
  return { parts, shared: { ...build, functions, tracer } };
}
