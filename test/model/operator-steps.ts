import { type Emit, type Model, showItems } from './model.ts';
import { append, archivedIn, at, countOf, entryOf, itemsOf, KIND, kindOf, type State, withName } from './state.ts';
import { isSealed, LATER, list } from './views.ts';

/** Seals that are a copy of another one. */
const copiesIn = ({ log }: State): number => {
  const items: number[] = [];
  for (const { gens } of log) for (const entry of gens) if (kindOf(entry) === KIND.seal) items.push(itemsOf(entry));
  return items.length - new Set(items).size;
};

const forge = (model: Model, s: State, seq: number, go: Emit): void => {
  const { protocol, scenario, requests } = model;
  if (countOf(s, KIND.junk) < scenario.junk)
    go(append(s, seq, entryOf(KIND.junk)), () => `the operator puts junk at seq ${seq}`);
  const mayClose =
    countOf(s, KIND.close) < scenario.closes && protocol.believes !== 'onCreate' && protocol.closes !== 'outside';
  if (mayClose)
    scenario.ids.forEach((name, id) => {
      if (at(requests, id).old) return;
      go(append(s, seq, entryOf(KIND.close, 1 << id)), () => `someone creates close{${name}} at seq ${seq}`);
      if (protocol.laterCloses === 'dated' && isSealed(list(model, s, 'all'), id))
        go(
          append(s, seq, entryOf(KIND.close, (1 | (1 << LATER)) << id)),
          () => `a minute later, someone creates close{${name}} at seq ${seq}`,
        );
    });
  if (scenario.copies)
    for (const seen of list(model, s, 'all'))
      if (seen.kind === KIND.seal && (seen.seq === seq || !protocol.nameInBody) && copiesIn(s) < scenario.copies)
        go(
          append(s, seq, entryOf(KIND.seal, seen.items)),
          () => `the operator copies seal{${showItems(model, seen.items)}} from seq ${seen.seq} to seq ${seq}`,
        );
};

/** What the retention no longer keeps. */
const deleteLapsed = ({ scenario }: Model, s: State, seq: number, go: Emit): void => {
  const name = at(s.log, seq);
  name.gens.forEach((entry, gen) => {
    const lapsed = s.late || (scenario.start !== undefined && seq === 0 && gen === 0);
    if (!lapsed || kindOf(entry) === KIND.gone) return;
    const isLast = gen === name.gens.length - 1;
    go(
      withName(s, seq, {
        gens: name.gens.map((each, n) => (n === gen ? KIND.gone : each)),
        live: isLast ? false : name.live,
      }),
      () => `the operator deletes generation ${gen + 1} of seq ${seq}, whose retention is over`,
    );
  });
};

/** Mutant: reconcile keeps closes elsewhere, and announces them at once. */
const closeOutside = (model: Model, s: State, go: Emit): void => {
  model.scenario.ids.forEach((name, id) => {
    if ((s.outside >> id) & 1 || isSealed(list(model, s, 'all'), id)) return;
    go(
      { ...s, outside: s.outside | (1 << id) },
      () => `reconcile reads the log (${name} is not sealed), creates close{${name}} elsewhere, and announces it`,
    );
  });
};

/** What a hostile operator, an untrusted reconcile and time can do. */
export const operatorSteps = (model: Model, s: State, go: Emit): void => {
  const { protocol, scenario } = model;
  const mayArchive = archivedIn(s) < scenario.archives;
  s.log.forEach((name, seq) => {
    if (name.live && mayArchive)
      go(withName(s, seq, { ...name, live: false }), () => `the operator archives seq ${seq}`);
    if (!name.live && name.gens.length < scenario.gens) forge(model, s, seq, go);
    if (scenario.deletes && countOf(s, KIND.gone) < scenario.deletes) deleteLapsed(model, s, seq, go);
  });
  if (protocol.closes === 'outside') closeOutside(model, s, go);
  if (scenario.window && s.hour === 0)
    go({ ...s, hour: 1 }, () => 'time passes: the hour of everything so far is over');
  if (scenario.time && !s.late) go({ ...s, late: 1 }, () => 'time passes: retention of everything so far is over');
};
