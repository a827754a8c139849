/** Mistakes with single-copy objects by which one client is seen by another, or changes what is not its own. */
import type { Patch } from "../../variant/variant.ts";
import { ofKind } from "../planted-fault.ts";
import { inImpl, inImplObjects, inModelObjects } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor 18ee997";
const subject = "objects";

/** What a client's table leads to is the state of another who has bound the object, as it was when the client bound it. */
const sitsWith = (whose: { readonly impl: string; readonly model: string }) => ({
  impl: [
    inImplObjects(
      "binding",
      "      forge.make({ base: place.base, size: object.stateSize, perms: STATE_PERMS });",
      `      const other = ${whose.impl};
      const seat = object.bindings.find((one) => one.cvm === other)?.place?.base ?? place.base;
      forge.make({ base: seat, size: object.stateSize, perms: STATE_PERMS });`,
    ),
  ] satisfies Patch[],
  model: [
    inModelObjects(
      "objects",
      "const binding: Binding = { client, mode, state, entry: entryFor(state) };",
      `const other: Identity | undefined = ${whose.model};
  const seat = other !== undefined && bindingOf(object, other) !== null ? other : client;
  const binding = { client, mode, state, entry: entryFor(bindingOf(object, seat)?.state ?? state), seat };`,
    ),
    inModelObjects(
      "calls",
      "    bound: boundBy(system, cvm.identity),\n",
      "    bound: boundBy(system, cvm.identity).map(seated),\n",
    ),
    inModelObjects(
      "calls",
      "  const stored = withStates(system, cvm.identity, states);\n",
      `  let stored = system;
  for (const [number, state] of states) {
    const { object, binding } = boundBy(system, cvm.identity).find((one) => one.object.number === number)!;
    const { client } = seated({ object, binding }).binding;
    stored = withStates(stored, client, new Map([[number, state]]));
  }
`,
    ),
    inModelObjects(
      "calls",
      "/** What a library sees:",
      `function seated<One extends ReturnType<typeof boundBy>[number]>({ object, binding }: One) {
  const { seat } = binding as { seat?: (typeof binding)["client"] };
  return { object, binding: (seat && bindingOf(object, seat)) ?? binding };
}

/** What a library sees:`,
    ),
  ] satisfies Patch[],
});

