import { ENOUGH_TURNS } from '#core/decide/relaunch.ts';
import { listTurns, readNewestTurn } from '#core/facts/read-turns.ts';
import { isStoppedSomewhere } from '#core/facts/stops.ts';
import type { NewestTurn, TurnMarks } from '#core/facts/turns.ts';
import type { Publisher } from '#core/ports.ts';
import type { RegisterRef } from '#core/register/entry.ts';
import type { EntryCache } from '#core/register/entry-cache.ts';
import { limitsOf } from '#core/register/limits.ts';
import { readRegister } from '#core/register/read.ts';
import { type RegisterView, readSince } from '#core/register/rules.ts';
import { SharePlaces } from '#core/shares/places.ts';
import { type ReconcileContext, turnSource } from '#functions/runtime/context.ts';
import { keptFor } from '#functions/runtime/entries-kept.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { PAUSED_OBJECT, topicsOf } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';

export interface WalletTurns {
  readonly newest: NewestTurn | undefined;
  readonly marks: readonly TurnMarks[];
}

export const logOf = (context: ReconcileContext, { walletAddress, request }: RequestFact): RegisterRef => ({
  chainId: request.chainId,
  address: walletAddress,
  registerBucket: context.buckets.register,
});

/** What one tick reads once and shares among its requests. */
export class Tick {
  readonly context: ReconcileContext;
  /** ms */
  readonly begun: number;
  readonly places: SharePlaces;
  readonly #caches: Map<string, EntryCache>;
  readonly #views: Map<string, Promise<RegisterView>>;
  readonly #turns: Map<string, Promise<WalletTurns>>;
  readonly #down: Set<string>;
  readonly #asked: { paused?: Promise<boolean>; readonly stopped: Map<string, Promise<boolean>> };

  /** `ids`: requests whose votes it may ask for. `same`: a tick whose reads this one shares. */
  constructor(context: ReconcileContext, ids: ReadonlySet<string> = new Set(), same?: Tick) {
    this.context = context;
    this.begun = same === undefined ? context.clock.now() : same.begun;
    this.places = same === undefined ? new SharePlaces(() => context.storage, context.law, ids) : same.places;
    this.#caches = same === undefined ? new Map() : same.#caches;
    this.#views = same === undefined ? new Map() : same.#views;
    this.#turns = same === undefined ? new Map() : same.#turns;
    this.#down = same === undefined ? new Set() : same.#down;
    this.#asked = same === undefined ? { stopped: new Map() } : same.#asked;
  }

  /** This tick, for a request of which something could not be said: what follows from that is not said before it. Hints go on. */
  silencedBy(fault: unknown): Tick {
    const { publisher, law } = this.context;
    const { requestEvents, receipts } = topicsOf(law.name);
    const publish: Publisher['publish'] = async (topic, message) => {
      if (topic === requestEvents || topic === receipts) throw fault;
      return publisher.publish(topic, message);
    };
    return new Tick({ ...this.context, publisher: { publish } }, new Set(), this);
  }

  /** A fresh view that can decide about this request. */
  freshView(fact: RequestFact): Promise<RegisterView> {
    const log = logOf(this.context, fact);
    return readRegister(
      this.context.storage,
      log,
      { since: this.#sinceFor(fact), cache: this.#cacheOf(log) },
      this.context.log,
    );
  }

  /** A view of this tick that can decide about this request. That of another request of the same log is used, where it goes back as far. */
  sharedView(fact: RequestFact): Promise<RegisterView> {
    const { chainId, address } = logOf(this.context, fact);
    const key = `${chainId}/${address}`;
    const known = this.#views.get(key) ?? Promise.resolve(undefined);
    const next = known
      .catch(() => undefined)
      .then((view) => (view !== undefined && view.since <= this.#sinceFor(fact) ? view : this.freshView(fact)));
    this.#views.set(key, next);
    return next;
  }

  turns(wallet: string): Promise<WalletTurns> {
    const known = this.#turns.get(wallet);
    if (known !== undefined) return known;
    const read = this.#readTurns(wallet);
    this.#turns.set(wallet, read);
    return read;
  }

  /** Whether the operator paused signing. */
  isPaused(): Promise<boolean> {
    const { storage, buckets } = this.context;
    this.#asked.paused ??= storage.stat(buckets.work, PAUSED_OBJECT).then((object) => object !== undefined);
    return this.#asked.paused;
  }

  /** Whether a foreign transaction stops the wallet on some chain. */
  isStopped(wallet: string): Promise<boolean> {
    const { storage, buckets } = this.context;
    const known = this.#asked.stopped.get(wallet) ?? isStoppedSomewhere(storage, buckets.work, wallet);
    this.#asked.stopped.set(wallet, known);
    return known;
  }

  /** Runs `ask`, unless the chain was found unreachable in this tick already: it must not use up the time of the others. */
  async onChain<T>(chainId: string, ask: () => Promise<T>): Promise<T> {
    if (this.#down.has(chainId)) throw new KeyturnError('CHAIN_UNREACHABLE', `chain ${chainId} did not answer before`);
    try {
      return await ask();
    } catch (error) {
      if (error instanceof KeyturnError && ['CHAIN_UNREACHABLE', 'DEADLINE', 'CONFIG'].includes(error.code))
        this.#down.add(chainId);
      throw error;
    }
  }

  #sinceFor({ request }: RequestFact): number {
    return readSince(validUntilMs(request), this.context.clock.now(), limitsOf(this.context.law));
  }

  /** Entries outlive the tick, views never do: each tick lists again. */
  #cacheOf({ chainId, address }: RegisterRef): EntryCache {
    const { storage, law } = this.context;
    const key = `${chainId}/${address}`;
    const logs = law.wallets.reduce((sum, { chains }) => sum + chains.length, 0);
    const cache = this.#caches.get(key) ?? keptFor(storage, key, logs);
    this.#caches.set(key, cache);
    return cache;
  }

  async #readTurns(wallet: string): Promise<WalletTurns> {
    const { storage, buckets } = this.context;
    const [newest, marks] = await Promise.all([
      readNewestTurn(turnSource(this.context), wallet),
      listTurns(storage, buckets.work, wallet, ENOUGH_TURNS),
    ]);
    return { newest, marks };
  }
}
