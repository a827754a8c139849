/** Pages of the Intravisor's own that it gives out and takes back: zeros when they are given. */
import type { Engine } from "../engine/index.ts";
import { OWN_PAGES_BASE, OWN_PAGES_TOP, PAGE } from "../intravisor/layout.ts";

export class OwnPages {
  private readonly engine: Engine;
  private readonly free: number[] = [];
  private next = OWN_PAGES_BASE;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Address of a page of zeros; null if there is none left. */
  take(): number | null {
    const again = this.free.pop();
    if (again !== undefined) return again;
    if (this.next === OWN_PAGES_TOP) return null;
    this.next += PAGE;
    return this.next - PAGE;
  }

  /** Takes a page back, with all that is in it. */
  giveBack(page: number): void {
    this.engine.load(BigInt(page), new Uint8Array(PAGE));
    this.free.push(page);
  }
}
