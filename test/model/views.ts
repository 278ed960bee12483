import { isWindowFull, read } from './checkpoints.ts';
import { clash, type Model, type Placed } from './model.ts';
import type { Generations, Question } from './protocol.ts';
import { entryAt, isLive, itemsOf, KIND, kindOf, nonceIn, previousIn, type State } from './state.ts';

/** One entry as a listing shows it. */
export interface Seen {
  readonly seq: number;
  readonly gen: number;
  readonly kind: number;
  readonly items: number;
  /** In scenarios with two laws: the law under which it was sealed. */
  readonly previous: number;
  /** Noted without its reference. */
  readonly noReference?: true;
}

/** Mutant: a seal counts only if what it names as previous is the newest generation of that name. */
const onChain = (view: readonly Seen[]): Seen[] => {
  const newest = new Map(view.map((seen) => [seen.seq, seen.gen]));
  return view.map((seen) =>
    seen.kind === KIND.seal && seen.previous && newest.get((seen.previous >> 3) - 1) !== (seen.previous & 7)
      ? { ...seen, kind: KIND.junk }
      : seen,
  );
};

/** What a listing shows: every entry that is not deleted, of all generations or of the live ones. */
export const list = (
  { protocol }: Model,
  { log }: State,
  which: Generations,
  shows: (seq: number, gen: number) => boolean = () => true,
): readonly Seen[] => {
  const view: Seen[] = [];
  log.forEach((name, seq) => {
    name.gens.forEach((entry, gen) => {
      const kind = kindOf(entry);
      if (kind === KIND.gone || !shows(seq, gen)) return;
      const onlyLive = which === 'live' || (!protocol.junkCounts && kind === KIND.junk);
      if (onlyLive && !isLive(name, gen)) return;
      view.push({ seq, gen, kind, items: itemsOf(entry), previous: previousIn(entry) });
    });
  });
  return protocol.chain === 'decides' ? onChain(view) : view;
};

/** Each request that the view shows sealed, with its entry. */
export function* sealsIn({ scenario }: Model, view: readonly Seen[]): Generator<Placed & { readonly seen: Seen }> {
  for (const seen of view)
    if (seen.kind === KIND.seal)
      for (let id = 0; id < scenario.ids.length; id++) {
        const nonce = nonceIn(seen.items, id);
        if (nonce >= 0) yield { id, nonce, seen };
      }
}

export const isSealed = (view: readonly Seen[], id: number): boolean =>
  view.some(({ kind, items }) => kind === KIND.seal && nonceIn(items, id) >= 0);

/** A bit above the ids of a close: it was created a minute or more after a seal of that id. */
export const LATER = 4;

/** `exceptLater`: of closes that came long after a seal, none. */
export const isClosed = (
  { protocol }: Model,
  s: State,
  view: readonly Seen[],
  id: number,
  exceptLater = false,
): boolean => {
  if (protocol.closes === 'outside') return ((s.outside >> id) & 1) === 1;
  return (
    protocol.closes === 'anyone' &&
    view.some(
      ({ kind, items }) => kind === KIND.close && (items >> id) & 1 && !(exceptLater && (items >> (LATER + id)) & 1),
    )
  );
};

export const hasConflict = (
  model: Model,
  view: readonly Seen[],
  placed: Placed,
  asks: readonly Question[],
): boolean => {
  const asksLess = asks.filter((each) => each !== 'reference');
  for (const other of sealsIn(model, view))
    if (clash(model, placed, other, other.seen.noReference ? asksLess : asks)) return true;
  return false;
};

/** The second read: ids of this entry whose bytes may be released, as bits. */
export const releasable = (model: Model, s: State, seq: number, gen: number): number => {
  const { protocol, scenario } = model;
  const entry = entryAt(s, seq, gen);
  if (kindOf(entry) !== KIND.seal) return 0;
  if (s.late && (protocol.limit === 'both' || protocol.limit === 'read')) return 0;
  const view = read(model, s, protocol.secondRead);
  const mayBe = (placed: Placed): boolean => {
    if (protocol.releases === 'always') return true;
    if (protocol.asksOwn && !view.some((seen) => seen.seq === seq && seen.gen === gen)) return false;
    if (isWindowFull(model, s, placed.id, seq, previousIn(entry))) return false;
    if (protocol.releases === 'sole') return view.filter((seen) => seen.seq === seq).length === 1;
    if (hasConflict(model, view, placed, protocol.asks)) return false;
    const asksCloses = protocol.asks.includes('close') && protocol.closes === 'anyone';
    return !(asksCloses && isClosed(model, s, view, placed.id, protocol.laterCloses === 'dated'));
  };
  let ids = 0;
  for (let id = 0; id < scenario.ids.length; id++) {
    const nonce = nonceIn(itemsOf(entry), id);
    if (nonce >= 0 && mayBe({ id, nonce })) ids |= 1 << id;
  }
  return ids;
};

/** Mutant: believed if its name has one generation, with no gap below it and no seal of the id below. */
const isSoleClose = (view: readonly Seen[], close: Seen, id: number): boolean => {
  const used = new Set(view.map(({ seq }) => seq));
  const below = view.filter(({ kind, seq }) => kind === KIND.seal && seq < close.seq);
  if (view.filter(({ seq }) => seq === close.seq).length !== 1) return false;
  if (below.some(({ items }) => nonceIn(items, id) >= 0)) return false;
  const base = Math.max(-1, ...below.map(({ seq }) => seq));
  for (let seq = base + 1; seq < close.seq; seq++) if (!used.has(seq)) return false;
  return true;
};

/** Closes that any honest reader of this bucket would believe and announce, as bits of ids. */
export const believable = (model: Model, s: State): number => {
  const { protocol, scenario } = model;
  if (protocol.closes === 'outside') return s.outside;
  if (protocol.believes === 'onCreate') return 0;
  if (s.late && (protocol.limit === 'both' || protocol.limit === 'belief')) return 0;
  const view = read(model, s, protocol.firstRead);
  const rivals = read(model, s, protocol.secondRead);
  const isBelieved = (close: Seen, id: number): boolean => {
    if (protocol.believes === 'sole') return isSoleClose(view, close, id);
    if (protocol.believes === 'bySeq')
      return !rivals.some(({ kind, items, seq }) => kind === KIND.seal && nonceIn(items, id) >= 0 && seq <= close.seq);
    return !isSealed(rivals, id);
  };
  let ids = 0;
  for (const close of view)
    if (close.kind === KIND.close)
      for (let id = 0; id < scenario.ids.length; id++)
        if ((close.items >> id) & 1 && isBelieved(close, id)) ids |= 1 << id;
  return ids;
};

/** A close is announced by some honest reader the moment one could believe it: the worst case. */
export const settled = (model: Model, s: State): State => {
  const believed = s.believed | believable(model, s);
  return believed === s.believed ? s : { ...s, believed };
};

/** Newest seal of the view, which the mutant's next entry names as previous; 0 for none. */
export const previousOf = ({ protocol }: Model, view: readonly Seen[]): number => {
  if (protocol.chain !== 'decides') return 0;
  let best: Seen | undefined;
  for (const seen of view)
    if (seen.kind === KIND.seal && (best === undefined || seen.seq * 8 + seen.gen > best.seq * 8 + best.gen))
      best = seen;
  return best === undefined ? 0 : ((best.seq + 1) << 3) | best.gen;
};
