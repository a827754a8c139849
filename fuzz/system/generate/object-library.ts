/**
 * An object that uses what a library has and a compartment has not: the authority of the client that calls, for whatever
 * address it is told. Bound as a compartment, it traps.
 */
import { made, RETURN, type Template } from "./object-made.ts";

export const resident: Template = (random) => {
  const store = random.pick(["sb", "sh", "sw", "sd"]);
  const load = random.pick(["lbu", "lhu", "lwu", "ld"]);
  // Of what DDC covers an object takes a part of its own, and goes on with that.
  const part = `cspecialrw c9, ddc, c0\ncsetaddr c9, c9, x10\ncsetboundsimm c9, c9, ${random.pick([1, 8, 64])}`;
  return made(random, {
    code: `peek:\n${load}.ddc x10, (x10)\n${RETURN}
poke:\n${store}.ddc x11, (x10)\ncls c8, 0, 8\nld x5, 0(c8)\naddi x5, x5, 1\nsd x5, 0(c8)\naddi x10, x5, 0\n${RETURN}
part:\n${part}\nsd x11, 0(c9)\nsd x11, ${random.pick([0, 8, 56, 64])}(c9)\ncgettag x10, c9\n${RETURN}
narrow:\n${part}\ncspecialrw c0, ddc, c9\n${load}.ddc x10, (${random.pick(["x10", "x10", "x11"])})\n${RETURN}
leave:\ncspecialrw c0, ddc, c28\n${store}.ddc x11, (x10)\n${RETURN}
rights:\ncspecialrw c9, ddc, c0\ncgetperm x10, c9\ncgettag x5, c9\nadd x10, x10, x5\n${RETURN}
keep:\ncspecialrw c9, ddc, c0\ncsetaddr c9, c9, x10\nsc c9, 0(c9)\n${RETURN}
take:\ncspecialrw c9, ddc, c0\ncsetaddr c9, c9, x10\nlc c10, 0(c9)\ncgettag x10, c10\n${RETURN}`,
    exports: ["peek", "poke", "part", "narrow", "leave", "rights", "keep", "take"],
    init: new Uint8Array(16),
  });
};
