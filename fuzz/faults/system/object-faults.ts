/** Mistakes with single-copy objects: sharing that carries state or authority, ends that are none. */
import { ofKind } from "../planted-fault.ts";
import { inImplObjects, inModelObjects } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor 18ee997";
const NONE = "none known; sharing and ends of objects";

/** Sharing by which one client is seen by another, or changes what is not its own. */
export const objectSharing = ofKind("authority", [
  {
    id: "M28",
    source: `${PROTOTYPE}; the DDC of an object is read-write over its image`,
    effect: "what an object has to read its shared data can write it too",
    difficulty: 2,
    expect: ["M", "S", "D"],
    impl: [
      inImplObjects("load", "address, perms: perms.load });", "address, perms: perms.load | perms.store });"),
    ],
    model: [
      inModelObjects(
        "relocation",
        "put(patched, place, pointerTo(rodata, relocation, authority.read));",
        "put(patched, place, pointerTo(rodata, relocation, authority.data));",
      ),
    ],
  },
  {
    id: "M29",
    source: `${PROTOTYPE}; which client, place and index are registered is not checked`,
    effect: "an import may be of an export that there is not",
    difficulty: 3,
    expect: ["O", "D"],
    impl: [
      inImplObjects(
        "calls",
        'if (at === null || entry >= BigInt(target.object.exports)) return "EINVAL";',
        'if (at === null) return "EINVAL";',
      ),
    ],
    model: [],
  },
  {
    id: "M31",
    source: `${PROTOTYPE}; what CLS gives is bounded by the whole store`,
    effect: "a pointer to one variable of a state reaches all of them",
    difficulty: 2,
    expect: ["M", "S", "N", "D"],
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
  {
    id: "M36",
    source: `${PROTOTYPE}; pointers of static initialisers keep pointing into the shared image`,
    effect: "pointers in the initial data of every client lead to the state of the first",
    difficulty: 3,
    expect: ["M", "N", "D"],
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
    model: [],
  },
  {
    id: "V24",
    source: `${PROTOTYPE}; the counter of the example counts on over its tenants`,
    effect: "all clients of an object have the state of the first",
    difficulty: 1,
    expect: ["M", "S", "N", "D"],
    impl: [
      inImplObjects(
        "binding",
        "forge.make({ base: place.base, size: object.stateSize, perms: STATE_PERMS });",
        "forge.make({ base: object.bindings[0]!.place!.base, size: object.stateSize, perms: STATE_PERMS });",
      ),
    ],
    model: [],
  },
]);

/** Objects that are there too long, or not long enough, or are not what they are taken for. */
export const objectEnds = ofKind("temporal", [
  {
    id: "B11",
    source: NONE,
    effect: "an object is taken for another whose hash begins alike",
    difficulty: 2,
    expect: ["O", "S", "D"],
    impl: [
      inImplObjects(
        "calls",
        "  const hash = sha256(bytes);\n",
        "  const hash = sha256(bytes.subarray(0, 64));\n",
      ),
    ],
    model: [],
  },
  {
    id: "B12",
    source: NONE,
    effect: "more state may be bound than one client may have",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [
      inImplObjects(
        "calls",
        '  if (has + object.stateSize > STATES_MAX) return "ENOMEM";\n',
        '  if (has < 0) return "ENOMEM";\n',
      ),
    ],
    model: [],
  },
  {
    id: "B13",
    source: NONE,
    effect: "an object may be left by a client while a thread of it is inside",
    difficulty: 3,
    expect: ["O", "D"],
    impl: [
      inImplObjects(
        "calls",
        '  if (threadsIn(engine, tables, binding) > 0) return "EBUSY";\n',
        "  threadsIn(engine, tables, binding);\n",
      ),
    ],
    model: [],
  },
  {
    id: "B14",
    source: NONE,
    effect: "what an object leaves on its stack is there for the next that is called",
    difficulty: 4,
    expect: ["V", "D", "N"],
    impl: [inImplObjects("object-code", "(_, offset) => `sc c0,", "(_, offset) => `lc c28,")],
    model: [],
  },
]);
