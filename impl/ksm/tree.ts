import { NONE } from "./memory.ts";

/**
 * Balanced trees of numbered nodes, as many as there are groups: treaps, whose order is known to those who
 * search.
 *
 * Priorities are pseudo-random and start alike every time: same operations, same trees. Each number is in at
 * most one
 * tree. Nothing is allocated after the start.
 */
export class Trees {
  readonly root: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly #parent: Int32Array;
  readonly #priority: Int32Array;
  #random = 0x2545f491;

  constructor(groups: number, nodes: number) {
    this.root = new Int32Array(groups).fill(NONE);
    this.left = new Int32Array(nodes);
    this.right = new Int32Array(nodes);
    this.#parent = new Int32Array(nodes);
    this.#priority = new Int32Array(nodes);
  }

  /** Empties all trees at once. */
  clear(): void {
    this.root.fill(NONE);
  }

  /**
   * Puts a node under `parent`, where its search ended: on the left if `isLeft`. NONE: it is the first one.
   */
  insert(group: number, node: number, parent: number, isLeft: boolean): void {
    this.left[node] = NONE;
    this.right[node] = NONE;
    this.#parent[node] = parent;
    this.#priority[node] = this.#draw();
    if (parent === NONE) this.root[group] = node;
    else if (isLeft) this.left[parent] = node;
    else this.right[parent] = node;
    for (let above = parent; above !== NONE && this.#isAbove(node, above); above = this.#parent[node]!) {
      this.#rotateUp(group, node);
    }
  }

  remove(group: number, node: number): void {
    for (;;) {
      const [left, right] = [this.left[node]!, this.right[node]!];
      if (left === NONE || right === NONE) {
        this.#put(group, this.#parent[node]!, node, left === NONE ? right : left);
        return;
      }
      this.#rotateUp(group, this.#isAbove(left, right) ? left : right);
    }
  }

  #draw(): number {
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return this.#random;
  }

  #isAbove(one: number, other: number): boolean {
    return this.#priority[one]! > this.#priority[other]!;
  }

  /** A node and its parent change places; what lies between them goes to the parent. */
  #rotateUp(group: number, node: number): void {
    const above = this.#parent[node]!;
    const isLeft = this.left[above] === node;
    const between = isLeft ? this.right[node]! : this.left[node]!;
    if (isLeft) this.left[above] = between;
    else this.right[above] = between;
    if (between !== NONE) this.#parent[between] = above;
    this.#put(group, this.#parent[above]!, above, node);
    if (isLeft) this.right[node] = above;
    else this.left[node] = above;
    this.#parent[above] = node;
  }

  /** Below `parent`, `after` is where `before` was. */
  #put(group: number, parent: number, before: number, after: number): void {
    if (parent === NONE) this.root[group] = after;
    else if (this.left[parent] === before) this.left[parent] = after;
    else this.right[parent] = after;
    if (after !== NONE) this.#parent[after] = parent;
  }
}
