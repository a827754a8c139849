import type { Progress } from "./campaign.ts";

/** Where progress is shown. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

const TERMINAL_INTERVAL_MS = 200;
const PLAIN_INTERVAL_MS = 5000;

/** Shows progress: one line that is rewritten on a terminal, a line every few seconds elsewhere. */
export class LiveLine {
  readonly #screen: Screen;
  readonly #intervalMs: number;
  #shownMs = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#intervalMs = screen.isTTY === true ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
  }

  show(progress: Progress): void {
    if (progress.elapsedMs - this.#shownMs < this.#intervalMs) return;
    this.#shownMs = progress.elapsedMs;
    const text = progressText(progress);
    this.#screen.write(this.#screen.isTTY === true ? `\r\u001b[K${text}` : `${text}\n`);
  }

  /** Removes the line from a terminal, so that something else can be printed. */
  clear(): void {
    if (this.#screen.isTTY === true) this.#screen.write("\r\u001b[K");
  }
}

/** `  12 s   4,512 programs   288,768 steps   1,020,000 steps/s   reach 612/1880   findings 0` */
export function progressText({ elapsedMs, programs, steps, reached, declared, findings }: Progress): string {
  const rate = elapsedMs === 0 ? 0 : (steps / elapsedMs) * 1000;
  return [
    `${Math.floor(elapsedMs / 1000)} s`.padStart(6),
    `${count(programs)} programs`,
    `${count(steps)} steps`,
    `${count(rate)} steps/s`,
    `reach ${reached}/${declared}`,
    `findings ${findings}`,
  ].join("   ");
}

function count(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}
