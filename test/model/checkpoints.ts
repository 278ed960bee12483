import type { Model } from './model.ts';
import type { Generations } from './protocol.ts';
import { type Checkpoint, itemOf, KIND, kindOf, nonceIn, type State } from './state.ts';
import { list, type Seen, sealsIn } from './views.ts';

/** How many generations a look showed of each name below a place; undefined where one of them is deleted: nobody stands for those. */
export const setBelow = ({ log }: State, place: number): readonly number[] | undefined => {
  const names = log.slice(0, place).map(({ gens }) => gens);
  return names.some((gens) => gens.some((entry) => kindOf(entry) === KIND.gone))
    ? undefined
    : names.map((gens) => gens.length);
};

/** Does the listing show the set that it stands for, as far as the protocol asks? */
const isSet = ({ protocol }: Model, s: State, { place, counts }: Checkpoint): boolean => {
  if (protocol.checkpointSet === 'unlisted') return true;
  const listed = setBelow(s, place);
  if (listed === undefined) return false;
  return listed.every((count, seq) =>
    protocol.checkpointSet === 'listed' ? count === counts[seq] : count >= (counts[seq] ?? 0),
  );
};

/** What a checkpoint notes of an entry. */
const noted = ({ protocol, scenario, requests }: Model, seen: Seen): Seen => {
  const omits = protocol.checkpointOmits;
  if (omits === 'reference') return { ...seen, noReference: true };
  if (omits === 'close' && seen.kind === KIND.close) return { ...seen, kind: KIND.junk };
  if (omits !== 'replacement' || seen.kind !== KIND.seal) return seen;
  const items = scenario.ids.reduce((kept, _, id) => {
    const nonce = nonceIn(seen.items, id);
    return nonce < 0 || requests[id]?.replaces !== undefined ? kept : kept | itemOf(id, nonce);
  }, 0);
  return { ...seen, items };
};

/** What a machine knows after a read: what it listed, and of what a checkpoint covers the notes alone. */
export const read = (model: Model, s: State, which: Generations): readonly Seen[] => {
  const { checkpoint } = s;
  if (checkpoint === undefined || !isSet(model, s, checkpoint)) return list(model, s, which);
  return list(model, s, which).flatMap((seen) => {
    if (seen.seq >= checkpoint.place) return [seen];
    // What came later is not in it. Where that is not asked, it is missed.
    return seen.gen < (checkpoint.counts[seen.seq] ?? 0) ? [noted(model, seen)] : [];
  });
};

/** Ids whose token only one of two laws names: its window has room for one of them. */
const isCounted = ({ scenario }: Model, id: number): boolean =>
  scenario.window && ['R3', 'R6'].includes(scenario.ids[id] ?? '');

/** Is the window full for this one, as far as the sums of the checkpoint and what was read say? `below`: of entries at lower names. */
export const isWindowFull = (model: Model, s: State, id: number, below: number, law: number): boolean => {
  const { protocol } = model;
  // The second law names no such token, and so no window.
  if (law !== 0 || !isCounted(model, id)) return false;
  const { checkpoint } = s;
  const isUsed =
    checkpoint !== undefined &&
    isSet(model, s, checkpoint) &&
    (checkpoint.law === law || protocol.checkpointLaw === 'any');
  for (const seal of sealsIn(model, list(model, s, 'all'))) {
    if (seal.id === id || seal.seen.seq >= below || !isCounted(model, seal.id)) continue;
    const isSummed = isUsed && seal.seen.seq < checkpoint.place;
    const isMissed = isSummed && (checkpoint.law !== 0 || (protocol.checkpointHours === 'early' && s.hour === 1));
    if (!isMissed) return true;
  }
  return false;
};

/** Under which law the sums of the next checkpoint leave a token out: one that is made on another has what that one has. */
export const sumsLaw = (model: Model, s: State, law: number): number => {
  const { checkpoint } = s;
  const isOn = checkpoint !== undefined && isSet(model, s, checkpoint) && model.protocol.checkpointLaw === 'any';
  return isOn ? Math.max(law, checkpoint.law) : law;
};

/** Was one released under the first law above another that counted? */
export const isOverfilled = (model: Model, s: State, isReleased: (id: number, nonce: number) => boolean): boolean => {
  const seals = [...sealsIn(model, list(model, s, 'all'))].filter(({ id }) => isCounted(model, id));
  return seals.some(
    (one) =>
      one.seen.previous === 0 &&
      isReleased(one.id, one.nonce) &&
      seals.some((other) => other.id !== one.id && other.seen.seq < one.seen.seq),
  );
};
