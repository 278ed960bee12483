import { clash, type Model, type Placed } from './model.ts';
import { ALL_QUESTIONS, type Question } from './protocol.ts';
import { NONCES } from './scenarios.ts';
import { at, itemOf, KIND, type State } from './state.ts';
import { hasConflict, isClosed, isSealed, type Seen, sealsIn } from './views.ts';

/** Where the next entry goes. */
export const placeIn = ({ protocol }: Model, view: readonly Seen[]): number => {
  const used = new Set(view.map(({ seq }) => seq));
  let place = 0;
  for (const { kind, seq } of view)
    if (kind === KIND.seal || (protocol.place === 'aboveNewest' && kind === KIND.close))
      place = Math.max(place, seq + 1);
  while (used.has(place)) place++;
  return place;
};

const nextNonce = (model: Model, view: readonly Seen[]): number => {
  let next = 0;
  let newest = -1;
  for (const { nonce, seen } of sealsIn(model, view)) {
    if (model.protocol.nonce !== 'newest') next = Math.max(next, nonce + 1);
    else if (seen.seq * 8 + seen.gen >= newest) {
      newest = seen.seq * 8 + seen.gen;
      next = nonce + 1;
    }
  }
  return next;
};

/** Nonces that this request may be sealed at, as far as it alone is concerned. */
const noncesFor = (model: Model, view: readonly Seen[], id: number, next: number): readonly number[] => {
  if (at(model.requests, id).replaces !== undefined) {
    const sealedAt = new Set<number>();
    for (const seal of sealsIn(model, view)) if (seal.id === model.targets[id]) sealedAt.add(seal.nonce);
    return sealedAt.size === 1 ? [...sealedAt] : [];
  }
  return model.protocol.nonce === 'rpc' ? Array.from({ length: NONCES }, (_, nonce) => nonce) : [next];
};

/** Two requests of one seal: the first takes a fresh nonce, and within one seal the nonces count on. */
const pairsOf = (model: Model, view: readonly Seen[], free: readonly Placed[]): number[] =>
  free.flatMap((first) =>
    free.flatMap((other) => {
      if (first.id === other.id || at(model.requests, first.id).replaces !== undefined) return [];
      const nonce = at(model.requests, other.id).replaces !== undefined ? other.nonce : first.nonce + 1;
      const second = { id: other.id, nonce };
      if (nonce >= NONCES || clash(model, first, second) || hasConflict(model, view, second, ALL_QUESTIONS)) return [];
      return [itemOf(first.id, first.nonce) | itemOf(second.id, nonce)];
    }),
  );

/** The first read: which seals could be written now? Each is the items of one entry. */
export const plansFor = (model: Model, s: State, view: readonly Seen[]): readonly number[] => {
  const { protocol, scenario, requests } = model;
  const asks: readonly Question[] = protocol.firstAsksNonce ? ALL_QUESTIONS : ['id', 'reference'];
  const next = nextNonce(model, view);
  const free: Placed[] = [];
  for (let id = 0; id < scenario.ids.length; id++) {
    if (at(requests, id).old || isSealed(view, id) || isClosed(model, s, view, id)) continue;
    for (const nonce of noncesFor(model, view, id, next))
      if (nonce < NONCES && !hasConflict(model, view, { id, nonce }, asks)) free.push({ id, nonce });
  }
  const singles = free.map(({ id, nonce }) => itemOf(id, nonce));
  return [...new Set([...singles, ...(scenario.batches ? pairsOf(model, view, free) : [])])];
};
