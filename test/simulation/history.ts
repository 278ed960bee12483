import { OWNER } from '#local/lab/people.ts';
import { openFolder } from '#schemas/names.ts';
import { drawFrom } from './cached-crypto.ts';
import { type Leaving, NOTHING_LEFT_OUT } from './call-faults.ts';
import { buildCloud, type Cloud, type Identities } from './cloud.ts';
import { atTheEnd, minedOnce } from './invariants.ts';
import { MINUTE, RETENTION, START } from './law.ts';
import { isStuck } from './liveness.ts';
import { startOperator } from './operator.ts';
import { startPeople } from './people.ts';
import { lastValid, type Plan, planOf } from './plan.ts';
import type { Profile } from './profiles.ts';
import { Random } from './random.ts';
import { Violation } from './record-types.ts';
import { sha256 } from './reference.ts';
import { replaysAreOver, startReplays } from './replays.ts';

export interface HistoryResult {
  readonly profile: string;
  readonly seed: string;
  readonly violation: { readonly invariant: string; readonly text: string } | undefined;
  readonly steps: number;
  readonly faults: number;
  readonly requests: number;
  /** Virtual ms. */
  readonly lasted: number;
  /** Hash over everything that was said and stored: equal for equal histories. */
  readonly print: string;
  readonly story: readonly string[];
}

/** ms of calm after the last fault and the last validUntil within which every accepted request must have its outcome. */
const PATIENCE = 40 * MINUTE;
const MOST_STEPS = 150_000;

const isSettled = (cloud: Cloud, plan: Plan, now: number): boolean => {
  const { requests, troubles } = plan;
  const { observer, store, buckets, actors, scheduler } = cloud;
  if (actors.size > 0 || !scheduler.idle) return false;
  const planned = requests.flatMap(({ at, again, uploads, withdrawals }) => [
    at,
    ...again,
    ...[...uploads, ...withdrawals].map((one) => one.at),
  ]);
  // Whoever sees a foreign transaction approves to skip it: within the hour, or there was none to skip.
  if (troubles.foreign !== undefined && now < START + 60 * MINUTE && !requests.some(({ kind }) => kind === 'foreign'))
    return false;
  if (planned.some((each) => START + each >= now)) return false;
  const decided = (id: string) => observer.everAt(buckets.results, `requests/${id}/outcome.json`).length > 0;
  return (
    replaysAreOver(cloud, plan, now) &&
    [...observer.accepted].every((id) => decided(id) || isStuck(cloud, id)) &&
    store.list(OWNER, buckets.work, { prefix: openFolder() }).items.every(({ name }) => isStuck(cloud, name.slice(-64)))
  );
};

/** Nothing runs but what was scheduled: one turn of the event loop empties all microtasks. */
const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const play = async (cloud: Cloud, plan: Plan): Promise<void> => {
  const { clock, faults, scheduler, observer } = cloud;
  const { lapse, hostile } = faults.profile;
  const stopAt = START + (lapse ? RETENTION + 75 * MINUTE : plan.faultsEnd);
  // After the retention only safety is asserted, which needs no patience.
  const deadline = (): number => (lapse ? stopAt + 10 * MINUTE : Math.max(stopAt, START + lastValid(plan)) + PATIENCE);
  for (let checked = 0; scheduler.steps < MOST_STEPS; ) {
    const now = clock.now();
    if (!faults.stopped && now >= stopAt) {
      faults.stop();
      scheduler.releaseAll(cloud.actors);
      scheduler.note('--- faults stop ---');
    }
    if (!lapse && (faults.stopped || (faults.happened === 0 && hostile === 0)) && isSettled(cloud, plan, now)) break;
    if (now > deadline()) break;
    if (!scheduler.step()) break;
    await microtasks();
    if (observer.violation !== undefined) throw observer.violation;
    const version = [...cloud.chains.values()].reduce((sum, chain) => sum + chain.version, 0);
    if (version !== checked) minedOnce(cloud);
    checked = version;
  }
  if (scheduler.steps >= MOST_STEPS) observer.fail('4 livelock', `${MOST_STEPS} steps, and no end`);
  for (const chain of cloud.chains.values()) chain.advance(clock.now());
  minedOnce(cloud);
  atTheEnd(cloud, plan);
};

/** One history, from its seed alone. Never throws but for a fault of the simulation itself. */
export const runHistory = async (
  profile: Profile,
  seed: string,
  identities: Identities,
  leaving: Leaving = NOTHING_LEFT_OUT,
  tell = false,
): Promise<HistoryResult> => {
  const whole = `${profile.name}/${seed}`;
  drawFrom(new Random(`${whole}/processes`));
  const planned = planOf(new Random(`${whole}/plan`), profile);
  const plan = { ...planned, requests: planned.requests.filter((_, n) => !leaving.requests.has(n)) };
  const cloud = buildCloud(profile, whole, leaving, identities, plan.troubles);
  const { clock, scheduler, observer, faults } = cloud;
  const story: string[] = [];
  if (tell)
    scheduler.trace = (line) => {
      story.push(`${((clock.now() - START) / 1000).toFixed(2).padStart(9)} s  ${line}`);
    };
  let violation: HistoryResult['violation'];
  try {
    startPeople(cloud, plan);
    startOperator(cloud, plan);
    startReplays(cloud, plan);
    await play(cloud, plan);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = { invariant: error.invariant, text: error.message };
  }
  const last = [...observer.objects.values()]
    .flat()
    .map(({ bucket, name, generation }) => `${bucket}/${name}#${generation}`);
  return {
    profile: profile.name,
    seed,
    violation,
    steps: scheduler.steps,
    faults: faults.happened,
    requests: plan.requests.length,
    lasted: clock.now() - START,
    print: sha256([scheduler.steps, clock.now(), ...last, ...story].join('\n')),
    story,
  };
};
