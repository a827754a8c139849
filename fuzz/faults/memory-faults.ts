/** Mistakes in the tags of memory: what stores of integers do to them, and who reads them. */
import { ofKind } from "./planted-fault.ts";

export const memory = ofKind("tags and memory", [
  {
    id: "T01",
    source: "CTSRD-CHERI/qemu d020a4b",
    effect: "an aligned sd.cap leaves the tag of the granule that it writes: any capability can be forged",
    difficulty: 1,
    expect: ["M"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: "const differs = xor(load8u(op.granuleOf(at)), granule.touched);",
        to: `const seen = load8u(op.granuleOf(at));
  const differs = xor(op.name === "sd.cap" ? and(seen, ~granule.tag) : seen, granule.touched);`,
      },
    ],
    model: [
      {
        file: "model/isa/cheri-stores.ts",
        from: `  execute: storingByCap(8),
`,
        to: `  execute(machine, operands) {
    const { memory } = machine;
    const address = machine.readInt(operands.cs1);
    const at = address & -16n;
    const kept = (address & 7n) === 0n && memory.contains(at, 16) && memory.tagAt(at);
    const outcome = storingByCap(8)(machine, operands);
    if (kept) memory.writeGranule(at, memory.readGranule(at), true);
    return outcome;
  },
`,
      },
    ],
  },
  {
    id: "T02",
    source: "CTSRD-CHERI/qemu#73",
    effect: "a store across two granules clears only the first one's tag",
    difficulty: 3,
    expect: ["M"],
    impl: [
      {
        file: "impl/engine/ram.ts",
        from: `    const last = locals.i32();
`,
        to: `    const last = locals.i32();
    const kept = locals.i32();
`,
      },
      {
        file: "impl/engine/ram.ts",
        from: `      set(last, granuleOf(layout, add(at, sub(size, 1)))),
`,
        to: `      set(last, granuleOf(layout, add(at, sub(size, 1)))),
      set(kept, and(ltU(next, last), load8u(last))),
`,
      },
      {
        file: "impl/engine/ram.ts",
        from: `        when(ltU(next, last), [set(next, add(next, 1)), br(again)]),
      ]),
`,
        to: `        when(ltU(next, last), [set(next, add(next, 1)), br(again)]),
      ]),
      store8(last, 0, or(load8u(last), kept)),
`,
      },
    ],
    model: [
      {
        file: "model/machine/memory.ts",
        from: "granule * GRANULE <= last; granule++) tags[granule] = 0;",
        to: "granule <= offset / GRANULE; granule++) tags[granule] = 0;",
      },
    ],
  },
  {
    id: "T04",
    source: "CTSRD-CHERI/qemu d6fc2f3",
    effect: "a store of integers also clears the tag of the granule behind",
    difficulty: 2,
    over: true,
    expect: ["D", "O"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: "return when(either, [call(op.functions.touch, at, size)]);",
        to: `const last = op.granuleOf(add(at, size - 1));
  const isInside = ltU(last, op.layout.granulesAt + op.layout.ramSize / 16 - 1);
  return sequence(
    when(either, [call(op.functions.touch, at, size)]),
    when(isInside, [store8(last, 1, and(load8u(last, 1), ~granule.tag))]),
  );`,
      },
      {
        file: "impl/engine/memory-code.ts",
        from: "load64, store32, store64 }",
        to: "load64, store8, store32, store64 }",
      },
    ],
    model: [
      {
        file: "model/machine/memory.ts",
        from: `      const offset = at(address);
      written(offset, length);
`,
        to: `      const offset = at(address);
      written(offset, length);
      tags[Math.floor((offset + length - 1) / GRANULE) + 1] = 0;
`,
      },
    ],
  },
  {
    id: "T10",
    source: "CTSRD-CHERI/sail-cheri-riscv cb44e5a",
    effect: "CLoadTags reads its tags from the wrong place, one granule on",
    difficulty: 3,
    expect: ["D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-memory.ts",
        from: "load32uTo64(op.granuleOf(at))",
        to: "load32uTo64(op.granuleOf(add(at, 16)))",
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: "memory.tagAt(address + granule * 16n)",
        to: "memory.tagAt(address + granule * 16n + 16n)",
      },
    ],
  },
  {
    id: "T14",
    source: "CTSRD-CHERI/qemu#3",
    effect: "zeroing memory with sd leaves the tags",
    difficulty: 3,
    expect: ["M", "A"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: "const differs = xor(load8u(op.granuleOf(at)), granule.touched);",
        to: `const seen = load8u(op.granuleOf(at));
  const kept = xor(isZero(load64(op.rs2, field.address)), -1);
  const differs = xor(op.name.startsWith("sd") ? and(seen, kept) : seen, granule.touched);`,
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: `  if (refused !== null) return refused;
  return write(machine, index, address, size, value);
}

/** LR:`,
        to: `  if (refused !== null) return refused;
  const { memory } = machine;
  const at = address & -16n;
  const isZeroing = size === 8 && value === 0n && (address & 7n) === 0n;
  const kept = isZeroing && memory.contains(at, 16) && memory.tagAt(at);
  const outcome = write(machine, index, address, size, value);
  if (kept) memory.writeGranule(at, memory.readGranule(at), true);
  return outcome;
}

/** LR:`,
      },
    ],
  },
  {
    id: "W06",
    source: "none known",
    effect: "an AMO of integers leaves the tag of the granule that it changes",
    difficulty: 2,
    expect: ["M", "A"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: "const differs = xor(load8u(op.granuleOf(at)), granule.touched);",
        to: `const seen = load8u(op.granuleOf(at));
  const differs = xor(op.name.startsWith("amo") ? and(seen, ~granule.tag) : seen, granule.touched);`,
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: `  if (typeof loaded !== "bigint") return loaded;
  return write(machine, index, address, size, update(loaded)) ?? loaded;
`,
        to: `  if (typeof loaded !== "bigint") return loaded;
  const { memory } = machine;
  const at = address & -16n;
  const kept = memory.tagAt(at);
  const outcome = write(machine, index, address, size, update(loaded)) ?? loaded;
  memory.writeGranule(at, memory.readGranule(at), kept);
  return outcome;
`,
      },
    ],
  },
]);
