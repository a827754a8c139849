import { describe, expect, test } from "vitest";
import { createModel } from "../machine/reference.ts";
import { assembleProgram, instructions } from "./index.ts";

const PCC = 0x20;
const DDC = 0x21;

/** c5, c6: the first line of RAM, c6 also the start of the code; c7: RAM with bounds; c8: sealed c6; c9: its seal. */
const SETTING = `
addi x5, x0, 1
slli x5, x5, 31
csetaddr c6, c31, x5
csetaddr c5, c31, x5
csetboundsimm c7, c6, 128
cincoffsetimm c9, c31, 7
cseal c8, c6, c9
`;

/** Takes the machine to capability mode, at the first address of RAM. */
const CAPABILITY_MODE = "addi x10, x0, 1\ncsetflags c10, c6, x10\njalr.cap c0, c10";

/** What an instruction names: the authority and the source of its event, and the kind of its register. */
type Row = readonly [text: string, authority: number | null, source: number | null, kind: string | null];

const eitherMode: readonly Row[] = [
  ...["perm", "type", "base", "len", "tag", "sealed", "offset", "flags", "addr", "high", "top"].map(
    (field): Row => [`cget${field} x3, c7`, null, null, "integer"],
  ),
  ["crrl x3, x5", null, null, "integer"],
  ["cram x3, x5", null, null, "integer"],
  ["ctoptr x3, c7, c0", null, null, "integer"],
  ["csub x3, c7, c6", null, null, "integer"],
  ["ctestsubset x3, c0, c7", null, null, "integer"],
  ["cseqx x3, c7, c7", null, null, "integer"],
  ["cmove c3, c7", null, 7, "capability"],
  ["ccleartag c3, c7", null, 7, "capability"],
  ["candperm c3, c7, x5", null, 7, "capability"],
  ["csetflags c3, c7, x5", null, 7, "capability"],
  ["csetoffset c3, c7, x5", null, 7, "capability"],
  ["csetaddr c3, c7, x5", null, 7, "capability"],
  ["cincoffset c3, c7, x5", null, 7, "capability"],
  ["cincoffsetimm c3, c7, 4", null, 7, "capability"],
  ["csetbounds c3, c7, x5", null, 7, "capability"],
  ["csetboundsexact c3, c7, x5", null, 7, "capability"],
  ["csetboundsimm c3, c7, 4", null, 7, "capability"],
  ["csethigh c3, c7, x5", null, 7, "capability"],
  ["cfromptr c3, c7, x5", null, 7, "capability"],
  ["cfromptr c3, c0, x5", null, DDC, "capability"],
  ["csealentry c3, c7", null, 7, "capability"],
  ["ccopytype c3, c7, c8", null, 7, "capability"],
  ["cseal c3, c7, c9", 9, 7, "capability"],
  ["ccseal c3, c7, c9", 9, 7, "capability"],
  ["cunseal c3, c8, c9", 9, 8, "capability"],
  ["cbuildcap c3, c6, c7", 6, 7, "capability"],
  ["cbuildcap c3, c0, c7", DDC, 7, "capability"],
  ["cspecialrw c3, pcc, c0", null, PCC, "capability"],
  ["cspecialrw c3, ddc, c31", null, 31, "capability"],
  ["cspecialrw c3, mtdc, c0", PCC, 0x3d, "capability"],
  ["cspecialrw c3, mtdc, c7", PCC, 7, "capability"],
  ["cclear 1, 2", null, null, null],
  ["jalr.cap c3, c6", 6, 6, "capability"],
  ["jalr.pcc x3, x6", PCC, null, "integer"],
  ["lb.ddc x3, (x6)", DDC, null, "integer"],
  ["lwu.cap x3, (c7)", 7, null, "integer"],
  ["sd.ddc x3, (x6)", DDC, null, null],
  ["sb.cap x3, (c7)", 7, null, null],
  ["lc.ddc c3, (x6)", DDC, null, "capability"],
  ["lc.cap c3, (c7)", 7, null, "capability"],
  ["sc.ddc c31, (x6)", DDC, 31, null],
  ["sc.cap c31, (c7)", 7, 31, null],
  ["lr.w.ddc x3, (x6)", DDC, null, "integer"],
  ["lr.c.cap c3, (c7)", 7, null, "capability"],
  ["sc.d.ddc x3, (x6)", DDC, null, "integer"],
  ["sc.c.cap c3, (c7)", 7, null, "capability"],
  ["cloadtags x3, (c7)", 7, null, "integer"],
];