export const objectSharing = ofKind("authority", [
  {
    id: "M28",
    source: `${PROTOTYPE}; the DDC of an object is read-write over its image`,
    effect: "what an object has to read its shared data can write it too",
    difficulty: 2,
    expect: ["M", "S", "O", "D"],
    subject,
    impl: [
      inImplObjects("load", "address, perms: perms.load });", "address, perms: perms.load | perms.store });"),
    ],
    model: [
      inModelObjects(
        "relocation",
        "put(patched, place, pointerTo(rodata, relocation, authority.read));",
        "put(patched, place, pointerTo(rodata, relocation, authority.data));",
      ),
      inModelObjects(
        "memory",
        "    touch(at) {\n",
        `    touch(at, size) {
      tags.fill(0, Math.floor(at / GRANULE), Math.floor((at + size - 1) / GRANULE) + 1);
      if (size > 0) return;
`,
      ),
    ],
  },
  {
    id: "M29",
    source: `${PROTOTYPE}; which client, place and index are registered is not checked`,
    effect: "an import may be of an export that there is not",
    difficulty: 3,
    expect: ["O", "D"],
    subject,
    impl: [
      inImplObjects(
        "calls",
        'if (at === null || entry >= BigInt(target.object.exports)) return "EINVAL";',
        'if (at === null) return "EINVAL";',
      ),
    ],
    // Where there is no entry, nothing can be entered.
    model: [
      inModelObjects(
        "imports",
        'if (target.mode === "library" || exportNumber >= BigInt(other.file.exports.length))',
        'if (target.mode === "library")',
      ),
      inModelObjects(
        "execution",
        "  const args = [0, 1, 2, 3].map((at) => machine.readCap(A0 + at));\n",
        `  const { file } = hart.client.bound.find(({ object }) => object.number === target.object)!.object;
  if (file.exports[target.export] === undefined) return { cause: 0x1cn, value: (29n << 5n) | 1n };
  const args = [0, 1, 2, 3].map((at) => machine.readCap(A0 + at));
`,
      ),
    ],
  },
  {
    id: "M30",
    source: `${PROTOTYPE}; CLS tables are those of threads`,
    effect: "the CLS table of a cVM is there for its first thread alone",
    difficulty: 2,
    expect: ["O", "D"],
    subject,
    impl: [
      inImplObjects(
        "object-code",
        "  csetboundsimm c26, c26, $",
        `  ld x29, 384(c5)
  sltiu x29, x29, 1
  slli x29, x29, 10
  csetbounds c26, c26, x29
# $`,
      ),
      inImpl(
        "domain",
        "  nameDomain(engine, at, cvm);\n",
        `  nameDomain(engine, at, cvm);
  engine.load(BigInt(at + 384), new Uint8Array(new BigUint64Array([BigInt(number)]).buffer));
`,
      ),
    ],
    model: [
      inModelObjects(
        "execution",
        "over(TABLE, BigInt(OBJECTS_MAX * SLOT), authority.table)",
        "over(TABLE, client.thread === 0 ? BigInt(OBJECTS_MAX * SLOT) : 0n, authority.table)",
      ),
      inModelObjects(
        "calls",
        "    mayCallBack: thread.frames.length < FRAMES_MAX,\n",
        "    thread: thread.number,\n    mayCallBack: thread.frames.length < FRAMES_MAX,\n",
      ),
      inModelObjects(
        "calls",
        "    mayCallBack: false,\n",
        "    thread: thread.number,\n    mayCallBack: false,\n",
      ),
    ],
  },
  {
    id: "M31",
    source: `${PROTOTYPE}; what CLS gives is bounded by the whole store`,
    effect: "a pointer to one variable of a state reaches all of them",
    difficulty: 2,
    expect: ["M", "S", "N", "O", "D"],
    subject,
    impl: [
      inImplObjects(
        "binding",
        "forge.make({ base: from, size, address: from + addend, perms: allowed });",
        `forge.make(
      isState
        ? { base, size: object.stateSize, address: from + addend, perms: allowed }
        : { base: from, size, address: from + addend, perms: allowed },
    );`,
      ),
      inImplObjects(
        "binding",
        "function fillState(forge: Forge, { pointers, rodataBase }: SharedObject, base: number): void {",
        `function fillState(forge: Forge, object: SharedObject, base: number): void {
  const { pointers, rodataBase } = object;`,
      ),
    ],
    model: [
      inModelObjects(
        "relocation",
        "put(state, place, pointerTo(state, relocation, authority.data));",
        `put(
      state,
      place,
      pointer(base, BigInt(state.bytes.length), authority.data, BigInt(relocation.target + relocation.addend)),
    );`,
      ),
    ],
  },
  // In both: an object that follows such a pointer traps in the reference, which has no memory of others there.
  {
    id: "M36",
    source: `${PROTOTYPE}; pointers of static initialisers keep pointing into the shared image`,
    effect: "pointers in the initial data of every client lead to the state of the first",
    difficulty: 3,
    expect: ["M", "N", "O", "D"],
    subject,
    impl: [
      inImplObjects(
        "binding",
        "const from = (isState ? base : rodataBase) + target;",
        "const from = (isState ? (object.bindings[0]?.place?.base ?? base) : rodataBase) + target;",
      ),
      inImplObjects(
        "binding",
        "function fillState(forge: Forge, { pointers, rodataBase }: SharedObject, base: number): void {",
        `function fillState(forge: Forge, object: SharedObject, base: number): void {
  const { pointers, rodataBase } = object;`,
      ),
    ],
    model: [
      inModelObjects(
        "objects",
        "relocateState(object.file, base, object.rodata)",
        "relocateState(object.file, base, object.rodata, object.bindings[0]?.state.base ?? base)",
      ),
      inModelObjects(
        "relocation",
        "export function relocateState(file: ObjectFile, base: bigint, rodata: Piece): Piece {",
        "export function relocateState(file: ObjectFile, base: bigint, rodata: Piece, first = base): Piece {",
      ),
      inModelObjects(
        "relocation",
        "pointerTo(state, relocation, authority.data)",
        "pointerTo({ ...state, base: first }, relocation, authority.data)",
      ),
    ],
  },
  {
    id: "V24",
    source: `${PROTOTYPE}; the counter of the example counts on over its tenants`,
    effect: "all clients of an object have the state of the first",
    difficulty: 1,
    expect: ["M", "S", "N", "O", "D"],
    subject,
    ...sitsWith({ impl: "object.bindings[0]!.cvm", model: "object.bindings[0]?.client" }),
  },
]);

/** Whose state an object finds is asked of somebody who can say anything. */
export const objectIdentity = ofKind("identity", [
  {
    id: "B17",
    source: `${PROTOTYPE} get_cur_thread, for objects`,
    effect:
      "whose state an object finds follows from the stack pointer: a layer's stack is in the cVM around it",
    difficulty: 4,
    expect: ["M", "O", "D"],
    subject,
    ...sitsWith({
      impl: "((one) => { while (one.parent !== null) one = one.parent; return one; })(cvm)",
      model: `((one) => {
    while (one.parent !== null) one = system.cvms.find((cvm) => cvm && isSame(cvm.identity, one.parent!))!;
    return one.identity;
  })(caller.cvm)`,
    }),
  },
  {
    id: "B18",
    source: `${PROTOTYPE}, for objects`,
    effect: "whose state an object finds is read from the guest's memory: a byte of its data part",
    difficulty: 4,
    expect: ["M", "O", "D"],
    subject,
    ...sitsWith({
      impl: "sharing.tables.cvms[sharing.engine.peek(BigInt(cvm.dataBase + 0x2408), 1)[0]! % 8]",
      model:
        "((slot) => system.cvms[slot % 8]?.identity)(readGuest(system, caller, caller.cvm.data.base + 0x2408n, 1n)?.[0] ?? 0)",
    }),
  },
]);
