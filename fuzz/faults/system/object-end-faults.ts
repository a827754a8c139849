/** Mistakes with objects that are there too long, or not long enough, or are not what they are taken for. */
import { ofKind } from "../planted-fault.ts";
import { inImplObjects, inModelObjects } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";
const NONE = "none known; sharing and ends of objects";
const subject = "objects";

export const objectEnds = ofKind("temporal", [
  {
    id: "B13",
    source: NONE,
    effect: "an object may be left by a client while a thread of it is inside",
    difficulty: 3,
    expect: ["O", "D"],
    subject,
    impl: [
      inImplObjects(
        "calls",
        '  if (threadsIn(engine, tables, binding) > 0) return "EBUSY";\n',
        "  threadsIn(engine, tables, binding);\n",
      ),
    ],
    model: [
      inModelObjects(
        "objects",
        '  if (threadsInside(referencesIn(system), client, object.number) > 0) return failed(system, "EBUSY");\n',
        "",
      ),
    ],
  },
  {
    id: "B14",
    source: NONE,
    effect: "what an object leaves on its stack is there for the next that is called",
    difficulty: 4,
    expect: ["O", "N", "D"],
    subject,
    impl: [inImplObjects("object-code", "(_, offset) => `sc c0,", "(_, offset) => `lc c28,")],
    model: [
      inModelObjects("execution", "stack: zeroedStack,", "stack: client.litter ?? zeroedStack,"),
      inModelObjects(
        "execution",
        "    shared: mine === null || mine.piece() === client.shared ? null : mine.piece(),\n",
        "    shared: mine === null || mine.piece() === client.shared ? null : mine.piece(),\n    stack: stack.piece(),\n",
      ),
      inModelObjects("calls", "{ end, states, shared }: Run", "{ end, states, shared, stack }: Run"),
      inModelObjects(
        "calls",
        "  const stored = withStates(system, cvm.identity, states);\n",
        `  const littered = withThread(system, owner, { ...thread, litter: stack });
  const stored = withStates(littered, cvm.identity, states);
`,
      ),
      inModelObjects(
        "calls",
        "    mayCallBack: thread.frames.length < FRAMES_MAX,\n",
        "    litter: thread.litter,\n    mayCallBack: thread.frames.length < FRAMES_MAX,\n",
      ),
    ],
  },
  {
    id: "B15",
    source: NONE,
    effect: "more state may be bound than one client may have",
    difficulty: 2,
    expect: ["O", "D"],
    subject,
    impl: [
      inImplObjects(
        "calls",
        '  if (has + object.stateSize > STATES_MAX) return "ENOMEM";\n',
        '  if (has < 0) return "ENOMEM";\n',
      ),
    ],
    model: [
      inModelObjects(
        "objects",
        '  if (sizes.reduce((sum, one) => sum + one, size) > STATE_MAX) return failed(system, "ENOMEM");\n',
        "  void [sizes, STATE_MAX];\n",
      ),
    ],
  },
  {
    id: "B16",
    source: NONE,
    effect: "an object is taken for another whose header and first instructions are alike",
    difficulty: 2,
    expect: ["S", "D"],
    subject,
    impl: [
      inImplObjects(
        "calls",
        "  const hash = sha256(bytes);\n",
        "  const hash = sha256(bytes.subarray(0, 64));\n",
      ),
    ],
    model: [inModelObjects("objects", "hexOf(sha256(bytes))", "hexOf(sha256(bytes.subarray(0, 64)))")],
  },
  {
    id: "B19",
    source: `${PROTOTYPE}, for objects`,
    effect:
      "what a state begins with is fetched again when it is bound, from where the file lay when it was checked",
    difficulty: 2,
    expect: ["S", "O", "D"],
    subject,
    impl: [
      inImplObjects(
        "calls",
        '  if (object === null) return "ENOSPC";\n  const number = give(frame, object);\n  if (number !== null) return [number];',
        `  if (object === null) return "ENOSPC";
  object.from ??= Number(pointer) + initIn(bytes);
  const number = give(frame, object);
  if (number !== null) return [number];`,
      ),
      inImplObjects("calls", "import { verify }", "import { initIn, verify }"),
      inImplObjects(
        "verifier",
        "function hasHeader(",
        `export function initIn(bytes: Uint8Array): number {
  return partsOf(viewOfBytes(bytes)).initAt;
}

function hasHeader(`,
      ),
      inImplObjects(
        "binding",
        "    engine.load(BigInt(place.base), object.init);\n",
        "    engine.load(BigInt(place.base), engine.peek(BigInt(object.from), object.init.length).slice());\n",
      ),
    ],
    model: [
      inModelObjects(
        "objects",
        "{ number, hash, file: verdict.object, ...pieces, bindings: [] }",
        `{
    number,
    hash,
    file: verdict.object,
    from: Number(at) - 0x8000_0000 + 48 + verdict.object.text.length + verdict.object.rodata.length,
    ...pieces,
    bindings: [],
  }`,
      ),
      inModelObjects(
        "objects",
        "relocateState(object.file, base, object.rodata)",
        "relocateState({ ...object.file, init: readBytes(system.memory, object.from, object.file.init.length) }, base, object.rodata)",
      ),
      inModelObjects("objects", "import { hexOf }", "import { hexOf, readBytes }"),
    ],
  },
  {
    id: "B20",
    source: `${PROTOTYPE}, for objects`,
    effect: "a state that is given up is not scrubbed, and the next one begins with what it has left",
    difficulty: 3,
    expect: ["S", "T", "D"],
    subject,
    impl: [
      inImplObjects(
        "binding",
        "    engine.load(BigInt(place.base), new Uint8Array(place.size));\n    engine",
        "    engine",
      ),
      inImplObjects(
        "binding",
        "  if (place !== null) engine.load(BigInt(place.base), new Uint8Array(place.size));\n",
        "",
      ),
    ],
    model: [
      inModelObjects(
        "objects",
        "  const left = withObject(system, { ...object, bindings });\n",
        `  const kept = withObject(system, { ...object, bindings });
  const left = { ...kept, dust: [...(kept.dust ?? []), state] };
`,
      ),
      inModelObjects(
        "objects",
        "const state = relocateState(object.file, base, object.rodata);",
        "const state = onDust(system.dust ?? [], relocateState(object.file, base, object.rodata), object.file.init.length);",
      ),
      inModelObjects(
        "objects",
        "/** sco_unbind(handle): 0.",
        `function onDust(dust: readonly Piece[], state: Piece, from: number): Piece {
  const [bytes, tags] = [state.bytes.slice(), state.tags.slice()];
  for (let at = Math.ceil(from / SLOT); at < tags.length; at++) {
    if (state.tags[at] === 1) continue;
    for (const old of dust) {
      const was = Number(state.base - old.base) + at * SLOT;
      if (was < 0 || was + SLOT > old.bytes.length) continue;
      bytes.set(old.bytes.subarray(was, was + SLOT), at * SLOT);
      tags[at] = old.tags[was / SLOT]!;
    }
  }
  return { ...state, bytes, tags };
}

/** sco_unbind(handle): 0.`,
      ),
    ],
  },
  {
    id: "B25",
    source: `${PROTOTYPE}, for objects`,
    effect: "a cVM that is over keeps what it has bound: its states, and its part in what keeps objects",
    difficulty: 2,
    expect: ["S", "T", "D"],
    subject,
    impl: [
      inImplObjects(
        "binding",
        "  for (const binding of bindingsOf(sharing.objects, cvm)) unbind(sharing, binding);\n",
        "",
      ),
    ],
    model: [
      inModelObjects(
        "objects",
        "  const left = boundBy(system, client).reduce(\n    (after, { object }) => withoutBinding(after, after.objects.get(object.number)!, client),\n    system,\n  );\n  return unloadUnused(left);",
        "  void client;\n  return unloadUnused(system);",
      ),
    ],
  },
]);