const integerMode: readonly Row[] = [
  ["lc c3, 16(x6)", DDC, null, "capability"],
  ["sc c31, 16(x6)", DDC, 31, null],
  ["lr.c c3, (x6)", DDC, null, "capability"],
  ["sc.c x3, c31, (x6)", DDC, null, "integer"],
  ["amoswap.c c3, c31, (x6)", DDC, 31, "capability"],
];

const capabilityMode: readonly Row[] = [
  ["lc c3, 16(c7)", 7, null, "capability"],
  ["sc c31, 16(c7)", 7, 31, null],
  ["lr.c c3, (c7)", 7, null, "capability"],
  ["sc.c x3, c31, (c7)", 7, null, "integer"],
  ["amoswap.c c3, c31, (c7)", 7, 31, "capability"],
  ["auipcc c3, 4096", null, PCC, "capability"],
  ["cjal c3, .+8", PCC, PCC, "capability"],
  ["cjalr c3, 4(c6)", 6, 6, "capability"],
  ["c.cjr c6", 6, 6, null],
  ["c.cjalr c6", 6, 6, "capability"],
];

function eventOf(setting: string, text: string) {
  const model = createModel();
  const { words } = assembleProgram(`${setting}\n${text}`);
  return words.map((word) => model.inject(word)).at(-1)!;
}

describe.each([
  ["in either mode, seen from integer mode", SETTING, [...eitherMode, ...integerMode]],
  [
    "in either mode, seen from capability mode",
    `${SETTING}${CAPABILITY_MODE}`,
    [...eitherMode, ...capabilityMode],
  ],
])("%s", (_, setting, rows) => {
  test.each(rows)("%s", (text, authority, source, kind) => {
    const event = eventOf(setting, text);
    const { trap, register } = event;
    expect({ trap, authority: event.authority, source: event.source, kind: register?.kind ?? null }).toEqual({
      trap: null,
      authority,
      source,
      kind,
    });
  });
});

test("cinvoke names the data half as authority and the code half as source, and writes c31", () => {
  const setting = `${SETTING}
cincoffsetimm c9, c31, 7
addi x10, x0, -3
candperm c11, c7, x10
cseal c11, c11, c9`;
  const event = eventOf(setting, "cinvoke c8, c11");
  expect(event).toMatchObject({ trap: null, authority: 11, source: 8, register: { index: 31 } });
  expect(event.specials).toMatchObject([{ scr: 0, value: { address: event.pcAfter, otype: 0x3ffffn } }]);
});

test("a successful store-conditional of a capability has a source, a failed one none", () => {
  for (const form of ["sc.c x3, c31, (x6)", "sc.c.ddc c31, (x6)", "sc.c.cap c31, (c7)"]) {
    const reserved = eventOf(`${SETTING}\nlr.c c4, (x6)`, form);
    expect(reserved).toMatchObject({ source: 31, write: { size: 16, tag: true }, register: {} });
    expect(eventOf(SETTING, form)).toMatchObject({ source: null, write: null });
  }
});

test("every Xcheri instruction is in the tables above, or another of its size is", () => {
  const covered = new Set(
    [...eitherMode, ...integerMode, ...capabilityMode].map(([text]) => text.split(" ")[0]!),
  );
  const sized = /^(l|s|lr\.|sc\.)[bhwd]u?\.(ddc|cap)$/;
  const compressedMemory = /^c\.(clc|csc|clcsp|cscsp|cincoffset)/;
  const missing = instructions
    .filter(({ manual }) => manual.startsWith("CHERI"))
    .map(({ name }) => name)
    .filter((name) => !covered.has(name) && !sized.test(name) && !compressedMemory.test(name));
  expect(missing.sort()).toEqual([
    "cinvoke",
    "fpclear",
    "lr.b",
    "lr.c.ddc",
    "lr.h",
    "sc.b",
    "sc.c.ddc",
    "sc.h",
  ]);
});
