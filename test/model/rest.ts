import { isWindowFull, read } from './checkpoints.ts';
import type { Broken } from './invariants.ts';
import type { Model } from './model.ts';
import { placeIn, plansFor } from './plan.ts';
import { NONCES } from './scenarios.ts';
import { append, archivedIn, at, countOf, entryOf, KIND, nonceIn, releasedBit, type State } from './state.ts';
import { believable, isClosed, isSealed, list, previousOf, releasable, type Seen, sealsIn } from './views.ts';

/** How a bucket rests once faults stop. `stuck` breaks I5; the others are allowed, and counted. */
export type Rest =
  | { readonly kind: 'done' }
  /** A sealed request stays shut, after archiving or after a close of what is sealed already. */
  | { readonly kind: 'tampered'; readonly by: 'archive' | 'spite' }
  /** A sealed nonce that no replacement can fill. */
  | { readonly kind: 'jammed' }
  | { readonly kind: 'stuck'; readonly broken: Broken };

const stuck = (how: string): Rest => ({ kind: 'stuck', broken: { invariant: 'I5', how } });
const MAX_ROUNDS = 20;
const MAX_CLOSES = 2;

/** May an id that no plan admits be closed? It is closed, or what it replaces is not there, or its reference or all nonces are used. */
const isHopeless = (model: Model, s: State, view: readonly Seen[], id: number): boolean => {
  const { requests } = model;
  if (isClosed(model, s, view, id) || at(requests, id).replaces !== undefined) return true;
  let next = 0;
  for (const seal of sealsIn(model, view)) {
    next = Math.max(next, seal.nonce + 1);
    if (at(requests, seal.id).reference === at(requests, id).reference) return true;
  }
  return next >= NONCES;
};

/** `entry` undefined: nothing is left to do. */
type Next = { readonly kind: 'next'; readonly entry: number | undefined; readonly s: State } | Rest;

/** What an honest machine, or an honest reconcile, does next. */
const nextEntry = (model: Model, from: State, view: readonly Seen[]): Next => {
  const { protocol, scenario, requests } = model;
  const [items] = plansFor(model, from, view);
  if (items !== undefined) return { kind: 'next', entry: entryOf(KIND.seal, items, previousOf(model, view)), s: from };
  let s = from;
  for (let id = 0; id < scenario.ids.length; id++) {
    if (at(requests, id).old || isSealed(view, id) || (believable(model, s) >> id) & 1) continue;
    if (protocol.closes === 'outside') s = { ...s, outside: s.outside | (1 << id) };
    else if (protocol.believes === 'onCreate') s = { ...s, believed: s.believed | (1 << id) };
    else {
      const closes = view.filter(({ kind, items: ids }) => kind === KIND.close && (ids >> id) & 1).length;
      // Closed again and again, and still not believed.
      if (closes > MAX_CLOSES) continue;
      if (!isHopeless(model, s, view, id)) return stuck(`${scenario.ids[id]} can never be sealed, without a reason`);
      return { kind: 'next', entry: entryOf(KIND.close, 1 << id), s };
    }
  }
  return { kind: 'next', entry: undefined, s };
};

/** Runs honest turns alone until nothing changes. */
const calm = (model: Model, from: State): { readonly s: State } | { readonly rest: Rest } => {
  let s: State = { ...from, slots: [] };
  for (let round = 0; round <= MAX_ROUNDS; round++) {
    const view = read(model, s, model.protocol.firstRead);
    const seq = placeIn(model, view);
    const next = nextEntry(model, s, view);
    if (next.kind !== 'next') return { rest: next };
    s = next.s;
    if (next.entry === undefined) return { s };
    while (s.log.length <= seq) s = { ...s, log: [...s.log, { gens: [], live: false }] };
    if (at(s.log, seq).live) return { rest: stuck(`stuck, seq ${seq} answers 412 for ever`) };
    s = append(s, seq, next.entry);
  }
  return { rest: stuck('does not come to rest') };
};

/** Is a nonce sealed that no id at it holds openly, and that none can replace, since each has two nonces? */
const isJammed = (model: Model, from: State, s: State, view: readonly Seen[]): boolean => {
  const nonces = new Map<number, boolean>();
  for (const { id, nonce, seen } of sealsIn(model, view)) {
    const own = new Set([...sealsIn(model, view)].filter((seal) => seal.id === id).map((seal) => seal.nonce));
    const filled =
      nonces.get(nonce) === true ||
      own.size === 1 ||
      (from.released & releasedBit(id, nonce)) !== 0 ||
      ((releasable(model, s, seen.seq, seen.gen) >> id) & 1) === 1;
    nonces.set(nonce, filled);
  }
  return [...nonces.values()].includes(false);
};

/**
 * I5: from this bucket, with no further fault, every request must end released, or closed and believed so, or sealed and reported as
 * TAMPERED. Without archiving TAMPERED needs a close of a sealed id.
 */
export const restOf = (model: Model, from: State): Rest => {
  const calmed = calm(model, from);
  if ('rest' in calmed) return calmed.rest;
  const { s } = calmed;
  const { scenario, requests } = model;
  const view = list(model, s, 'all');
  let tampered: 'archive' | 'spite' | undefined;
  for (let id = 0; id < scenario.ids.length; id++) {
    if (at(requests, id).old) continue;
    const seals = view.filter(({ kind, items }) => kind === KIND.seal && nonceIn(items, id) >= 0);
    if (seals.length === 0) {
      if (!(((believable(model, s) | s.believed) >> id) & 1))
        return stuck(`${scenario.ids[id]} is neither sealed nor closed`);
      continue;
    }
    const canOpen = seals.some(({ seq, gen }) => (releasable(model, s, seq, gen) >> id) & 1);
    const isOut = Array.from({ length: NONCES }, (_, nonce) => from.released & releasedBit(id, nonce)).some(Boolean);
    if (canOpen || isOut) continue;
    // Two that were planned at once: the window has no room for the later one.
    if (seals.some(({ seq, previous }) => isWindowFull(model, s, id, seq, previous))) continue;
    const spite = view.some(({ kind, items }) => kind === KIND.close && (items >> id) & 1);
    const archived = archivedIn(s) > 0;
    if (!archived && !spite && countOf(s, KIND.gone) === 0)
      return stuck(`${scenario.ids[id]} is sealed and cannot be released, though nothing was archived`);
    tampered = spite && !archived ? 'spite' : 'archive';
  }
  if (isJammed(model, from, s, view)) return { kind: 'jammed' };
  return tampered === undefined ? { kind: 'done' } : { kind: 'tampered', by: tampered };
};
