import { isWindowFull, read, setBelow, sumsLaw } from './checkpoints.ts';
import { type Emit, type Model, picked, showIds, showItems } from './model.ts';
import { placeIn, plansFor } from './plan.ts';
import {
  append,
  at,
  countOf,
  countsIn,
  countsOf,
  entryAt,
  entryOf,
  genOf,
  KIND,
  nonceIn,
  previousOfSlot,
  RELEASED_ALREADY,
  releasedBit,
  type Slot,
  STEP,
  type State,
  seqOf,
  slotAt,
  stepOf,
  withPrevious,
  withSlot,
} from './state.ts';
import { isClosed, isSealed, list, previousOf, releasable, type Seen } from './views.ts';

/** One turn, in its slot, and where its steps go. */
interface Turn {
  readonly model: Model;
  readonly s: State;
  readonly k: number;
  readonly slot: Slot;
  readonly letter: string;
  readonly go: Emit;
}

const to = ({ s, k }: Turn, slot: Slot): State => withSlot(s, k, slot);
const idle = slotAt(STEP.idle);

const plan = (turn: Turn, view: readonly Seen[], how: string): void => {
  const { model, s, letter, go } = turn;
  const seq = placeIn(model, view);
  // Every request of this model has expired by then.
  if (s.late || seq >= model.scenario.names) return;
  const counts = model.scenario.checkpoints ? setBelow(s, seq) : undefined;
  for (const law of model.scenario.window ? [0, 1] : [0])
    for (const items of plansFor(model, s, view)) {
      if (model.scenario.ids.some((_, id) => nonceIn(items, id) >= 0 && isWindowFull(model, s, id, seq, law))) continue;
      // What the first read showed below that place: of that the checkpoint is made.
      const body = items | (counts === undefined ? 0 : countsIn(counts) << 8) | (sumsLaw(model, s, law) << 14);
      go(
        to(turn, withPrevious(slotAt(STEP.plan, seq, 0, body), model.scenario.window ? law : previousOf(model, view))),
        () =>
          `turn ${letter}${law === 1 ? ' of the other law' : ''} ${how}, plans seal{${showItems(model, items)}} at seq ${seq}`,
      );
    }
};

/** The seal that names a checkpoint is there: from now on reads may use it. */
const named = ({ model, s, slot }: Turn): Pick<State, 'checkpoint'> => {
  const place = seqOf(slot);
  const counts = countsOf(slot[1] >> 8, place);
  // A name without a generation below a seal is nothing that a machine leaves: no set has it in these scenarios.
  if (!model.scenario.checkpoints || counts.length === 0 || counts.includes(0)) return { checkpoint: s.checkpoint };
  return { checkpoint: { place, counts, law: (slot[1] >> 14) & 1 } };
};

/** A listing in two pages, split at name `cut`: how many generations the first page showed of each name. */
const firstPage = (turn: Turn): void => {
  const { model, s, letter, go } = turn;
  const newestFirst = model.protocol.pages === 'newestFirst';
  for (let cut = 1; cut < model.scenario.names; cut++) {
    let counts = 0;
    s.log.forEach(({ gens }, seq) => {
      if (seq >= cut === newestFirst) counts |= gens.length << (2 * seq);
    });
    if (!s.late)
      go(
        to(turn, slotAt(STEP.page, cut, 0, counts)),
        () => `turn ${letter} lists the page of seq ${newestFirst ? '>=' : '<'} ${cut}`,
      );
  }
};

const secondPage = (turn: Turn): void => {
  const { model, s, slot } = turn;
  const newestFirst = model.protocol.pages === 'newestFirst';
  const isNew = (seq: number): boolean => seq >= seqOf(slot) !== newestFirst;
  const view = list(model, s, model.protocol.firstRead, (seq, gen) => isNew(seq) || gen < ((slot[1] >> (2 * seq)) & 3));
  plan(turn, view, 'lists the other page');
};

/** Completes a seal whose bytes were never released. */
const complete = (turn: Turn, { seq, gen, items }: Seen): void => {
  const { model, s, letter, go } = turn;
  const reads = model.protocol.completes === 'reads';
  let unopened = 0;
  for (let id = 0; id < model.scenario.ids.length; id++) {
    const nonce = nonceIn(items, id);
    if (nonce >= 0 && !(s.released & releasedBit(id, nonce))) unopened |= 1 << id;
  }
  const ids = unopened & (reads ? releasable(model, s, seq, gen) : 255);
  if (ids)
    go(
      to(turn, slotAt(STEP.open, seq, gen, ids)),
      () =>
        `turn ${letter} finds seal{${showItems(model, items)}} at seq ${seq} (generation ${gen + 1}) unreleased${reads ? ', reads again: it may be released' : ''}`,
    );
};

