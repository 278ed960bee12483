import { expect } from 'vitest';
import { account } from '#local/lab/people.ts';
import { sealObject } from '#schemas/names.ts';
import { parseRequest } from '#schemas/request.ts';
import type { TestLab } from '../../e2e/support/lab.ts';
import { entrySchema, signerOf } from '../../e2e/support/proof.ts';
import { type Draft, draft, payee } from '../../e2e/support/requests.ts';
import { balanceOf, countOf } from '../../e2e/support/rpc.ts';

const VALUE = 10n ** 15n;

/** People who ask and approve honestly, and who keep an account of it outside the cloud: what a thief does is measured by that. */
export class Victims {
  readonly #test: TestLab;
  readonly #asked = new Map<string, { readonly request: Draft; readonly approvers: Set<string> }>();
  #last: number;

  /** Payees from `first` on. */
  constructor(test: TestLab, first: number) {
    this.#test = test;
    this.#last = first;
  }

  /** What would be asked next. */
  draft(over: Draft = {}): Draft {
    return draft({ to: payee(++this.#last), value: `${VALUE}`, ...over });
  }

  async ask(over: Draft = {}): Promise<string> {
    const request = this.draft(over);
    const id = await this.#test.ask(request);
    this.#asked.set(id, { request, approvers: new Set() });
    return id;
  }

  async approve(id: string, ...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#asked.get(id)?.approvers.add(name);
      await this.#test.approve(name, id);
    }
  }

  requestOf(id: string): Draft {
    return this.#asked.get(id)?.request ?? {};
  }

  parsed(id: string) {
    return parseRequest(this.requestOf(id));
  }

  /** wei that this payee has. */
  got(id: string): Promise<bigint> {
    return balanceOf(this.#test.lab.chain.url, `${this.requestOf(id).to}`);
  }

  /** In seals that the wallet's key signed, each at the name that it says: all else is junk. */
  get sealed() {
    const { address } = this.#test.lab.wallet;
    return this.#test.list('register', 'seals/').flatMap((name) => {
      const { data } = entrySchema.safeParse(this.#test.json('register', name));
      if (data === undefined || sealObject(data.chainId, data.address, BigInt(data.seq)) !== name) return [];
      return signerOf(data, 'lab-register') === address ? data.items : [];
    });
  }

  isSealed(id: string): boolean {
    return this.sealed.some((item) => item.id === id);
  }

  async isPaid(id: string): Promise<void> {
    expect(await this.#test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(await this.got(id)).toBe(VALUE);
  }

  /** No machine is at work: what is done from now on meets nobody's half-finished work. */
  quiet(): Promise<unknown> {
    const { world, servers } = this.#test.lab;
    const as = account(world, 'reconcile');
    return this.#test.until('the last machine to go', () =>
      ['us-central1-a', 'us-central1-b'].every((zone) => servers.instances.list(as, zone).items.length === 0),
    );
  }

  async ticks(more: number): Promise<void> {
    const before = this.#test.logged('reconcile.done').length;
    await this.#test.until('ticks', () => this.#test.logged('reconcile.done').length >= before + more);
  }

  /**
   * Whatever was done: nothing is sealed but what enough people approved, each request and each reference once. Each payee has what was sealed for
   * it and no more.
   */
  async areWhole(): Promise<void> {
    const { sealed } = this;
    const references = sealed.map(({ id }) => this.requestOf(id).reference);
    expect(new Set(references).size).toBe(sealed.length);
    for (const { id, approvals } of sealed) {
      const { approvers } = this.#asked.get(id) ?? { approvers: new Set() };
      expect(approvals.filter(({ coSigner }) => approvers.has(coSigner)).length).toBeGreaterThanOrEqual(2);
    }
    const { chain, wallet } = this.#test.lab;
    for (const to of new Set([...this.#asked.values()].map(({ request }) => `${request.to}`))) {
      const many = sealed.filter(({ id }) => this.requestOf(id).to === to).length;
      expect(await balanceOf(chain.url, to)).toBeLessThanOrEqual(VALUE * BigInt(many));
    }
    expect(await countOf(chain.url, wallet.address)).toBeLessThanOrEqual(BigInt(sealed.length));
  }
}
