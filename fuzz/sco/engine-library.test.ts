import { describe, expect, test } from "vitest";
import { assembleProgram } from "../../model/isa/index.ts";
import type { ThreadName } from "../../model/system-contract.ts";
import { code, objectOf, own, World } from "./engine-world.ts";

const A: ThreadName = { cvm: "a", thread: 0 };
const B: ThreadName = { cvm: "b", thread: 0 };
const [EBADF, EFAULT, EEXIST, EINVAL] = [-9, -14, -17, -22];
const LIBRARY = 1;
/** Of a call into an object from the stub and back, with seven of the object itself. */
const STEPS = 210;

/** What each export does says its name; `slot` tells whether its table has anything for a number. */
const text = `.export count
.export base
.export offset
.export length
.export perms
.export get
.export slot
.export trap
.text
count: cls c5, calls
  ld a1, 0(c5)
  add a0, a0, a1
  sd a0, 0(c5)
  ret
base: cspecialrw c5, ddc, c0
  cgetbase a0, c5
  ret
offset: cspecialrw c5, ddc, c0
  cgetoffset a0, c5
  ret
length: cspecialrw c5, ddc, c0
  cgetlen a0, c5
  ret
perms: cspecialrw c5, ddc, c0
  cgetperm a0, c5
  ret
get: cspecialrw c5, ddc, c0
  cincoffset c5, c5, a0
  ld a0, 0(c5)
  ret
slot: slli a0, a0, 4
  cincoffset c5, c26, a0
  lc c5, 0(c5)
  cgettag a0, c5
  ret
trap: cspecialrw c5, ddc, c0
  sd a0, 0(c5)
  ebreak
.data
calls: .8byte SEED
.align 16
hook: .importslot other
`;
const library = objectOf(`.import other\n${text.replace("SEED", "1000")}`);
const other = objectOf(`.import other\n${text.replace("SEED", "2000")}`);
const [COUNT, BASE, OFFSET, LENGTH, PERMS, GET, SLOT, TRAP] = [0, 1, 2, 3, 4, 5, 6, 7];
const [LOAD, STORE] = [4, 8];

const world = new World();
const { probe } = world.system;
const objects = () => world.system.view().objects;
const partOf = (name: string) => world.system.view().cvms.find((cvm) => cvm.name === name)!;
const words = (lines: string) => assembleProgram(lines, { capabilityMode: false }).words;

/** Lets a change its DDC. */
function under(lines: string): void {
  const change = `cspecialrw c5, ddc, c0\n${lines}\ncspecialrw c0, ddc, c5`;
  expect(world.take(A, { do: "body", words: words(change) }).kind).toBe("returned");
}

/** Takes what a has in its record of a handle for that. */
function fromStore(index: number): string {
  const { base, codeSize } = partOf("a");
  const { storeSize, handlesAt, recordBytes } = probe.places;
  const at = Number(base) + codeSize - storeSize + handlesAt + index * recordBytes;
  return `lui x6, ${(at + 0x800) >>> 12}
    addi x6, x6, ${((at & 0xfff) ^ 0x800) - 0x800}
    slli x6, x6, 32
    srli x6, x6, 32
    cspecialrw c7, pcc, c0
    csetaddr c7, c7, x6
    lc.cap c5, (c7)`;
}

/** Everything that a's register says of its DDC. */
function ddc(): readonly bigint[] {
  const read = (what: string) => `cspecialrw c5, ddc, c0\ncgetaddr x10, c5\n${what}\ncgetbase x12, c5`;
  const found = [read("cgetlen x11, c5"), read("cgetperm x11, c5"), read("cgettag x11, c5")];
  return found.flatMap((lines) => {
    const outcome = world.take(A, { do: "body", words: words(lines) });
    return outcome.kind === "returned" ? outcome.values : [];
  });
}

