import { describe, expect, test } from "vitest";
import { createIntravisor } from "../impl/intravisor/intravisor.ts";
import { eachTagged } from "../impl/intravisor/probe.ts";
import { assemble, meant, newSystem, small, Town } from "./system-town.ts";

const A = { cvm: "a", thread: 0 };
const B = { cvm: "b", thread: 0 };
/** The frame of thread 0: cause, value, pc, x1 to x31 at the top of its data part of 0x4000 bytes. */
const FRAME = 0x4000 - 34 * 8;
const CAUSE_CHERI = 0x1cn;

/** Every register but sp, tp and s11 with a number of its own; then three that hold capabilities, and a fault. */
const FULL = [
  ...[1, 3, 5, 6, 7, 8, 9, ...range(10, 26), 28, 29, 30].map((x) => `  addi x${x}, x0, ${x + 1000}`),
  "  cspecialrw c18, ddc, c0",
  "  cspecialrw c19, pcc, c0",
  "  csetaddr c20, c18, x18",
  "  lb x31, 16(x0)",
].join("\n");

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function frameOf(town: Town): bigint[] {
  return range(0, 33).map((word) => {
    const address = meant({ own: FRAME + 8 * word });
    const { outcome } = town.take({ by: A, action: { do: "load", address, size: 8 } });
    return outcome.kind === "returned" ? outcome.values[0] : -1n;
  });
}

describe("a frame that a handler is shown", () => {
  const system = newSystem();

  function faulted(): Town {
    const town = new Town(system);
    town.create(small("a"));
    town.call(A, "exception_register", { code: 0x1000 });
    const { outcome } = town.take({ by: A, action: { do: "body", words: [...assemble(FULL, false)] } });
    expect(outcome).toMatchObject({ kind: "faulted", cause: CAUSE_CHERI });
    return town;
  }

  test("holds what the thread's own registers were, as integers", () => {
    const frame = frameOf(faulted());
    const { base, dataBase, codeSize } = system.view().cvms[0]!;
    expect(frame[0]).toBe(CAUSE_CHERI);
    for (const x of [1, 3, 5, 6, 7, 8, 9, ...range(10, 17), ...range(21, 26), 28, 29, 30]) {
      expect(frame[2 + x], `x${x}`).toBe(BigInt(x + 1000));
    }
    // The address of DDC twice, and of PCC: its own code.
    expect([frame[2 + 18], frame[2 + 20]]).toEqual([dataBase, dataBase]);
    expect(frame[2 + 19]! >= base && frame[2 + 19]! < base + BigInt(codeSize)).toBe(true);
    expect(frame[2]! >= base && frame[2]! < base + BigInt(codeSize)).toBe(true);
  });

  test("leaves no capability behind: neither in it, nor in the handler's registers, nor after it", () => {
    const town = faulted();
    const tagged = () => {
      const found: number[] = [];
      for (const { context } of system.probe.threads())
        eachTagged(context, (register) => found.push(register));
      return found;
    };
    // PCC and DDC.
    expect(tagged()).toEqual([0x20, 0x21]);
    expect(system.view().cvms[0]!.tags).toEqual([]);
    expect(town.call(A, "exception_return", { code: 0x1000 })).toBe(0n);
    expect(tagged()).toEqual([0x20, 0x21]);
  });

  test("is the caller's business in no way when a callee faults, whoever has a handler", () => {
    const town = faulted();
    town.call(A, "exception_return", { code: 0x1000 });
    const before = frameOf(town);
    town.create(small("b"));
    for (const by of [A, B]) town.put(by, 0x40, 7);
    town.put(B, 0x80, 1n << 32n);
    town.call(B, "exception_register", { code: 0x1000 });
    town.call(B, "cp_call_register", { own: 0x40 }, 8, { code: 0x1000 }, 64, 0, { own: 0x80 }, 1);
    const door = town.call(A, "cp_call_open", { own: 0x40 }, 8);
    expect(town.ask(A, "cp_call", door, { own: 0x100 }).kind).toBe("entered");
    town.take({ by: A, action: { do: "body", words: [...assemble(FULL, false)] } });
    expect(town.heard.at(-1)!.woken).toMatchObject([
      { thread: A, values: [BigInt.asUintN(64, -104n), 0n, 0n] },
    ]);
    expect(system.view().cvms.map(({ state }) => state)).toEqual(["running", "quarantine"]);
    expect(frameOf(town)).toEqual(before);
  });
});

describe("a fault of the Intravisor itself", () => {
  test("stops the whole system: it is told, and nothing is done any more", () => {
    // The gate's first instruction behind its trap is one that there is not.
    const broken = createIntravisor({
      assemble: (text, capabilityMode) => {
        const words = [...assemble(text, capabilityMode)];
        const ecall = words.indexOf(0x73);
        return text.includes("\nask:") && ecall >= 0 ? words.with(ecall + 1, 0) : words;
      },
    });
    const town = new Town(broken);
    town.create(small("a"));
    town.create(small("b"));
    const stopped = { kind: "refused", why: "system stopped" };
    const first = town.take({ by: B, action: { do: "call", call: "time", args: [] } });
    expect(first).toMatchObject({ outcome: stopped, devices: [{ device: "monitor" }] });
    expect(town.take({ by: null, event: { do: "create", cvm: small("c") } })).toEqual({
      outcome: stopped,
      woken: [],
      devices: [],
    });
    expect(broken.begin(B, { do: "go" }, [])).toEqual(stopped);
    broken.reset();
    expect(town.create(small("c"))).toBe(0n);
  });
});
