import { goOn } from '#cli/app/interrupt.ts';
import { type Found, lookAgain } from '#cli/app/look-again.ts';
import type { Session } from '#cli/app/session.ts';
import { OpenNews } from '#cli/operate/open-news.ts';
import { type OpenRequests, openRequests } from '#cli/operate/open-requests.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { timeText } from '#schemas/spellings.ts';
import type { ConsoleEvent } from './api.ts';

type Tell = (event: ConsoleEvent) => void;

/** A look and when it was, in ms. */
export interface Look {
  readonly all: OpenRequests;
  readonly at: number;
}

/** ms for which a look answers the page. */
const FRESH_MS = 5000;
const BEAT_MS = 15_000;

/** Sleeps as the clock does, or until somebody rings. A ring that finds nobody asleep keeps the next one awake. */
class Alarm {
  #rung = false;
  #wake: () => void = () => {};

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  async sleep({ clock, signal }: Pick<Session, 'clock' | 'signal'>, ms: number): Promise<void> {
    const enough = new AbortController();
    const rung = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (!this.#rung) await Promise.race([clock.sleep(ms, AbortSignal.any([signal, enough.signal])), rung]);
    this.#rung = false;
    enough.abort();
  }
}

/**
 * The one look at the cloud that all of the page lives on, as `pending --watch` has it. It looks more seldom while nothing changes, and at once
 * where an event came or somebody answered. While nobody listens nothing is read.
 */
export class Hub {
  readonly #session: Session;
  readonly #news: OpenNews;
  readonly #via: 'events' | 'polling';
  readonly #alarm = new Alarm();
  readonly #listeners = new Set<Tell>();
  #last: Look | undefined;
  #looking: Promise<Found> | undefined;
  #down = '';

  constructor(session: Session, via: 'events' | 'polling') {
    this.#session = session;
    this.#news = new OpenNews(session);
    this.#via = via;
  }

  #at(): string {
    return timeText(this.#session.clock.now());
  }

  tell(event: ConsoleEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Something may have changed: looks at once. */
  wake(): void {
    this.#last = undefined;
    this.#alarm.ring();
  }

  /** Tells each event from now on, until what it gives is called. */
  listen(tell: Tell): () => void {
    this.#listeners.add(tell);
    tell({ kind: 'hello', at: this.#at(), via: this.#via });
    if (this.#down !== '') tell({ kind: 'cloud', at: this.#at(), state: 'down', code: this.#down });
    this.#alarm.ring();
    return () => this.#listeners.delete(tell);
  }

  async #read(): Promise<Found> {
    const all = await openRequests(this.#session, undefined);
    this.#last = { all, at: this.#session.clock.now() };
    let found: Found = 'same';
    for await (const change of this.#news.since(all)) {
      const outcome = change.kind === 'over' ? (change.outcome ?? null) : null;
      this.tell({ kind: 'request', at: this.#at(), id: change.id, change: change.kind, outcome });
      found = 'changed';
    }
    return found;
  }

  /** One look at a time: whoever asks meanwhile gets the same one. */
  #look(): Promise<Found> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** The newest look, or one made now. Throws what Storage throws. */
  async latest(): Promise<Look> {
    const isFresh = (look: Look | undefined): look is Look =>
      look !== undefined && this.#session.clock.now() - look.at < FRESH_MS;
    if (isFresh(this.#last)) return this.#last;
    await this.#look();
    return this.#last ?? this.latest();
  }

  /** A cloud that does not answer is told once, and its return as well. */
  async #watched(): Promise<Found> {
    if (this.#listeners.size === 0) return 'same';
    try {
      const found = await this.#look();
      if (this.#down !== '') this.tell({ kind: 'cloud', at: this.#at(), state: 'back', code: this.#down });
      this.#down = '';
      return found;
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      if (this.#down !== error.code) this.tell({ kind: 'cloud', at: this.#at(), state: 'down', code: error.code });
      this.#down = error.code;
      return 'same';
    }
  }

  /** Looks until the session's signal aborts. Throws Interrupted then, and what is a fault of keyturn. */
  async run(): Promise<never> {
    const { signal, out, clock } = this.#session;
    const waiting = { now: () => clock.now(), sleep: (ms: number) => this.#alarm.sleep(this.#session, ms) };
    for (;;) await lookAgain({ clock: waiting, signal, out }, () => this.#watched());
  }

  /** Says that the process lives, until the session's signal aborts. Throws Interrupted then. */
  async beat(): Promise<never> {
    const { clock, signal } = this.#session;
    for (;;) {
      await clock.sleep(BEAT_MS, signal);
      goOn(signal);
      this.tell({ kind: 'beat', at: this.#at() });
    }
  }
}
