import { OWNER, user } from '#local/lab/people.ts';
import { REPLAY_FOLDER, replayObject } from '#schemas/names.ts';
import type { Cloud } from './cloud.ts';
import { START } from './law.ts';
import type { Plan } from './plan.ts';

/** Receipts that are there, as an event names them. */
const receiptsNow = ({ store, buckets }: Cloud): readonly string[] =>
  store.list(OWNER, buckets.results, { prefix: 'receipts/' }).items.map(({ bucket, name }) => `${bucket}/${name}`);

/** The operator asks for all receipts of the history's days, whatever is there by then. */
export const startReplays = (cloud: Cloud, plan: Plan): void => {
  const { clock, store, buckets, scheduler, observer } = cloud;
  const [since, until] = [START, START + 2 * 86_400_000].map((ms) => new Date(ms).toISOString().slice(0, 10));
  for (const [n, at] of plan.replays.entries())
    clock.after(at, () => {
      const wish = Buffer.from(JSON.stringify({ since, until }));
      store.insert(user('operator'), buckets.work, replayObject(`r${n}`), wish, {});
      observer.wished.set(`r${n}`, receiptsNow(cloud));
      scheduler.note(`the operator asks for the receipts again: r${n}`);
    });
};

/** Whether nobody waits for a receipt. */
export const replaysAreOver = ({ store, buckets }: Cloud, plan: Plan, now: number): boolean =>
  plan.replays.every((at) => START + at < now) &&
  store.list(OWNER, buckets.work, { prefix: REPLAY_FOLDER }).items.length === 0;

/** 5: what lay there when it was asked for was sent again, to the ledger and nobody else. The replay has an end. */
export const replayedWhole = ({ observer, buckets, store }: Cloud): void => {
  const sent = observer.announced.filter(({ replayed }) => replayed !== undefined);
  for (const { topic, ceId } of sent)
    if (topic !== 'receipts') observer.fail('5 replay', `${ceId} was sent again to ${topic}`);
  for (const [replay, receipts] of observer.wished) {
    if (store.list(OWNER, buckets.work, { prefix: `replayed/${replay}/` }).items.length === 0)
      observer.fail('5 replay', `${replay} has no end`);
    for (const receipt of receipts)
      if (!sent.some(({ ceId, replayed }) => ceId === receipt && replayed === replay))
        observer.fail('5 replay', `${replay} passed over ${receipt}`);
  }
};