describe("an object in library mode", () => {
  test("is what it is bound as, and only as one of the two", () => {
    world.begin("a", "b");
    const handle = world.load(A, library);
    expect(world.value(A, "sco_bind", handle + 1, 2)).toBe(EBADF);
    expect(world.value(A, "sco_bind", handle, 2)).toBe(EINVAL);
    expect(world.value(A, "sco_bind", handle, 1n << 63n)).toBe(EINVAL);
    expect(world.values(A, "sco_bind", handle, LIBRARY)).toEqual([0, 0, 0]);
    expect(world.value(A, "sco_bind", handle, 2)).toBe(EINVAL);
    expect(world.value(A, "sco_bind", handle, 0)).toBe(EEXIST);
    world.bound(B, library);
    expect(objects()[0]!.bindings.map(({ cvm, mode }) => [cvm, mode])).toEqual([
      ["a", "library"],
      ["b", "compartment"],
    ]);
  });

  test("has the DDC of its client, from the base of that, and a state of its own", () => {
    world.begin("a", "b");
    const [a, b] = [world.bound(A, library, LIBRARY), world.bound(B, library)];
    const { dataBase, size, codeSize } = partOf("a");
    expect([BASE, OFFSET, LENGTH, PERMS].map((entry) => world.value(A, "sco_call", a, entry))).toEqual([
      Number(dataBase),
      0,
      size - codeSize,
      LOAD | STORE,
    ]);
    expect([BASE, LENGTH, PERMS].map((entry) => world.value(B, "sco_call", b, entry))).toEqual([0, -1, 0]);
    world.take(A, { do: "store", address: own(64), size: 8, value: { kind: "number", value: 77n } });
    expect(world.value(A, "sco_call", a, GET, 64)).toBe(77);
    expect([1, 2].map((by) => world.value(A, "sco_call", a, COUNT, by))).toEqual([1001, 1003]);
    expect(world.value(B, "sco_call", b, COUNT, 1)).toBe(1001);
    expect(world.values(B, "sco_call", b, GET, 64)).toEqual([EFAULT, 28, 5 * 32 + 2]);
  });

  test("sees states in library mode alone; a compartment sees all of its client", () => {
    world.begin("a");
    const [first, second] = [world.bound(A, library), world.bound(A, other, LIBRARY)];
    const seen = (handle: number) =>
      [0, 1, 2, 63].map((one) => world.value(A, "sco_call", handle, SLOT, one));
    expect(seen(first)).toEqual([1, 1, 0, 0]);
    expect(seen(second)).toEqual([0, 1, 0, 0]);
    // What there is behind the table is not for it.
    expect(world.values(A, "sco_call", second, SLOT, 64)).toEqual([EFAULT, 28, 5 * 32 + 1]);
  });

  test("calls nobody, and is called by its client alone", () => {
    world.begin("a");
    const [first, second] = [world.bound(A, library), world.bound(A, other, LIBRARY)];
    expect(world.value(A, "sco_import", first, 0, second, 0)).toBe(EINVAL);
    expect(world.value(A, "sco_import", second, 0, first, 0)).toBe(EINVAL);
    expect(world.value(A, "sco_import", second, 0, second, 0)).toBe(EINVAL);
    expect(world.value(A, "sco_callback", second, 0, code(0x1000))).toBe(EINVAL);
    expect(world.value(A, "sco_callback", first, 0, code(0x1000))).toBe(0);
  });

  test("leaves its client the DDC that it had, however it ends", () => {
    world.begin("a");
    const handles = [world.bound(A, library), world.bound(A, other, LIBRARY)];
    under("cincoffsetimm c5, c5, 1000\naddi x6, x0, 256\ncsetbounds c5, c5, x6\ncincoffsetimm c5, c5, 24");
    const before = ddc();
    for (const handle of handles) {
      world.value(A, "sco_call", handle, COUNT, 1);
      expect(ddc()).toEqual(before);
    }
    const base = Number(partOf("a").dataBase) + 1000;
    expect([BASE, OFFSET, LENGTH].map((entry) => world.value(A, "sco_call", handles[1]!, entry))).toEqual([
      base,
      0,
      256,
    ]);
    expect(world.values(A, "sco_call", handles[1]!, TRAP, 5)).toEqual([EFAULT, 3, expect.any(Number)]);
    expect(ddc()).toEqual(before);
    expect(Buffer.from(world.system.secrets.read("a", 1000, 8)).toString("hex")).toBe("0500000000000000");
  });

  test("is not called under anything but the data of its client", () => {
    const cases = {
      nothing: () => "cmove c5, c0",
      untagged: () => "ccleartag c5, c5",
      "only to be loaded": () => `addi x6, x0, ${LOAD}\ncandperm c5, c5, x6`,
      "only to be stored": () => `addi x6, x0, ${STORE}\ncandperm c5, c5, x6`,
      empty: () => "csetboundsimm c5, c5, 0",
      sealed: () => fromStore(1),
      code: () => "cspecialrw c5, pcc, c0",
    };
    for (const [name, lines] of Object.entries(cases)) {
      world.begin("a");
      const [apart, handle] = [world.bound(A, library), world.bound(A, other, LIBRARY)];
      under(lines());
      expect(world.values(A, "sco_call", handle, COUNT, 1), name).toEqual([EFAULT, 0, 0]);
      expect(world.value(A, "sco_call", apart, COUNT, 1), name).toBe(1001);
      expect(objects()[1]!.bindings[0]!.data, name).toEqual([{ offset: 0, bytes: "d007" }]);
    }
  });

  test("is not called under memory of another, whatever its client may do there", () => {
    world.begin("a", "b");
    const key = { kind: "number", value: 0x6bn } as const;
    for (const by of [A, B]) world.take(by, { do: "store", address: own(0), size: 8, value: key });
    const identity = { kind: "number", value: 1n << 32n } as const;
    world.take(B, { do: "store", address: own(16), size: 8, value: identity });
    world.value(B, "cp_file_advertise", own(0), 1, own(4096), 4096, 3, own(16), 1);
    expect(world.value(A, "cp_file_probe", own(0), 1, 3)).toBe(0x10000);
    const handle = world.bound(A, library, LIBRARY);
    under(fromStore(0));
    const before = ddc();
    expect(before.slice(1, 3)).toEqual([4096n, partOf("b").dataBase + 4096n]);
    expect(world.values(A, "sco_call", handle, COUNT, 1)).toEqual([EFAULT, 0, 0]);
    expect(ddc()).toEqual(before);
  });

  test("comes to the same wherever it is interrupted, under the DDC of its client", () => {
    world.begin("a");
    const handle = world.bound(A, library, LIBRARY);
    world.value(A, "sco_call", handle, COUNT, 0);
    world.take(A, { do: "store", address: own(64), size: 8, value: { kind: "number", value: 77n } });
    for (const piece of [1, 7]) {
      const { dataBase } = partOf("a");
      const before = ddc();
      world.set(A, "sco_call", handle, GET, 64);
      let report = world.system.run(A, piece);
      while (report.end.kind === "preempted") {
        expect(report.ddc?.base).toBe(dataBase);
        report = world.system.run(A, piece);
      }
      expect(report.end).toEqual({ kind: "returned", values: [77n, 0n, 0n] });
      expect(ddc()).toEqual(before);
    }
  });

  test("costs twelve machine steps more than one in a domain of its own, and that has a budget", () => {
    world.begin("a");
    const handles = [world.bound(A, library), world.bound(A, other, LIBRARY)];
    const steps = handles.map((handle) => {
      world.value(A, "sco_call", handle, COUNT, 1);
      const before = probe.machineSteps;
      world.value(A, "sco_call", handle, COUNT, 1);
      return probe.machineSteps - before;
    });
    expect(steps).toEqual([STEPS, STEPS + 12]);
  });

  test("leaves nothing in either table when it is over", () => {
    const { ownBase, ownSize } = probe.places;
    world.begin("a");
    const [first, second] = [world.bound(A, library, LIBRARY), world.bound(A, other)];
    const page = probe.libraryTableOf(0);
    expect(probe.tagged(page, probe.places.pageSize)).toEqual([0, probe.places.libraryDataAt]);
    world.value(A, "sco_unbind", first);
    expect(probe.libraryTableOf(0)).toBe(0);
    expect(probe.tagged(page, probe.places.pageSize)).toEqual([]);
    expect(probe.tagged(probe.tableOf(0), probe.places.tableBytes)).toEqual([16]);
    world.value(A, "sco_bind", first, LIBRARY);
    expect(world.value(A, "sco_call", second, COUNT, 1)).toBe(2001);
    world.happen({ do: "kill", cvm: "a" });
    expect(probe.tagged(ownBase, ownSize)).toEqual([]);
  });
});
