import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { billOf, countedSchema, sum, thousandOf } from './cost/estimate.ts';
import { callsOf, historyCalls, idleCalls } from './cost/scenario.ts';
import { COUNTED_FILE, costBlock, costText, readCounted } from './cost.ts';
import { README } from './grants.ts';

const work = (calls: Readonly<Record<string, number>>, requests = 1_000, boots = 0) => ({ calls, requests, boots });
const dollarsOf = (calls: Readonly<Record<string, number>>, item: RegExp): number =>
  billOf(work(calls)).find((row) => item.test(row.item))?.dollars ?? Number.NaN;

describe('the bill of 1,000 transactions', () => {
  // Worked out by hand from the price pages.
  it.each([
    [
      '10 class A calls each: 10,000 at $0.05 per 10,000',
      { 'storage.objects.insert': 4_000, 'storage.objects.list': 5_000, 'storage.objects.patch': 1_000 },
      /class A/,
      0.05,
    ],
    ['25 class B calls each: 25,000 at $0.004 per 10,000', { 'storage.objects.get': 25_000 }, /class B/, 0.01],
    [
      '2 decryptions and 2 encryptions each: 4,000 at $0.03 per 10,000',
      { 'kms.decrypt': 2_000, 'kms.encrypt': 2_000 },
      /KMS, enc/,
      0.012,
    ],
    ['2 signed events each: 2,000 at $0.15 per 10,000', { 'kms.asymmetricSign': 2_000 }, /KMS, signed/, 0.03],
    ['6 invocations each: 6,000 at $0.40 per million', { 'run.routes.invoke': 6_000 }, /invocations/, 0.0024],
    ['6 invocations of 0.4 s each: 2,400 vCPU-seconds', { 'run.routes.invoke': 6_000 }, /vCPU/, 0.0576],
    // 1,000 published and 1,000 pushed once, and 2,000 pulled: 4,000 messages of 2 kB at $40 per TiB.
    ['4 messages of 2 kB each', { 'pubsub.publish': 1_000, 'pubsub.push': 1_000 }, /Pub\/Sub/, (8e6 / 2 ** 40) * 40],
    ['deletes are free', { 'storage.objects.delete': 100_000 }, /class/, 0],
  ] as const)('%s', (_, calls, item, dollars) => {
    expect(dollarsOf(calls, item)).toBeCloseTo(dollars, 9);
  });

  it('a machine is paid for each boot, and for each request that it signs', () => {
    const minutes = billOf(work({}, 1_000, 10)).find(({ item }) => item === 'VM, minutes');
    expect(minutes).toMatchObject({ quantity: 10 * 5 + 1_000 * 0.02 });
  });

  it('calls of one boot count as often as machines boot', () => {
    const one = { name: 'made up', waits: 0, perBoot: 10, calls: { 'storage.objects.get': 30 } };
    expect(thousandOf(one).find(({ item }) => /class B/.test(item))).toMatchObject({ quantity: 3_000 });
    expect(sum(thousandOf(one))).toBeGreaterThan(sum(thousandOf({ ...one, perBoot: 100 })));
  });

  it('a call that nobody priced is refused', () => {
    expect(() => dollarsOf({ 'storage.objects.compose': 1 }, /class A/)).toThrow(/storage\.objects\.compose/);
  });
});

describe.skipIf(!existsSync(COUNTED_FILE))('the cost block of terraform/README.md', () => {
  const hint = 'run: npx node test/terraform/cost.ts --count';
  const counted = existsSync(COUNTED_FILE) ? readCounted() : undefined;

  it('is what the counted calls come to', () => {
    expect(costBlock(readFileSync(README, 'utf8')), 'run: npx node test/terraform/cost.ts --write').toBe(
      costText(readCounted()),
    );
    expect(countedSchema.safeParse({ on: 'today', scenarios: [] }).success).toBe(false);
  });

  it.each(counted?.scenarios ?? [])('$name: counted again, it is the same', { timeout: 300_000 }, async (scenario) => {
    expect(await callsOf(scenario), hint).toEqual(scenario.calls);
  });

  it('an idle tick and a history behind it: counted again, they are the same', { timeout: 300_000 }, async () => {
    expect(await idleCalls(1), hint).toEqual(counted?.idleTick);
    expect(await historyCalls(), hint).toEqual(counted?.history);
  });

  it('a day of waiting costs less than all the rest of a request', () => {
    const sums = (waits: number) =>
      (counted?.scenarios ?? [])
        .filter((one) => one.waits === waits && one.perBoot === 100)
        .map((one) => sum(thousandOf(one)));
    const [[atOnce = 0, ...none], [later = Number.NaN]] = [sums(0), sums(4_320)];
    expect(none).toEqual([]);
    expect((later - atOnce) / 3).toBeLessThan(atOnce);
  });
});
