import { errorFields } from '#core/error-fields.ts';
import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import { markOf } from '#core/facts/marks.ts';
import { listAll, loadForTurn } from '#core/facts/store.ts';
import { verifiedWalletOf } from '#core/facts/verified-wallet.ts';
import type { Wait } from '#core/facts/wait.ts';
import type { StoredObject } from '#core/ports.ts';
import { openFolder } from '#schemas/names.ts';
import type { TurnContext } from './context.ts';
import type { Candidate, Lane } from './lane.ts';

/** ms. A listing of the open marks serves each lane once, within this time. */
const SHARED_MS = 1000;
/** Requests whose facts are read in one pass: twice what one seal holds, whatever a publisher has open. */
const MAX_CANDIDATES = 40;
const CONCURRENCY = 16;

interface OpenMark {
  readonly id: string;
  /** Changes whenever somebody patches the mark. */
  readonly key: string;
  readonly wait: Wait | undefined;
}

interface Known {
  /** Of the mark at which it was read; "" once this turn did something that its facts may tell of. */
  readonly key: string;
  readonly facts: RequestFacts;
  readonly candidate: Candidate | undefined;
}

interface MarkListing {
  readonly begun: number;
  readonly marks: Promise<readonly OpenMark[]>;
  readonly users: Set<string>;
}

const openMark = (object: StoredObject): readonly OpenMark[] => {
  const mark = markOf(object);
  // Only marks in stage `approved` count: that stage is written after the announcement. `submitted` requests belong to reconcile. Where a
  // mark is behind its facts, or ahead of them, reconcile corrects it and asks for another turn.
  return mark?.stage === 'approved' ? [{ id: mark.id, key: `${object.generation} ${mark.due}`, wait: mark.wait }] : [];
};

/**
 * The approved requests of a turn's wallet, as its lanes share them. Marks are hints: they say whose facts may be worth reading, the facts
 * say what is so. Facts are not read again while their mark is unchanged.
 */
export class OpenRequests {
  readonly #context: TurnContext;
  readonly #known = new Map<string, Known>();
  readonly #reading = new Map<string, Promise<void>>();
  readonly #failed = new Set<string>();
  /** Ids of which it was said that they are no requests of this wallet: once a turn, however often their marks change. */
  readonly #alarmed = new Set<string>();
  #listing: MarkListing | undefined;

  constructor(context: TurnContext) {
    this.#context = context;
  }

  /** The facts of these must be read again before they are worked on again: this turn did something about them. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) {
      const known = this.#known.get(id);
      if (known !== undefined) this.#known.set(id, { ...known, key: '' });
    }
  }

  /** Lists again before any lane is served, even if it listed a moment ago. */
  renew(): void {
    this.#listing = undefined;
  }

  /**
   * Those of one lane, oldest first, without what it is sending; of those that rest, what was read when they did not. `left`: there are more
   * whose facts are still to be read for the first time.
   */
  async candidatesFor({
    register,
    backoff,
    outbox,
  }: Lane): Promise<{ readonly candidates: readonly Candidate[]; readonly left: boolean }> {
    const { chainId } = register;
    const isOurs = ({ id }: OpenMark): boolean => {
      if (outbox.has(id)) return false;
      const chain = this.#known.get(id)?.candidate?.request.chainId;
      return chain === undefined || chain === chainId;
    };
    const marks = (await this.#marks(chainId)).filter(isOurs);
    const changed = marks.filter(({ id, key }) => !backoff.isResting(id) && this.#known.get(id)?.key !== key);
    const first = changed.filter(({ id }) => !this.#failed.has(id));
    const next = [...first, ...changed.filter(({ id }) => this.#failed.has(id))].slice(0, MAX_CANDIDATES);
    for (let i = 0; i < next.length; i += CONCURRENCY)
      await Promise.all(next.slice(i, i + CONCURRENCY).map((mark) => this.#read(mark)));
    const candidates = marks.flatMap(({ id, key, wait }) => {
      const known = this.#known.get(id);
      if (known?.candidate?.request.chainId !== chainId) return [];
      return known.key === key || backoff.isResting(id) ? [{ ...known.candidate, wait }] : [];
    });
    return { candidates, left: first.length > MAX_CANDIDATES };
  }

  #marks(chainId: string): Promise<readonly OpenMark[]> {
    const now = this.#context.clock.now();
    const last = this.#listing;
    const serves = last !== undefined && now - last.begun < SHARED_MS && !last.users.has(chainId);
    const listing = serves ? last : { begun: now, marks: this.#list(), users: new Set<string>() };
    listing.users.add(chainId);
    this.#listing = listing;
    return listing.marks;
  }

  async #list(): Promise<readonly OpenMark[]> {
    const { storage, buckets, wallet } = this.#context;
    const objects = await listAll(storage, buckets.work, openFolder(wallet.name));
    return objects.toSorted((a, b) => a.timeCreated - b.timeCreated).flatMap(openMark);
  }

  #read(mark: OpenMark): Promise<void> {
    const name = `${mark.id} ${mark.key}`;
    const under = this.#reading.get(name) ?? this.#load(mark).finally(() => this.#reading.delete(name));
    this.#reading.set(name, under);
    return under;
  }

  async #load({ id, key }: OpenMark): Promise<void> {
    const { storage, buckets, log } = this.#context;
    try {
      const { facts, isApproved } = await loadForTurn(storage, buckets, id, this.#known.get(id)?.facts);
      this.#failed.delete(id);
      this.#known.set(id, { key, facts, candidate: isApproved ? this.#candidateOf(id, facts) : undefined });
    } catch (error) {
      this.#failed.add(id);
      log.warn('turn.fault', { id, ...errorFields(error) });
    }
  }

  /** `facts`: of what is approved. */
  #candidateOf(id: string, facts: RequestFacts): Candidate | undefined {
    const { law, wallet, log } = this.#context;
    const state = stateOf(facts);
    if (state.stage !== 'accepted') return undefined;
    const fact = state.request;
    // Written by functions, in a bucket of the operator's: only what hashes to its id is a request.
    if (fact.id === id && verifiedWalletOf(fact, law)?.name === wallet.name)
      return { fact, facts, id, request: fact.request };
    if (!this.#alarmed.has(id)) log.alarm('turn.mismatch', { id, code: 'ID_MISMATCH' });
    this.#alarmed.add(id);
    return undefined;
  }
}
