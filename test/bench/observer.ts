import { setTimeout as pause } from 'node:timers/promises';
import type { Node } from './node.ts';

/** ms between looks at the node. */
const LOOK = 25;

/**
 * Sees each payment of one address when it is mined, straight at the node, apart from every client and every proxy. So the same event ends all
 * clients, by the same clock.
 */
export class Observer {
  readonly #node: Node;
  readonly #from: string;
  readonly #times = new Map<bigint, number[]>();
  #block: number;
  #stopped = false;
  readonly #running: Promise<void>;

  private constructor(node: Node, from: string, head: number) {
    this.#node = node;
    this.#from = from.toLowerCase();
    this.#block = head;
    this.#running = this.#run();
  }

  static async start(node: Node, from: string): Promise<Observer> {
    return new Observer(node, from, await node.head());
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#look();
      await pause(LOOK);
    }
    await this.#look();
  }

  async #look(): Promise<void> {
    const head = await this.#node.head();
    const now = performance.now();
    for (; this.#block < head; this.#block++)
      for (const { from, value } of await this.#node.payments(this.#block + 1))
        if (from === this.#from) this.#times.set(value, [...(this.#times.get(value) ?? []), now]);
  }

  /** When each payment of this value was seen, in ms of `performance.now`. */
  seen(value: bigint): readonly number[] {
    return this.#times.get(value) ?? [];
  }

  /** How many payments were seen. */
  get count(): number {
    return [...this.#times.values()].reduce((sum, each) => sum + each.length, 0);
  }

  /** True once a payment of this value was seen; false after `ms`. */
  async until(value: bigint, ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    while (this.seen(value).length === 0) {
      if (performance.now() > end) return false;
      await pause(LOOK);
    }
    return true;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }
}
