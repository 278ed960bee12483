import type { Clock } from '#core/ports.ts';
import type { Approved } from '#core/register/sealing.ts';
import type { SigningSession } from '#core/signing/signer.ts';
import type { Backoff } from './backoff.ts';

/** ms for which shares stay open that nobody signs with. */
const READY_MS = 10_000;

interface Opening {
  readonly ids: readonly string[];
  readonly session: SigningSession;
  readonly over: AbortController;
  approved: readonly Approved[];
}

/**
 * Requests whose release keys answer slowly, in a session of their own beside the lane, one group at a time. The lane seals what others ask
 * meanwhile. Once they are complete, the lane takes them as its next batch.
 */
export class Slow {
  readonly #backoff: Backoff;
  readonly #clock: Clock;
  #current: Opening | undefined;

  constructor(backoff: Backoff, clock: Clock) {
    this.#backoff = backoff;
    this.#clock = clock;
  }

  /** Something is being opened, or waits to be signed. */
  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  /** The lane keeps its hands off these until `gathering`, which must not reject, has come to something. Call this only while it is not busy. */
  open(ids: readonly string[], session: SigningSession, gathering: Promise<readonly Approved[]>): void {
    const one: Opening = { ids, session, over: new AbortController(), approved: [] };
    this.#current = one;
    this.#backoff.putAside(ids);
    void gathering.then(async (approved) => {
      if (this.#current !== one) return;
      this.#backoff.takeUp(ids);
      one.approved = approved;
      if (approved.length > 0) await this.#clock.sleep(READY_MS, one.over.signal);
      if (this.#current === one) this.end();
    });
  }

  /** Those of them that are complete, with the session in which their shares lie: the caller ends it. */
  take(ids: readonly string[]): Pick<Opening, 'session' | 'approved'> | undefined {
    const one = this.#current;
    const approved = one?.approved.filter(({ id }) => ids.includes(id)) ?? [];
    if (one === undefined || approved.length === 0) return undefined;
    this.#current = undefined;
    one.over.abort();
    return { session: one.session, approved };
  }

  end(): void {
    const one = this.#current;
    if (one === undefined) return;
    this.#current = undefined;
    this.#backoff.takeUp(one.ids);
    one.over.abort();
    one.session.end();
  }
}
