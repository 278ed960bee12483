import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { OWNER } from '#local/lab/people.ts';
import type { Cloud } from './cloud.ts';
import { forge, forged, missubmit } from './forging.ts';
import { MINUTE, RETENTION } from './law.ts';
import { type Deed, liveIn, put } from './operator-attack.ts';
import { archive, close, DEEDS, forget, machine, REGISTER } from './operator-attacks.ts';
import type { Plan } from './plan.ts';

const act = (cloud: Cloud, plan: Plan, deeds: readonly Deed[]): void => {
  if (!cloud.faults.happens(cloud.faults.profile.hostile)) return;
  const deed = cloud.faults.pick(deeds);
  try {
    const done = deed(cloud, plan);
    if (done !== undefined) cloud.scheduler.note(`the operator ${done}`);
  } catch (error) {
    // Retention, or a name that is taken: he is refused like anybody else.
    if (!(error instanceof CloudError)) throw error;
  }
};

/** Generations that hold a seal whose bytes never came out; undefined where there is none. */
const unreleased = ({ observer }: Cloud): ReadonlySet<string> | undefined => {
  const shut = [...observer.rungs].filter(([hash]) => !observer.released.has(hash));
  const names = shut.flatMap(([, { objects }]) => objects.map(({ name, generation }) => `${name}#${generation}`));
  return names.length === 0 ? undefined : new Set(names);
};

/** Retention is over: whoever owns the bucket forgets what was signed, brings back what approved it, and starts a machine. */
const afterRetention = (cloud: Cloud, plan: Plan): void => {
  const { register } = cloud.buckets;
  cloud.store.patchBucket(OWNER, register, { versioning: false });
  const entries = [...cloud.observer.objects.values()].flat().filter(({ bucket }) => bucket === register);
  const kept = cloud.faults.happens(0.6) ? unreleased(cloud) : undefined;
  for (const { name, generation } of entries) {
    // Chosen at random, or exactly what conflicts with a seal that nobody was to release.
    if (kept === undefined ? !cloud.faults.happens(0.6) : kept.has(`${name}#${generation}`)) continue;
    try {
      // Archived ones too: else what conflicted with a seal would stay.
      cloud.store.delete(OWNER, register, name, { generation });
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
    }
  }
  for (const request of plan.requests) {
    forged(cloud, request, request.fields);
    for (const kept of [...cloud.observer.objects.values()]
      .flat()
      .filter(({ bucket }) => bucket === cloud.buckets.keys))
      put(cloud, kept.bucket, kept.name, kept.bytes);
  }
  for (const kept of [...liveIn(cloud, cloud.buckets.signed), ...liveIn(cloud, cloud.buckets.results)])
    if (/submitted|outcome|^[0-9a-f]{64}\.json/.test(kept.name)) cloud.store.delete(OWNER, kept.bucket, kept.name);
  machine(cloud, plan);
  cloud.scheduler.note('the operator comes back after the retention');
};

/** A hostile operator acts at times of his own, and whenever something enters the register. */
export const startOperator = (cloud: Cloud, plan: Plan): void => {
  const { hostile, lapse, duel, deeds } = cloud.faults.profile;
  if (hostile === 0) return;
  const { clock, faults, observer, scheduler } = cloud;
  const own = DEEDS[deeds];
  for (let n = 0; n < 24; n++)
    clock.after(faults.between(5_000, Math.min(plan.faultsEnd, 15 * MINUTE)), () => act(cloud, plan, own));
  observer.onEntry = () => {
    const soon = deeds === 'any' ? REGISTER : own;
    for (let n = 0; n < 3; n++) clock.after(faults.between(1, 400), () => act(cloud, plan, soon));
    // Before whoever sealed says so himself.
    if (deeds === 'any') clock.after(faults.between(1, 60), () => act(cloud, plan, [missubmit]));
  };
  // Whose packets he holds back, he knows; what he does with the time is what makes it worth while.
  let watched = deeds === 'register' ? 4 : 0;
  scheduler.onHold = (ms) => {
    if (watched-- <= 0) return;
    const meanwhile = [close, close, archive, machine];
    clock.after(faults.between(1, Math.min(ms, 30_000)), () => act(cloud, plan, meanwhile));
    clock.after(ms + faults.between(1_000, 60_000), () => act(cloud, plan, [forget]));
  };
  if (deeds === 'any') {
    const [first] = plan.requests;
    clock.after(Math.max(1, (first?.at ?? 0) - 500), () => act(cloud, plan, [forge]));
  }
  const starts = deeds === 'harmless' ? [machine] : [machine, machine, machine, forge];
  for (let n = 0; duel && n < 5; n++) clock.after(faults.between(10_000, 5 * MINUTE), () => act(cloud, plan, starts));
  // What intake refuses, somebody who writes facts himself brings to the machines, and to whoever believes a close.
  for (const far of plan.requests.filter(({ kind }) => kind === 'far')) {
    clock.after(far.at, () => forged(cloud, far, far.fields));
    clock.after(far.at + faults.between(5_000, 120_000), () => act(cloud, { ...plan, requests: [far] }, [close]));
  }
  if (lapse) clock.after(RETENTION + 70 * MINUTE, () => afterRetention(cloud, plan));
};
