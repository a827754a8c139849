import type { KsmOp, KsmWorld, PageName } from "../../model/ksm-contract.ts";

/** What a page must hold. */
interface Held {
  bytes: string;
  tags: string;
}

/**
 * A run without merging: pages and nothing beneath them. It is told which operations went well, since without
 * merging
 * memory ends at another moment.
 */
export class Shadow {
  readonly #world: KsmWorld;
  readonly #pages = new Map<string, Held>();

  constructor(world: KsmWorld) {
    this.#world = world;
  }

  get size(): number {
    return this.#pages.size;
  }

  held(name: PageName): Held | null {
    return this.#pages.get(nameText(name)) ?? null;
  }

  /** An operation that went well. */
  apply(op: KsmOp): void {
    switch (op.do) {
      case "map":
        for (const name of pagesOf(op)) this.#pages.set(nameText(name), this.#zeros());
        return;
      case "unmap":
        for (const name of pagesOf(op)) this.#pages.delete(nameText(name));
        return;
      case "exit":
        for (const name of this.#space(op.space)) this.#pages.delete(nameText(name));
        return;
      case "fork":
        for (const name of this.#space(op.space)) {
          const held = this.held(name);
          if (held !== null) this.#pages.set(nameText({ ...name, space: op.child }), { ...held });
        }
        return;
      case "store":
        this.#store(op, op.offset, op.bytes.repeat(op.times), "0");
        return;
      case "store-capability":
        this.#store(op, op.granule * 16, op.bytes, "1");
        return;
      default:
        return;
    }
  }

  #zeros(): Held {
    return { bytes: "00".repeat(this.#world.pageSize), tags: "0".repeat(this.#world.pageSize / 16) };
  }

  #space(space: number): PageName[] {
    return pagesOf({ space, first: 0, count: this.#world.pages });
  }

  #store(name: PageName, offset: number, bytes: string, tag: string): void {
    const held = this.#pages.get(nameText(name))!;
    held.bytes = held.bytes.slice(0, 2 * offset) + bytes + held.bytes.slice(2 * offset + bytes.length);
    const isTouched = (granule: number) =>
      granule * 16 < offset + bytes.length / 2 && granule * 16 + 16 > offset;
    held.tags = [...held.tags].map((before, granule) => (isTouched(granule) ? tag : before)).join("");
  }
}

export function nameText({ space, page }: PageName): string {
  return `${space}:${page}`;
}

export function pagesOf({
  space,
  first,
  count,
}: {
  space: number;
  first: number;
  count: number;
}): PageName[] {
  return Array.from({ length: count }, (_, at) => ({ space, page: first + at }));
}
