import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicsOf } from '#schemas/names.ts';
import { runProbe } from '../../bench/probe.ts';
import type { Counts } from '../../bench/probes/counted.ts';
import { countedStage, TICK } from '../../bench/probes/counted-stage.ts';
import { TODAY } from '../../bench/tree.ts';

/** How long the co-signers let a request wait, and how many requests one machine signs. */
export interface Scenario {
  readonly name: string;
  /** Minutes from the request to the answers of its co-signers. */
  readonly waits: number;
  readonly perBoot: number;
}

const HOUR = 60;
const WAITS = { 'at once': 0, 'after 4 h': 4 * HOUR, 'after 3 days': 72 * HOUR } as const;
const PER_BOOT = [1, 10, 100] as const;

export const SCENARIOS: readonly Scenario[] = Object.entries(WAITS).flatMap(([answered, waits]) =>
  PER_BOOT.map((perBoot) => ({ name: `${answered}, ${perBoot} a boot`, waits, perBoot })),
);

/** Billed calls of all requests of a scenario together, by Google's names of methods. Whole numbers, and the same in every run. */
export type Calls = Readonly<Record<string, number>>;

const CO_SIGNERS = ['alice', 'bob'];
/** Ticks within which everything must have ended once its co-signers have answered. */
const MAX_TICKS = 30;
const SHIPPED = { idleSeconds: 120 };

const storageCalls = ({ get, list, insert, patch, delete: gone }: Counts): Calls => ({
  'storage.objects.get': get,
  'storage.objects.list': list,
  'storage.objects.insert': insert,
  'storage.objects.patch': patch,
  'storage.objects.delete': gone,
});

const added = (one: Calls, other: Calls, sign = 1): Calls =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((key) => [
      key,
      (one[key] ?? 0) + sign * (other[key] ?? 0),
    ]),
  );

/** What so many ticks call with nothing to do: they are paid for whether or not anybody asks for anything. */
export const idleCalls = async (ticks: number): Promise<Calls> => {
  const here = countedStage({}, {}, SHIPPED);
  for (let n = 0; n < ticks; n++) await here.tick(TICK);
  return storageCalls(here.counts);
};

/**
 * Runs a scenario at the cloud's cadence over ports that count: a tick a minute, a look every 15 s. Calls of people are added. The dApp publishes; each
 * co-signer encrypts once, and puts in the share and the prediction beside it. Throws where a request does not end.
 */
export const callsOf = async ({ waits, perBoot }: Scenario): Promise<Calls> => {
  const given = countedStage({ maxValiditySeconds: 7 * 86_400 }, {}, SHIPPED);
  const { publisher, keys, buckets, storage, config } = given;
  const { requestEvents, receipts } = topicsOf(config.law.name);
  const validUntil = new Date(given.clock.now() + (waits + 6 * HOUR) * TICK).toISOString().replace(/\.\d+/, '');
  let ticks = 0;
  let invoked = 0;
  let signed = 0;
  /** finalize and reconcile sign what people read, where the law names event keys. */
  const signing = async (work: () => Promise<unknown>): Promise<void> => {
    const before = publisher.sent.length;
    await work();
    signed += publisher.sent.slice(before).filter(({ topic }) => topic === requestEvents || topic === receipts).length;
  };
  const tick = async (): Promise<void> => {
    ticks += 1;
    await signing(() => given.tick(TICK));
  };
  const pushed = async (work: () => Promise<unknown>): Promise<void> => {
    invoked += 1;
    await work();
  };

  const ids: string[] = [];
  for (let n = 0; n < perBoot; n++)
    await pushed(async () => ids.push(await given.ask({ reference: `cost-${n}`, validUntil })));
  for (let n = 0; n < waits; n++) await tick();
  for (const id of ids)
    for (const coSigner of CO_SIGNERS) {
      await pushed(() => given.upload(coSigner, id));
      const advice = storage.put(buckets.keys, `${coSigner}/predictions/${id}`, new Uint8Array(200));
      await pushed(() => given.notify(advice));
    }
  for (const id of ids) await pushed(() => given.launch(id));
  await given.turn(1n);
  for (const id of ids) await pushed(() => signing(() => given.finalize(id)));
  const isEnded = () => ids.every((id) => given.outcome(id) !== undefined);
  for (let n = 0; n < MAX_TICKS && !isEnded(); n++) await tick();
  if (!isEnded()) throw new Error(`of ${perBoot} requests some have no outcome after ${MAX_TICKS} ticks`);

  const answers = perBoot * CO_SIGNERS.length;
  const people = { 'storage.objects.insert': 2 * answers };
  // A notification of Cloud Storage is a message like any other.
  const published = given.counts.publish + perBoot + 2 * answers;
  return {
    ...added(added(storageCalls(given.counts), people), await idleCalls(ticks), -1),
    'kms.asymmetricSign': signed,
    'kms.decrypt': keys.decryptions,
    'kms.encrypt': answers,
    'pubsub.publish': published,
    'pubsub.push': invoked,
    'run.routes.invoke': invoked,
  };
};

const BEHIND = { seals: 500, per: 20 };

/** What the first look of a new machine reads more where so many transactions lie behind it. */
export const historyCalls = async (): Promise<{ readonly transactions: number; readonly calls: Calls }> => {
  const { seals, per } = BEHIND;
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-cost-'));
  try {
    const { get = [], lists = [] } = await runProbe(TODAY, folder, 'register', '--seals', seals, '--per', per);
    // One listing is made without a history as well.
    const listed = (lists[0] ?? 1) - 1;
    return {
      transactions: seals * per,
      calls: { 'storage.objects.get': get[0] ?? 0, 'storage.objects.list': Math.round(2 * listed) },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
