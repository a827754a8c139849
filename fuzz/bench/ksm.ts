/** `npm run bench:ksm`: pages scanned in a second, as ratios of figures taken in one run. */

import { ClassScan } from "../../impl/ksm/density.ts";
import { createKsm } from "../../impl/ksm/index.ts";
import { createKsmModel } from "../../model/ksm/reference.ts";
import type { KsmMachine, KsmWorld } from "../../model/ksm-contract.ts";
import { rates, type Task } from "./measure.ts";

const ROUNDS = 5;
const ROUND_MS = 200;
/** Pages of contents that occur so often; the others are all different. */
const COPIES = 4;

const WORLDS = [
  { name: "128 pages of 4096 bytes", world: worldOf(4096, 4, 32), isForModel: true },
  { name: "16384 pages of 4096 bytes", world: worldOf(4096, 4, 4096), isForModel: false },
];

for (const { name, world, isForModel } of WORLDS) await benchWorld(name, world, isForModel);
await benchClasses();

function worldOf(pageSize: number, spaces: number, pages: number): KsmWorld {
  const frames = spaces * pages;
  return { pageSize, spaces, pages, frames, nodes: frames, checksumBits: 32 };
}

async function benchWorld(name: string, world: KsmWorld, isForModel: boolean): Promise<void> {
  const pages = world.spaces * world.pages;
  const impl = createKsm();
  fill(impl, world);
  const tasks: Task[] = [
    {
      name: "implementation",
      instructions: pages,
      run: () => churn(world, impl, () => void impl.scanPages(pages)),
    },
  ];
  if (isForModel) {
    const model = createKsmModel();
    fill(model, world);
    const scan = () => void model.apply({ do: "scan", unit: "page", count: pages });
    tasks.push({ name: "reference", instructions: pages, run: () => churn(world, model, scan) });
  }
  const [fast, slow] = await rates(tasks, ROUNDS, ROUND_MS);
  const ratio =
    slow === undefined ? "" : `, ${(fast! / slow).toFixed(0)} × the reference (${slow.toFixed(0)})`;
  console.log(`${name}: ${fast!.toFixed(0)} pages scanned in a second${ratio}`);
}

/** Half of the pages have copies, half have not; they differ within their first 68 bytes. */
function fill(machine: KsmMachine, world: KsmWorld): void {
  machine.reset(world);
  for (let space = 0; space < world.spaces; space++) {
    machine.apply({ do: "create", space, tenant: 0 });
    machine.apply({ do: "map", space, first: 0, count: world.pages });
    machine.apply({ do: "advise", space, first: 0, count: world.pages, isMergeable: true });
    for (let page = 0; page < world.pages; page++) {
      const number = space * world.pages + page;
      write(machine, space, page, number % 2 === 0 ? Math.floor(number / (2 * COPIES)) : number + 2 ** 20);
    }
  }
  machine.apply({ do: "run", run: 1 });
}

function write(machine: KsmMachine, space: number, page: number, value: number): void {
  const bytes = value.toString(16).padStart(8, "0");
  machine.apply({ do: "store", space, page, offset: 64, bytes, times: 1, by: "space" });
}

/** Some pages are stored to, so that there is something to do in every pass. */
function churn(world: KsmWorld, machine: KsmMachine, scan: () => void): void {
  for (let page = 0; page < world.pages; page += 4) write(machine, 0, page, page >> 3);
  scan();
}

async function benchClasses(): Promise<void> {
  const pages = 2 ** 22;
  const scan = new ClassScan(pages, pages, 256, { checksumNs: 1000, compareNs: 200, mergeNs: 1000 });
  for (let page = 0; page < pages; page++) scan.set(page, page % 3 === 0 ? page : page % 5000);
  const [rate] = await rates(
    [{ name: "classes", instructions: pages, run: () => void scan.scan(pages) }],
    2,
    ROUND_MS,
  );
  console.log(`${pages} pages as classes: ${rate!.toFixed(0)} pages scanned in a second`);
}
