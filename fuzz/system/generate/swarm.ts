/** The mix of themes of one script: some are left out, others weigh more, as in a swarm. */
import type { Random } from "../../generate/random.ts";
import * as crossing from "./crossing.ts";
import * as late from "./crossing-late.ts";
import * as queue from "./crossing-queue.ts";
import * as ticket from "./crossing-ticket.ts";
import * as device from "./device.ts";
import * as exception from "./exception.ts";
import * as file from "./file.ts";
import * as hostile from "./hostile.ts";
import * as life from "./life.ts";
import * as memory from "./memory.ts";
import * as object from "./object.ts";
import * as attack from "./object-attack.ts";
import * as domain from "./object-domain.ts";
import * as link from "./object-link.ts";
import type { Scene } from "./scene.ts";
import * as stream from "./stream.ts";
import * as streamEnd from "./stream-end.ts";
import * as thread from "./thread.ts";

/** Takes a few steps that make sense together, after a look at what there is. */
export type Theme = (scene: Scene) => void;

/** What scripts can be made to be about, most of all. */
export type Subject = "objects";

const roster: readonly (readonly [weight: number, theme: Theme, about?: Subject])[] = [
  [6, file.share],
  [3, file.probe],
  [1, file.mistake],
  [1, file.reopen],
  [12, file.transfer],
  [3, file.overlap],
  [6, file.notice],
  [3, file.end],
  [3, file.seek],
  [2, file.close],
  [1, file.fill],
  [5, crossing.offer],
  [2, crossing.open],
  [12, crossing.visit],
  [3, crossing.buffers],
  [5, crossing.comeBack],
  [3, crossing.deep],
  [1, crossing.crash],
  [9, crossing.crowd],
  [4, queue.stand],
  [2, (scene) => crossing.withdraw(scene)],
  [1, crossing.withdrawInside],
  [1, crossing.close],
  [1, crossing.fill],
  [4, late.giveUp],
  [3, late.orphan],
  [3, late.linger],
  [1, late.sweep],
  [5, ticket.order],
  [6, ticket.serve],
  [5, ticket.collect],
  [2, ticket.stand],
  [2, ticket.nest],
  [3, stream.listen],
  [6, stream.dial],
  [1, stream.call],
  [1, stream.crowd],
  [12, stream.talk],
  [2, stream.bulk],
  [5, stream.press],
  [5, stream.overrun],
  [2, stream.echo],
  [6, streamEnd.watch],
  [4, streamEnd.hangUp],
  [1, streamEnd.halve],
  [1, streamEnd.cut],
  [1, streamEnd.die],
  [1, streamEnd.close],
  [5, thread.create],
  [4, thread.join],
  [4, thread.futex],
  [4, thread.sleep],
  [2, thread.alarm],
  [1, thread.print],
  [1, thread.end],
  [3, thread.plain],
  [4, device.disk],
  [1, device.ask],
  [4, device.send],
  [4, device.receive],
  [3, device.expect],
  [1, device.flood],
  [2, exception.register],
  [2, exception.comeBack],
  [2, exception.stumble],
  [6, object.publish, "objects"],
  [4, object.spoil, "objects"],
  [1, object.mistake, "objects"],
  [2, object.lookup, "objects"],
  [3, object.bind, "objects"],
  [8, object.use, "objects"],
  [3, object.unbind, "objects"],
  [2, object.close, "objects"],
  [2, object.crowd, "objects"],
  [3, link.link, "objects"],
  [1, link.chain, "objects"],
  [1, link.deep, "objects"],
  [3, link.callBack, "objects"],
  [2, link.comeBack, "objects"],
  [2, attack.swap, "objects"],
  [1, attack.guess, "objects"],
  [1, domain.disarm, "objects"],
  [2, domain.inhabit, "objects"],
  [1, attack.rewrite, "objects"],
  [1, attack.alias, "objects"],
  [1, attack.replace, "objects"],
  [1, attack.hoard, "objects"],
  [1, attack.overfill, "objects"],
  [1, attack.nest, "objects"],
  [3, memory.fill],
  [4, memory.access],
  [1, memory.narrow],
  [2, life.birth],
  [2, life.misbirth],
  [1, life.crush],
  [1, life.layers],
  [1, life.death],
  [2, life.reclaim],
  [2, life.rebirth],
  [2, life.useOld],
  [4, life.wait],
  [14, hostile.almost],
  [1, hostile.insist],
  [3, hostile.borrow],
  [2, hostile.wild],
  [1, hostile.ghost],
];

/** Factors on the weights of a script: three themes in eight are left out. */
const FACTORS = [0, 0, 0, 1, 1, 1, 2, 4] as const;

/** Of the scripts with a subject so many of four have it; the themes of it weigh so much more there. */
const AIMED = 3;
const AIM = 12;

export class Swarm {
  readonly #sums: number[] = [];
  readonly #subject: Subject | null;

  constructor(subject: Subject | null) {
    this.#subject = subject;
  }

  /** Draws the mix of the next script. */
  begin(random: Random): void {
    const isEven = random.odds(1, 4);
    const subject = this.#subject !== null && random.odds(AIMED, 4) ? this.#subject : undefined;
    let sum = 0;
    do {
      sum = 0;
      this.#sums.length = 0;
      for (const [weight, , about] of roster) {
        const factor = isEven ? 1 : random.pick(FACTORS);
        sum += weight * factor * (about !== undefined && about === subject ? AIM : 1);
        this.#sums.push(sum);
      }
    } while (sum === 0);
  }

  theme(random: Random): Theme {
    const place = random.below(this.#sums.at(-1)!);
    return roster[this.#sums.findIndex((sum) => place < sum)]![1];
  }
}
