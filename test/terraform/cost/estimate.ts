import { z } from 'zod';
import { ASSUMED, BILLED_AS, type Billed, PRICES } from './prices.ts';

const calls = z.record(z.string(), z.number().int().nonnegative());

/** Calls of all requests of each scenario together, and of a tick that finds nothing. What a boot reads more with a history behind it. */
export const countedSchema = z.strictObject({
  on: z.iso.date(),
  scenarios: z
    .array(
      z.strictObject({
        name: z.string(),
        waits: z.number().int().nonnegative(),
        perBoot: z.number().int().positive(),
        calls,
      }),
    )
    .min(1),
  idleTick: calls,
  history: z.strictObject({ transactions: z.number().int().positive(), calls }),
});

export type Counted = z.infer<typeof countedSchema>;
export type Counts = Readonly<Record<string, number>>;

/** Units of a price, and what they cost. */
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

/** How many of the calls are billed as `as`. Throws on a call without a price. */
const billedAs = (counted: Counts, as: string): number =>
  Object.entries(counted).reduce((sum, [method, count]) => {
    const billed = BILLED_AS[method];
    if (billed === undefined) throw new Error(`cost/prices.ts does not say what ${method} is billed as`);
    return billed === as ? sum + count : sum;
  }, 0);

export interface Work {
  readonly calls: Counts;
  readonly requests: number;
  readonly boots: number;
}

/** The bill of some work. */
export const billOf = ({ calls: made, requests, boots }: Work): readonly Row[] => {
  const published = made['pubsub.publish'] ?? 0;
  const messages = billedAs(made, 'message') + published * ASSUMED.pullsPerPublish;
  const invoked = billedAs(made, 'call');
  const seconds = invoked * ASSUMED.functionSeconds + boots * ASSUMED.launchSeconds;
  return [
    row('Storage, class A (insert, list, patch)', billedAs(made, 'classA'), 'classA'),
    row('Storage, class B (get)', billedAs(made, 'classB'), 'classB'),
    row('KMS, encrypt and decrypt', billedAs(made, 'kms'), 'kms'),
    row('KMS, signed events', billedAs(made, 'kmsSign'), 'kmsSign'),
    row('Pub/Sub, bytes published and delivered', messages * ASSUMED.messageBytes, 'pubsub'),
    row('Functions, invocations', invoked, 'invocation'),
    row('Functions, vCPU-seconds', seconds, 'cpu'),
    row('Functions, GiB-seconds', seconds * ASSUMED.functionGib, 'memory'),
    row('VM, minutes', boots * ASSUMED.minutesPerBoot + requests * ASSUMED.minutesPerRequest, 'machine'),
    row('Logging, bytes', requests * ASSUMED.logBytesPerRequest + boots * ASSUMED.logBytesPerBoot, 'logging'),
  ];
};

export const sum = (rows: readonly Row[]): number => rows.reduce((total, { dollars }) => total + dollars, 0);

/** As many calls times over. */
const times = (counted: Counts, factor: number): Counts =>
  Object.fromEntries(Object.entries(counted).map(([method, count]) => [method, count * factor]));

const THOUSAND = 1_000;

/** 1,000 transactions of a scenario. */
export const thousandOf = ({ calls: made, perBoot }: Counted['scenarios'][number]): readonly Row[] =>
  billOf({ calls: times(made, THOUSAND / perBoot), requests: THOUSAND, boots: THOUSAND / perBoot });

/** Ticks of 30 days, of a deployment of which nobody asks anything. */
export const idleMonth = ({ idleTick }: Counted): readonly Row[] => {
  const ticks = 30 * 24 * 60;
  return billOf({
    calls: { ...times(idleTick, ticks), 'run.routes.invoke': ticks, 'pubsub.push': ticks },
    requests: 0,
    boots: 0,
  });
};

/** What its history adds to one boot. */
export const historyOf = ({ history }: Counted): readonly Row[] =>
  billOf({ calls: history.calls, requests: 0, boots: 0 });
