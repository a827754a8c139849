/** `npm run bench:system`: what sharing costs cVMs, as ratios of figures taken in one run. */
import { copies, crossings, newSystem, once } from "./copies.ts";
import { costs } from "./measure.ts";
import { Pieces } from "./pieces.ts";

const ROUNDS = 100;
const PIECE_MS = 1;
const SIZES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];

/** What counts machine steps. */
const system = newSystem();
benchCrossings();
benchCopies();

function benchCrossings(): void {
  console.log("| crossing | machine steps |\n|---|---|");
  for (const way of crossings) console.log(`| ${way.name} | ${Math.round(once(system, way, 0).steps)} |`);
}

/** Time for a copy of each size, as a multiple of the time for a plain one. */
function benchCopies(): void {
  console.log(`\n| copy | ${SIZES.map(spell).join(" | ")} |\n|---|${SIZES.map(() => "---|").join("")}`);
  const columns = SIZES.map((size) =>
    costs(
      copies.map((way) => new Pieces(way, size, once(system, way, size))),
      ROUNDS,
      PIECE_MS,
    ),
  );
  for (const [index, { name }] of copies.entries()) {
    const cells = columns.map((column, at) =>
      index === 0
        ? `${((1000 * SIZES[at]!) / column[0]!).toPrecision(3)} MB/s`
        : `${(column[index]! / column[0]!).toFixed(2)} ×`,
    );
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
}

function spell(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1 << 20 ? `${bytes >> 10} KiB` : `${bytes >> 20} MiB`;
}
