import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { billOf, countedSchema, estimate } from './cost/estimate.ts';
import { BILLED_AS } from './cost/prices.ts';
import { COUNTED_FILE, costBlock, costText, readCounted } from './cost.ts';
import { README } from './grants.ts';

const waveOf = (calls: Readonly<Record<string, number>>, requests = 10, boots = 0) => ({
  name: 'made up',
  requests,
  boots,
  calls,
});
const dollarsOf = (calls: Readonly<Record<string, number>>, item: RegExp, requests?: number): number =>
  billOf(waveOf(calls, requests), 0, 0).find((row) => item.test(row.item))?.dollars ?? Number.NaN;

describe('the bill of 1,000 transactions', () => {
  // Worked out by hand from the price pages.
  it.each([
    [
      '10 class A calls each: 10,000 at $0.05 per 10,000',
      { 'storage.objects.insert': 40, 'storage.objects.list': 50, 'storage.objects.patch': 10 },
      /class A/,
      0.05,
    ],
    ['25 class B calls each: 25,000 at $0.004 per 10,000', { 'storage.objects.get': 250 }, /class B/, 0.01],
    ['2 decryptions each, and as many encryptions: 4,000 at $0.03 per 10,000', { 'kms.decrypt': 20 }, /KMS/, 0.012],
    ['6 invocations each: 6,000 at $0.40 per million', { 'run.routes.invoke': 60 }, /invocations/, 0.0024],
    ['6 invocations of 0.4 s each: 2,400 vCPU-seconds', { 'run.routes.invoke': 60 }, /vCPU/, 0.0576],
    ['deletes are free', { 'storage.objects.delete': 1_000 }, /class/, 0],
  ] as const)('%s', (_, calls, item, dollars) => {
    expect(dollarsOf(calls, item)).toBeCloseTo(dollars, 9);
  });

  it('a machine is paid for each boot', () => {
    const minutes = billOf(waveOf({}), 10, 7).find(({ item }) => item === 'VM, minutes');
    expect(minutes).toMatchObject({ quantity: 70 });
  });

  it('what a node answers is not Google’s to bill, and a call that nobody priced is refused', () => {
    expect(dollarsOf({ 'rpc.eth_getBlockByNumber': 1_000 }, /class A/)).toBe(0);
    expect(() => dollarsOf({ 'storage.objects.compose': 1 }, /class A/)).toThrow(/storage\.objects\.compose/);
  });

  it('a first wave that boots nothing says nothing of a boot', () => {
    const wave = waveOf({ 'storage.objects.get': 1 });
    expect(() => estimate({ on: '2026-01-01', waves: [wave, wave, wave] })).toThrow(/boot/);
  });
});

describe.skipIf(!existsSync(COUNTED_FILE))('the cost block of terraform/README.md', () => {
  it('is what the counted calls come to', () => {
    expect(costBlock(readFileSync(README, 'utf8')), 'run: npx node test/terraform/cost.ts --write').toBe(
      costText(readCounted()),
    );
  });

  it('prices every call that was counted', () => {
    const methods = readCounted().waves.flatMap(({ calls }) => Object.keys(calls));
    expect(methods.filter((method) => !method.startsWith('rpc.') && BILLED_AS[method] === undefined)).toEqual([]);
    expect(countedSchema.safeParse({ on: 'today', waves: [] }).success).toBe(false);
  });
});
