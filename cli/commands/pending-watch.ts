import { type Found, lookAgain } from '#cli/app/look-again.ts';
import { bad, bold, dim, good, type Line } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import {
  approvals,
  mineOf,
  type OpenRequests,
  openJson,
  openRequests,
  stageOf,
  summary,
  type Waiting,
} from '#cli/operate/open-requests.ts';
import { loadFacts } from '#core/facts/store.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { OutcomeKind } from '#schemas/facts.ts';
import { timeText } from '#schemas/spellings.ts';

/** What a person sees of one request: where that differs, it is news. */
const faceOf = (session: Session, one: Waiting): string =>
  JSON.stringify([stageOf(one), approvals(one), one.needed, mineOf(one, session.me)]);

/** How one ended that is open no more; undefined where that cannot be seen. What asking again may mend is thrown. */
const outcomeOf = async ({ ports, deployment }: Session, id: string): Promise<OutcomeKind | undefined> => {
  try {
    return (await loadFacts(await ports.storage(), deployment.buckets, id)).outcome?.fact.outcome;
  } catch (error) {
    // A function may write what is no outcome: that must not end the watch over all others.
    if (!isKeyturnError(error) || error.retry) throw error;
    return undefined;
  }
};

class Watch {
  readonly #session: Session;
  readonly #known = new Map<string, string>();
  readonly #broken = new Set<string>();

  constructor(session: Session) {
    this.#session = session;
  }

  #tell(word: Line, id: string, rest: readonly Line[]): void {
    const { out, clock } = this.#session;
    const at = dim(`${timeText(clock.now())}  `);
    out.line([at, ...[word].flat(), '  ', bold(id), ...rest.flatMap((one) => ['  ', one].flat())]);
  }

  #tellOpen(change: 'new' | 'changed', one: Waiting, short: string): void {
    const { out, me } = this.#session;
    const votes = `${approvals(one)} of ${one.needed}`;
    const mine: readonly Line[] = me === undefined ? [] : [[`${me}: `, mineOf(one, me)].flat()];
    const more: readonly Line[] = [one.wallet.name, summary(one.request, one.law), stageOf(one), votes, ...mine];
    this.#tell(change === 'new' ? good('new') : change, short, more);
    out.result('pending', { ok: true, change, request: openJson(one, me) });
  }

  /** Tells what differs from the look before. */
  async news({ open, broken, short }: OpenRequests): Promise<Found> {
    const { out } = this.#session;
    let found: Found = 'same';
    for (const one of open) {
      const [before, face] = [this.#known.get(one.id), faceOf(this.#session, one)];
      if (before === face) continue;
      this.#known.set(one.id, face);
      this.#tellOpen(before === undefined ? 'new' : 'changed', one, short.get(one.id) ?? one.id);
      found = 'changed';
    }
    for (const { id, broken: error } of broken) {
      if (this.#broken.has(id)) continue;
      this.#broken.add(id);
      this.#tell(bad(error.code), id, [error.message]);
      out.result('pending', { ok: true, change: 'broken', id, code: error.code, message: error.message });
      found = 'changed';
    }
    const still = new Set([...open, ...broken].map(({ id }) => id));
    for (const id of this.#known.keys()) {
      if (still.has(id)) continue;
      const outcome = await outcomeOf(this.#session, id);
      this.#known.delete(id);
      this.#tell('over', id.slice(0, 8), [outcome ?? 'not to be seen how']);
      out.result('pending', { ok: true, change: 'over', id, outcome: outcome ?? null });
      found = 'changed';
    }
    return found;
  }
}

/** Prints each open request, and then each change, until it is interrupted. */
export const watchPending = async (session: Session, wallet: string | undefined): Promise<never> => {
  session.leave('nothing was changed', 'stream');
  session.out.line('Watching what is not decided; Ctrl-C ends it.');
  const watch = new Watch(session);
  for (;;) await lookAgain(session, async () => watch.news(await openRequests(session, wallet)));
};
