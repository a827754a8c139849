/** Mistakes with the two modes of single-copy objects: in the domain of the client, or in one of their own. */
import { ofKind } from "../planted-fault.ts";
import { inImplObjects, inModelObjects } from "./patch.ts";

const NONE =
  "none known; what objects in the domain of their client have, and those in one of their own have not";

export const objectModes = ofKind("authority", [
  {
    id: "B21",
    source: NONE,
    subject: "objects",
    effect: "an object in the domain of its client sees the states of those that are not",
    difficulty: 3,
    expect: ["M", "D"],
    impl: [
      inImplObjects(
        "binding",
        "if (isLibrary) forge.storeTo(cvm.libraryTable",
        "if (cvm.libraryTable !== 0) forge.storeTo(cvm.libraryTable",
      ),
    ],
    model: [inModelObjects("calls", '.filter(({ binding }) => binding.mode === "library")', "")],
  },
  {
    id: "B22",
    source: NONE,
    subject: "objects",
    effect: "an object in a domain of its own has the DDC of its client",
    difficulty: 2,
    expect: ["M", "S", "D"],
    impl: [inImplObjects("object-code", "  cspecialrw c0, ddc, c16\n  cclear 0, 248\n", "  cclear 0, 248\n")],
    model: [
      inModelObjects(
        "calls",
        "compartmentsOf(system, ready, buffer);",
        "{ ...compartmentsOf(system, ready, buffer), shared: bytesAt(system, ddc) };",
      ),
      inModelObjects("calls", "ddc: isLibrary ? ddc : null", "ddc"),
    ],
  },
  {
    id: "B23",
    source: NONE,
    subject: "objects",
    effect: "behind a call in library mode DDC is what the object had there, not what the client had",
    difficulty: 4,
    expect: ["D"],
    impl: [
      inImplObjects(
        "object-code",
        `  cspecialrw c0, ddc, c29\n  sd x30, \${page.next}(c6)\nout:`,
        `  cspecialrw c28, ddc, c0
  cgettag x28, c28
  bne x28, x0, kept
  cspecialrw c0, ddc, c29
kept:
  sd x30, \${page.next}(c6)
out:`,
      ),
    ],
    model: [
      inModelObjects(
        "execution",
        '{ kind: "returned", value } : trapped',
        '{ kind: "returned", value, ddc: machine.ddc } : trapped',
      ),
      inModelObjects(
        "calls",
        "      return returned(after, end.value);",
        `      if (end.ddc.tag) {
        const ddc = { base: end.ddc.base, size: end.ddc.top - end.ddc.base };
        const left = withThread(after, owner, { ...thread, frames: thread.frames.with(-1, { ...frame, ddc }) });
        return returned(left, end.value);
      }
      return returned(after, end.value);`,
      ),
    ],
  },
  {
    id: "B24",
    source: NONE,
    subject: "objects",
    effect: "an object runs under whatever its client has put into DDC, such as a grant",
    difficulty: 4,
    expect: ["M", "S", "D"],
    impl: [inImplObjects("object-code", "  ctestsubset x29, c10, c16\n", "  cgettag x29, c16\n")],
    model: [
      inModelObjects("calls", 'if (isLibrary && ddc.size === 0n) return failed(system, "EFAULT");', ""),
    ],
  },
]);
