import type { StoredObject } from '#core/ports.ts';
import type { ApprovedFact, Fact, FactKind, OutcomeFact, RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { badShareOf } from '#schemas/names.ts';

/** A stored fact with the object that carries it. */
export interface Stored<K extends FactKind> {
  readonly object: StoredObject;
  readonly fact: Fact<K>;
}

export interface KnownBad {
  readonly coSigner: string;
  readonly generation: string;
}

/** Everything stored about one request. Facts are only ever added. */
export interface RequestFacts {
  readonly id: string;
  readonly request: Stored<'request'> | undefined;
  readonly approved: Stored<'approved'> | undefined;
  readonly submitted: Stored<'submitted'> | undefined;
  readonly outcome: Stored<'outcome'> | undefined;
  /** The requester's wish; a close makes it true. */
  readonly withdrawn: Stored<'withdrawn'> | undefined;
  readonly knownBad: readonly KnownBad[];
}

/** Before anything was stored. */
export const NOTHING_STORED: Omit<RequestFacts, 'id'> = {
  request: undefined,
  approved: undefined,
  submitted: undefined,
  outcome: undefined,
  withdrawn: undefined,
  knownBad: [],
};

export type RequestState =
  | { readonly stage: 'unknown' }
  | { readonly stage: 'accepted'; readonly request: RequestFact }
  | { readonly stage: 'approved'; readonly request: RequestFact; readonly approved: ApprovedFact }
  | { readonly stage: 'submitted'; readonly request: RequestFact; readonly submitted: SubmittedFact }
  | { readonly stage: 'decided'; readonly request: RequestFact; readonly outcome: OutcomeFact };

/** Folds the facts. The latest stage wins, whatever is missing before it: facts can arrive in any order. */
export const stateOf = (facts: RequestFacts): RequestState => {
  if (facts.request === undefined) return { stage: 'unknown' };
  const request = facts.request.fact;
  if (facts.outcome !== undefined) return { stage: 'decided', request, outcome: facts.outcome.fact };
  if (facts.submitted !== undefined) return { stage: 'submitted', request, submitted: facts.submitted.fact };
  if (facts.approved !== undefined) return { stage: 'approved', request, approved: facts.approved.fact };
  return { stage: 'accepted', request };
};

export const knownBadIn = (objects: readonly StoredObject[]): KnownBad[] =>
  objects.flatMap(({ name }) => {
    const bad = badShareOf(name);
    return bad === undefined ? [] : [{ coSigner: bad.coSigner, generation: bad.generation }];
  });
