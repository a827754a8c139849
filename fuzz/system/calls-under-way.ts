/** By which calls threads came to where they are: a thread that comes back says only that it does. */
import type { SystemView, ThreadName } from "../../model/system-contract.ts";
import { threadText } from "./listing.ts";

export class CallsUnderWay {
  /** By thread: the call that entered its second domain, its third, and so on, as far as that is known. */
  readonly #stacks = new Map<string, string[]>();

  begin(): void {
    this.#stacks.clear();
  }

  /** A thread has entered a callee by this call. */
  entered(thread: ThreadName, call: string): void {
    const stack = this.#stacks.get(threadText(thread));
    if (stack === undefined) this.#stacks.set(threadText(thread), [call]);
    else stack.push(call);
  }

  /** The call that was over for a thread that has now so many domains; undefined if another thread made it. */
  over(thread: ThreadName, depth: number): string | undefined {
    return this.#stacks.get(threadText(thread))?.[depth - 1];
  }

  /** A step is over: calls that are, are forgotten. */
  follow({ cvms }: SystemView): void {
    for (const { name, threads } of cvms) {
      for (const { thread, domains } of threads) {
        const stack = this.#stacks.get(threadText({ cvm: name, thread }));
        stack?.splice(Math.max(0, domains.length - 1));
      }
    }
  }
}
