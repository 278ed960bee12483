import { z } from 'zod';
import { ASSUMED, BILLED_AS, type Billed, PRICES } from './prices.ts';

const wave = z.object({
  name: z.string(),
  requests: z.number().int().positive(),
  boots: z.number().int().nonnegative(),
  calls: z.record(z.string(), z.number().int().nonnegative()),
});

/** What `node test/bench/overhead.ts --json` prints, as far as it is billed. */
export const benchSchema = z.object({ waves: z.array(wave).min(3) });

export const countedSchema = z.strictObject({ on: z.iso.date(), waves: z.array(z.strictObject(wave.shape)).min(3) });

export type Counted = z.infer<typeof countedSchema>;
type Wave = Counted['waves'][number];

/** Per 1,000 transactions: how many units of each price, and what they cost. */
export interface Row {
  readonly item: string;
  readonly quantity: number;
  readonly price: Billed;
  readonly dollars: number;
}

const UNITS: Readonly<Record<string, number>> = {
  '1,000 operations': 1_000,
  '10,000 operations': 10_000,
  '1,000,000 requests': 1_000_000,
  TiB: 2 ** 40,
  GiB: 2 ** 30,
};

const row = (item: string, quantity: number, price: Billed): Row => ({
  item,
  quantity,
  price,
  dollars: (quantity / (UNITS[PRICES[price].unit] ?? 1)) * PRICES[price].dollars,
});

/** Calls per request of what is billed as `as`. Throws on a call without a price. */
const perRequest = ({ requests, calls }: Wave, as: string): number =>
  Object.entries(calls).reduce((sum, [method, count]) => {
    if (method.startsWith('rpc.')) return sum;
    const billed = BILLED_AS[method];
    if (billed === undefined) throw new Error(`cost/prices.ts does not say what ${method} is billed as`);
    return billed === as ? sum + count / requests : sum;
  }, 0);

const THOUSAND = 1_000;

/** The bill of 1,000 transactions of which `boots` booted a machine, each making the calls of `wave`. */
export const billOf = (wave: Wave, boots: number, minutesPerBoot: number): readonly Row[] => {
  const times = (as: string): number => perRequest(wave, as) * THOUSAND;
  const published = ((wave.calls['pubsub.publish'] ?? 0) / wave.requests) * THOUSAND;
  const messages = times('message') + published * ASSUMED.pullsPerPublish;
  const calls = times('call');
  const seconds = calls * ASSUMED.functionSeconds + boots * ASSUMED.launchSeconds;
  return [
    row('Storage, class A (insert, list, patch)', times('classA'), 'classA'),
    row('Storage, class B (get)', times('classB'), 'classB'),
    // Each decryption is of a share that somebody encrypted.
    row('KMS, encrypt and decrypt', times('kms') * 2, 'kms'),
    row(`Pub/Sub, bytes published and delivered`, messages * ASSUMED.messageBytes, 'pubsub'),
    row('Functions, invocations', calls, 'invocation'),
    row('Functions, vCPU-seconds', seconds, 'cpu'),
    row('Functions, GiB-seconds', seconds * ASSUMED.functionGib, 'memory'),
    row('VM, minutes', boots * minutesPerBoot, 'machine'),
    row('Logging, bytes', THOUSAND * ASSUMED.logBytesPerRequest + boots * ASSUMED.logBytesPerBoot, 'logging'),
  ];
};

export interface Estimate {
  readonly busy: readonly Row[];
  readonly alone: readonly Row[];
}

/** A hundred transactions a boot, as in the wave that came at once; and one a boot, as the first. */
export const estimate = ({ waves }: Counted): Estimate => {
  const [first] = waves;
  const busy = waves.at(-1);
  if (first === undefined || busy === undefined || first.boots === 0)
    throw new Error('the first wave must boot a machine');
  return {
    busy: billOf(busy, 10, ASSUMED.machineMinutesBusy),
    alone: billOf(first, THOUSAND, ASSUMED.machineMinutesAlone),
  };
};
