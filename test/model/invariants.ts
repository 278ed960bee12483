import { isOverfilled } from './checkpoints.ts';
import { areKin, type Model, type Placed, replacesNone } from './model.ts';
import { NONCES } from './scenarios.ts';
import { at, releasedBit, type State } from './state.ts';
import { isSealed, list, sealsIn } from './views.ts';

/** What must never happen (docs/register.md, "What is checked"). `I2!` is the same as I2 at different nonces, so that both can be mined. */
export type Invariant = 'I1' | 'I2' | 'I2!' | 'I3' | 'I4' | 'I4+' | 'I5' | 'W';

export interface Broken {
  readonly invariant: Invariant;
  readonly how: string;
}

const releasedIn = ({ scenario }: Model, { released }: State): readonly Placed[] =>
  scenario.ids.flatMap((_, id) =>
    Array.from({ length: NONCES }, (__, nonce) => ({ id, nonce })).filter(
      ({ nonce }) => (released & releasedBit(id, nonce)) !== 0,
    ),
  );

/** What two releases break together. */
const brokenBy = (model: Model, a: Placed, b: Placed): Broken[] => {
  const { scenario, requests } = model;
  const [one, other] = [scenario.ids[a.id], scenario.ids[b.id]];
  const found: Broken[] = [];
  if (a.id === b.id && a.nonce < b.nonce)
    found.push({ invariant: 'I1', how: `${one} released at nonces ${a.nonce} and ${b.nonce}` });
  if (a.id >= b.id) return found;
  const kin = areKin(model, a.id, b.id);
  const sameReference = at(requests, a.id).reference === at(requests, b.id).reference;
  if (kin ? a.nonce !== b.nonce : sameReference)
    found.push({
      invariant: a.nonce === b.nonce ? 'I2' : 'I2!',
      how: `${one}@${a.nonce} and ${other}@${b.nonce} released, ${kin ? 'one replaces the other' : 'one reference'}`,
    });
  // Under archiving this is asked of requests that replace nothing.
  const asked = !scenario.archives || (replacesNone(model, a.id) && replacesNone(model, b.id));
  if (!scenario.deletes && a.nonce === b.nonce && !kin && asked)
    found.push({
      invariant: scenario.archives ? 'I4+' : 'I4',
      how: `nonce ${a.nonce} released for ${one} and ${other}`,
    });
  return found;
};

/** What is broken in `s`, which a step from `before` led to. */
export const brokenIn = (model: Model, s: State, before: State): readonly Broken[] => {
  const { scenario } = model;
  const found: Broken[] = [];
  const out = releasedIn(model, s);
  for (const a of out) {
    if ((s.believed >> a.id) & 1)
      found.push({ invariant: 'I3', how: `${scenario.ids[a.id]} was announced as closed, and its bytes are released` });
    for (const b of out) found.push(...brokenBy(model, a, b));
  }
  if (scenario.window && isOverfilled(model, s, (id, nonce) => (s.released & releasedBit(id, nonce)) !== 0))
    found.push({ invariant: 'W', how: 'bytes are released that the window had no room for' });
  const news = s.believed & ~before.believed;
  if (news && !s.late) {
    const view = list(model, s, 'all');
    scenario.ids.forEach((name, id) => {
      if ((news >> id) & 1 && isSealed(view, id))
        found.push({ invariant: 'I3', how: `the close of ${name} is believed, and it is already sealed` });
    });
  }
  if (!scenario.deletes) {
    let used = 0;
    for (const { nonce } of sealsIn(model, list(model, s, 'all'))) used |= 1 << nonce;
    if (used & (used + 1))
      found.push({ invariant: scenario.archives ? 'I4+' : 'I4', how: 'sealed nonces are not contiguous' });
  }
  return found;
};
