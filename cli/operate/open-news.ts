import type { Session } from '#cli/app/session.ts';
import { loadFacts } from '#core/facts/store.ts';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import type { OutcomeKind } from '#schemas/facts.ts';
import { approvals, mineOf, type OpenRequests, stageOf, type Waiting } from './open-requests.ts';

/** What is otherwise than at the look before. `outcome`: undefined where it cannot be seen how one ended. */
export type OpenChange =
  | { readonly kind: 'new' | 'changed'; readonly id: string; readonly one: Waiting }
  | { readonly kind: 'broken'; readonly id: string; readonly error: KeyturnError }
  | { readonly kind: 'over'; readonly id: string; readonly outcome: OutcomeKind | undefined };

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

/** Compares each look at the open requests with the one before. */
export class OpenNews {
  readonly #session: Session;
  readonly #known = new Map<string, string>();
  readonly #broken = new Set<string>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Each change, once. Where it throws, what came before has been told, and the rest comes with the next look. */
  async *since({ open, broken }: Pick<OpenRequests, 'open' | 'broken'>): AsyncGenerator<OpenChange> {
    for (const one of open) {
      const [before, face] = [this.#known.get(one.id), faceOf(this.#session, one)];
      if (before === face) continue;
      this.#known.set(one.id, face);
      yield { kind: before === undefined ? 'new' : 'changed', id: one.id, one };
    }
    for (const { id, broken: error } of broken) {
      if (this.#broken.has(id)) continue;
      this.#broken.add(id);
      yield { kind: 'broken', id, error };
    }
    const still = new Set([...open, ...broken].map(({ id }) => id));
    for (const id of [...this.#known.keys()].filter((known) => !still.has(known))) {
      const outcome = await outcomeOf(this.#session, id);
      this.#known.delete(id);
      yield { kind: 'over', id, outcome };
    }
  }
}
