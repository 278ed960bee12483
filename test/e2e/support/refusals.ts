import { type MockInstance, vi } from 'vitest';
import type { Iam } from '#local/cloud/runtime/iam.ts';
import type { TestLab } from './lab.ts';

interface Refusal {
  readonly who: string;
  readonly permission: string;
  readonly resource: string;
}

/** What the lab's IAM has said no to since this was made. */
export class Refusals {
  readonly #test: TestLab;
  readonly #asked: MockInstance<Iam['allows']>;

  constructor(test: TestLab) {
    this.#test = test;
    this.#asked = vi.spyOn(test.lab.world.iam, 'allows');
  }

  get #all(): readonly Refusal[] {
    const { calls, results } = this.#asked.mock;
    return calls
      .filter((_, n) => results[n]?.value === false)
      .map(([caller, permission, { name }]) => ({ who: caller.name, permission, resource: name }));
  }

  /** Resolves once a caller with `who` in its name was refused exactly `permission` on a thing with `resource` in its name. */
  until(who: string, permission: string, resource: string): Promise<true> {
    return this.#test.until(`${who} to be refused ${permission} on ${resource}`, () =>
      this.#all.some(
        (one) => one.who.includes(who) && one.permission === permission && one.resource.includes(resource),
      ),
    );
  }

  /** Each permission that begins with `prefix` and was refused to a caller with `who` in its name, once. */
  of(who: string, prefix: string): readonly string[] {
    const theirs = this.#all.filter((one) => one.who.includes(who) && one.permission.startsWith(prefix));
    return [...new Set(theirs.map(({ permission }) => permission))].sort();
  }
}
