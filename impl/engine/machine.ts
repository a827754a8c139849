/** Puts the engine's module together and starts it. */
import { RV64 } from "../capability/format.ts";
import { defineCapability } from "../capability/functions.ts";
import type { FunctionRef } from "../wasm/code.ts";
import { type Compiled, compile, instantiate, type Running } from "../wasm/instance.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { defineCheckAccess } from "./access.ts";
import type { Build } from "./build.ts";
import { defineCsrs } from "./csr.ts";
import { buildDecoder, type Decodable, type Decoder, defineDecode } from "./decoder.ts";
import { type Arm, armOf, type Shared } from "./emission.ts";
import { parseEncoding } from "./encoding.ts";
import { instructions } from "./instructions.ts";
import { type Layout, RAM_BASE } from "./layout.ts";
import type { LoopParts } from "./loop-site.ts";
import type { Instruction, Link } from "./operation.ts";
import { reservedEncodings, systemInstructions } from "./ops-system.ts";
import { defineProducts } from "./product.ts";
import { defineRam } from "./ram.ts";
import { defineRunLoop } from "./run-loop.ts";
import { defineTracer } from "./tracer.ts";
import { defineTraps } from "./trap.ts";
import { defineAdmitAccess, defineWindows } from "./window.ts";

/** What the host calls. */
export interface MachineExports {
  /** Runs steps, of which the result says how many are left; see defineRunLoop. */
  run(steps: number): number;
  runPlain(steps: number): number;
  runTraced(steps: number): number;
  inject(steps: number): number;
  injectTraced(steps: number): number;
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

/** An operation: an instruction in the encoding modes in which it has the same code. */
export interface MachineOperation {
  readonly arm: Arm;
  /** May be part of a translated path. */
  readonly translatable: boolean;
  /** rd is rs1 with another address, or untagged. */
  readonly movesAddress: boolean;
  /** What it leaves in rd, if it is a jump that leaves a link. */
  readonly links: Link | null;
}

export interface Machine {
  readonly exports: MachineExports;
  readonly memory: ArrayBuffer;
  readonly ramBase: bigint;
  readonly running: Running;
  /** The functions that emitters call, by index. */
  readonly functions: readonly FunctionRef[];
  /** By operation number less one. */
  readonly operations: readonly MachineOperation[];
}

/** Operation number of "illegal": the first arm behind "not decoded yet". */
const ILLEGAL = 1;

/** An emitted module, what its memory holds at the start, and what translations are made with. */
interface Emitted extends Pick<Machine, "functions" | "operations"> {
  readonly bytes: Uint8Array;
  readonly decoderTable: Uint32Array;
}

/** The last module emitted, with the size of RAM it was emitted for: most engines of a process are alike. */
let last: { readonly ramSize: number; readonly emitted: Emitted; readonly module: Compiled } | null = null;

/** Starts a machine; its memory is zero but for the decoder's tables. */
export function startMachine(layout: Layout): Machine {
  const { ramSize } = layout;
  if (last?.ramSize !== ramSize) {
    const emitted = emitMachine(layout);
    last = { ramSize, emitted, module: compile(emitted.bytes) };
  }
  const { decoderTable, functions, operations } = last.emitted;
  const running = instantiate(last.module, layout.pages);
  new Uint32Array(running.memory, layout.decoderAt, decoderTable.length).set(decoderTable);
  const exports = running.exports as Running["exports"] & MachineExports;
  return { exports, memory: running.memory, ramBase: RAM_BASE, running, functions, operations };
}

const variants = {
  run: { injected: false, traced: false, translating: true },
  runPlain: { injected: false, traced: false, translating: false },
  runTraced: { injected: false, traced: true, translating: false },
  inject: { injected: true, traced: false, translating: false },
  injectTraced: { injected: true, traced: true, translating: false },
} as const;

/** Emits the module, and what its memory has to hold at `decoderAt`. */
export function emitMachine(layout: Layout): Emitted {
  const build: Build = { module: new ModuleBuilder(), layout };
  const { decodables, operationsFor } = numbered();
  const decoder = buildDecoder(decodables, ILLEGAL);
  const { parts, shared } = defineFunctions(build, decoder);
  const functions = build.module.declared();
  for (const each of functions) build.module.export(each.name, each);
  const operations = operationsFor(shared);
  const loopParts: LoopParts = { ...parts, arms: operations.map(({ arm }) => arm) };
  for (const [name, variant] of Object.entries(variants)) {
    build.module.export(name, defineRunLoop(build, name, variant, loopParts));
  }
  const bytes = build.module.assemble(layout.pages);
  return { bytes, decoderTable: decoder.table, functions, operations };
}

/** These depend on the step counter, or leave the path anyway. */
const untranslatable = new Set<Instruction>([...systemInstructions, ...reservedEncodings]);

/** Numbers the operations: one for each instruction, two if its code depends on the encoding mode. */
function numbered(): { decodables: Decodable[]; operationsFor: (shared: Shared) => MachineOperation[] } {
  const decodables: Decodable[] = [];
  const operations: ((shared: Shared) => MachineOperation)[] = [];
  for (const instruction of instructions) {
    const known = {
      translatable: !untranslatable.has(instruction),
      movesAddress: instruction.movesAddress === true,
      links: instruction.links ?? null,
    };
    const add = (capabilityMode: boolean) =>
      operations.push((shared) => ({ arm: armOf(instruction, capabilityMode, shared), ...known }));
    const integer = add(false);
    const capability = instruction.authority === "mode" ? add(true) : integer;
    for (const spelling of instruction.encodings) {
      decodables.push({ encoding: parseEncoding(spelling), operation: { integer, capability } });
    }
  }
  return { decodables, operationsFor: (shared) => operations.map((make) => make(shared)) };
}

/** Everything that the run loops call. */
function defineFunctions(build: Build, decoder: Decoder): { parts: Omit<LoopParts, "arms">; shared: Shared } {
  const { module, layout } = build;
  const capability = defineCapability(module, RV64);
  const { settle } = capability;
  const ram = defineRam(build);
  const windows = defineWindows(build, settle);
  const traps = defineTraps(build, capability, windows.refreshFetch);
  const csrs = defineCsrs(build, capability, windows.refreshFetch);
  const tracer = defineTracer(build, settle);
  const decode = defineDecode(build, decoder);
  const checkAccess = defineCheckAccess(build, settle);
  const functions = {
    ...capability,
    ...defineProducts(build),
    checkAccess,
    admitAccess: defineAdmitAccess(build, checkAccess),
    touch: ram.touch,
    refreshDdc: windows.refreshDdc,
    refreshFetch: windows.refreshFetch,
    refreshMode: windows.refreshMode,
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