/** Mutant: an honest closer whose win of the create is believed at once. */
const planClose = (turn: Turn, view: readonly Seen[]): void => {
  const { model, s, letter, go } = turn;
  const seq = placeIn(model, view);
  if (s.late || seq >= model.scenario.names || countOf(s, KIND.close) >= model.scenario.closes) return;
  model.scenario.ids.forEach((name, id) => {
    if (isSealed(view, id) || isClosed(model, s, view, id)) return;
    go(
      to(turn, slotAt(STEP.closing, seq, 0, 1 << id)),
      () => `reconcile ${letter} reads the log, plans close{${name}} at seq ${seq}`,
    );
  });
};

const begin = (turn: Turn): void => {
  const { model, s } = turn;
  const view = read(model, s, model.protocol.firstRead);
  if (model.scenario.pages) firstPage(turn);
  else plan(turn, view, 'reads the log');
  for (const seen of view) if (seen.kind === KIND.seal) complete(turn, seen);
  if (model.protocol.believes === 'onCreate') planClose(turn, view);
};

const released = ({ model, s }: Turn, entry: number, ids: number): number =>
  picked(model, entry, ids).reduce((bits, { id, nonce }) => bits | releasedBit(id, nonce), s.released);

const create = (turn: Turn): void => {
  const { model, s, k, slot, letter, go } = turn;
  const seq = seqOf(slot);
  const items = slot[1] & 255;
  const name = at(s.log, seq);
  if (model.protocol.releasedWhen === 'before' && !(slot[1] & RELEASED_ALREADY))
    go(
      { ...to(turn, [slot[0], slot[1] | RELEASED_ALREADY]), released: released(turn, entryOf(KIND.seal, items), 255) },
      () => `turn ${letter} releases the bytes of ${showItems(model, items)}`,
    );
  if (name.live) go(to(turn, idle), () => `turn ${letter} creates seq ${seq}: 412, back to the first read`);
  else if (name.gens.length < model.scenario.gens)
    go(
      {
        ...withSlot(
          append(s, seq, entryOf(KIND.seal, items, previousOfSlot(slot))),
          k,
          slotAt(STEP.read, seq, name.gens.length),
        ),
        ...named(turn),
      },
      () =>
        `turn ${letter} creates seal{${showItems(model, items)}} at seq ${seq} (generation ${name.gens.length + 1})`,
    );
};

const readAgain = (turn: Turn): void => {
  const { model, s, slot, letter, go } = turn;
  const ids = releasable(model, s, seqOf(slot), genOf(slot));
  if (!ids) {
    go(to(turn, idle), () => `turn ${letter} reads again: TAMPERED, releases nothing`);
    return;
  }
  const how = model.protocol.releases === 'always' ? 'does not read again' : 'reads again';
  go(
    to(turn, slotAt(STEP.open, seqOf(slot), genOf(slot), ids)),
    () => `turn ${letter} ${how}: it may release ${showIds(model, ids)}`,
  );
};

const open = (turn: Turn): void => {
  const { model, s, slot, letter, go } = turn;
  const entry = entryAt(s, seqOf(slot), genOf(slot));
  const what = picked(model, entry, slot[1]);
  go(
    { ...to(turn, idle), released: released(turn, entry, slot[1]) },
    () =>
      `turn ${letter} releases the bytes of ${what.map(({ id, nonce }) => `${model.scenario.ids[id]}@${nonce}`).join(' ')}`,
  );
};

const close = (turn: Turn): void => {
  const { model, s, k, slot, letter, go } = turn;
  const seq = seqOf(slot);
  const ids = slot[1];
  const name = at(s.log, seq);
  if (name.live) {
    go(to(turn, idle), () => `reconcile ${letter} creates seq ${seq}: 412`);
    return;
  }
  if (name.gens.length >= model.scenario.gens || countOf(s, KIND.close) >= model.scenario.closes) return;
  go(
    { ...withSlot(append(s, seq, entryOf(KIND.close, ids)), k, idle), believed: s.believed | ids },
    () =>
      `reconcile ${letter} creates close{${showIds(model, ids)}} at seq ${seq} (generation ${name.gens.length + 1}), and announces it`,
  );
};

const BY_STEP: Readonly<Record<number, (turn: Turn) => void>> = {
  [STEP.idle]: begin,
  [STEP.page]: secondPage,
  [STEP.plan]: create,
  [STEP.read]: readAgain,
  [STEP.open]: open,
  [STEP.closing]: close,
};

/** What the turn in slot `k` can do next. Between any two of its steps it may wait for ever or crash. */
export const turnSteps = (model: Model, s: State, k: number, go: Emit): void => {
  const slot = at(s.slots, k);
  const turn: Turn = { model, s, k, slot, letter: 'ABC'[k] ?? String(k), go };
  BY_STEP[stepOf(slot)]?.(turn);
  if (stepOf(slot) !== STEP.idle) go(to(turn, idle), () => `turn ${turn.letter} crashes`);
};
