/** Threads, and what they wait for: each other, words in memory, time. */
import { at, type Scene } from "./scene.ts";
import { address, any, buffer, code, length, number, own, patience, timeout } from "./value.ts";

/** Threads of one cVM are made until there is no room, or just one. */
export function create(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  for (let count = random.odds(1, 3) ? 5 : 1; count > 0; count--) {
    const entry = random.odds(1, 10) ? address(scene) : code(0x1000 + 2 * random.below(4));
    const { outcome } = scene.call(actor, "thread_create", entry, any(scene));
    if (outcome.kind === "returned" && outcome.values[0] >= 1n << 63n) return;
  }
}

/** One thread waits for another, which exits; somebody asks again. */
export function join(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const threads = scene.cvm(actor.domain)!.threads.length;
  const wanted = random.below(threads + 1);
  scene.call(actor, "thread_join", random.odds(1, 10) ? any(scene) : number(wanted));
  const other = scene.actor(({ by }) => by.cvm === actor.domain && by.thread === wanted);
  if (other === null || !random.odds(2, 3)) return;
  scene.call(other, "thread_exit", any(scene));
  const late = scene.actor(({ by }) => by.cvm === actor.domain);
  if (late !== null && random.odds(1, 3)) scene.call(late, "thread_join", number(wanted));
}

/** Threads wait on a word; others change it and wake some of them. */
export function futex(scene: Scene): void {
  const { random } = scene;
  const domain = scene.actor()?.domain;
  if (domain === undefined) return;
  const word = random.odds(1, 10) ? address(scene) : own(at.words + 8 * random.below(4));
  for (const waiter of scene.actors((one) => one.domain === domain).slice(1)) {
    const value = random.odds(1, 6) ? any(scene) : number(0);
    scene.call(waiter, "futex_wait", word, value, random.odds(1, 5) ? timeout(scene) : patience(scene));
  }
  const last = scene.actor((one) => one.domain === domain);
  if (last === null) return;
  if (random.odds(1, 6)) scene.call(last, "futex_wait", word, number(0), timeout(scene));
  else scene.call(last, "futex_wake", word, random.odds(1, 12) ? any(scene) : number(random.below(4)));
}

/** A thread sleeps; a timer that it armed before may cut that short. */
export function sleep(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const count = random.odds(1, 4) ? 3 : random.below(2);
  for (let index = 0; index < count; index++) {
    scene.call(actor, "timer_arm", random.odds(1, 8) ? any(scene) : number(1 + random.below(100)));
  }
  scene.call(actor, "sleep", random.odds(1, 8) ? any(scene) : number(random.pick([0, 1, 50, 1000])));
  if (random.odds(2, 3)) scene.happen({ do: "advance", ns: BigInt(random.pick([1, 50, 100, 1000])) });
}

/** Threads of several cVMs sleep, some longer than 32 bits can say; the timer of one of them is due before that. */
export function alarm(scene: Scene): void {
  const { random } = scene;
  const first = scene.actor(({ depth }) => depth === 1);
  if (first === null) return;
  const { thread } = first.by;
  const others = scene.actors(
    ({ by, depth }) => by.cvm !== first.by.cvm && by.thread === thread && depth === 1,
  );
  if (random.odds(3, 4)) scene.call(first, "timer_arm", number(1 + random.below(40)));
  for (const actor of [...others.slice(0, 3), ...(random.odds(1, 2) ? [first] : [])]) {
    scene.call(actor, "sleep", number(random.pick([1000n, 2n ** 32n + 10n, 2n ** 40n])));
  }
  scene.happen({ do: "advance", ns: 50n });
  if (random.odds(1, 3)) scene.happen({ do: "advance", ns: random.pick([1000n, 2n ** 32n, 2n ** 40n]) });
}

/** Text for the console, which is nothing but bytes: per cent signs, zeros, line ends. */
export function print(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const text = Array.from({ length: 8 }, () => BigInt(random.pick(TEXT)));
  scene.put(actor, at.words, number(text.reduce((word, byte) => (word << 8n) | byte, 0n)));
  scene.call(actor, "console_write", own(at.words + random.below(3)), number(random.below(9)));
}

/** `%`, `s`, `n`, `d`, zero, line feed, and what is none of them. */
const TEXT = [0x25, 0x25, 0x73, 0x6e, 0x64, 0, 0x0a, 0xff] as const;

export function end(scene: Scene): void {
  const actor = scene.actor();
  if (actor !== null) scene.call(actor, "thread_exit", any(scene));
}

/** Calls that wait for nothing. */
export function plain(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  switch (random.below(4)) {
    case 0:
      scene.call(actor, "time");
      return;
    case 1:
      scene.call(actor, "thread_self");
      return;
    default: {
      const size = length(scene);
      const n = random.odds(1, 8) ? any(scene) : number(random.odds(1, 8) ? 0 : size);
      scene.call(actor, "console_write", random.odds(1, 6) ? address(scene) : buffer(scene, size), n);
    }
  }
}
