import { expect, test } from 'vitest';
import { type Ground, obstaclesOf } from '#core/decide/mineable.ts';
import type { NodeReport } from '#core/facts/node-report.ts';
import { requestOf } from '#test/support/law.ts';
import fc from '#test/support/properties.ts';
import { item, seal, view } from '#test/support/register.ts';

/** Numbers that lie close together, so that sums meet the balance. */
const small = fc.bigInt({ min: 0n, max: 60n });
const asked = fc.record({ value: small, gas: fc.bigInt({ min: 1n, max: 8n }), fee: fc.bigInt({ min: 1n, max: 4n }) });
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

const fieldsOf = ({ value, gas, fee }: Asked) => ({
  value: value.toString(),
  gasLimit: gas.toString(),
  maxFeePerGas: fee.toString(),
  maxPriorityFeePerGas: '1',
});
const costOf = ({ value, gas, fee }: Asked): bigint => value + gas * fee;

const report = fc.record({
  count: fc.bigInt({ min: 0n, max: 4n }),
  balance: fc.oneof(small, fc.bigInt({ min: 0n, max: 300n })),
  block: fc.record({
    number: small,
    gasLimit: fc.option(fc.bigInt({ min: 0n, max: 9n }), { nil: undefined }),
    baseFeePerGas: fc.option(small, { nil: undefined }),
  }),
  tip: fc.option(small, { nil: undefined }),
  dataFees: fc.option(fc.record({ none: small, longest: small, bytes: fc.integer({ min: 0, max: 200 }) }), {
    nil: undefined,
  }),
});

const batchOf = (batch: readonly Asked[]) =>
  batch.map((one, n) => ({ id: `${n}`, request: requestOf({ ...fieldsOf(one), reference: `r${n}` }) }));
/** One request sealed at each nonce from 0 on. */
const groundOf = (log: readonly Asked[], agreement: number): Ground => ({
  view: view([
    seal(
      0n,
      log.map((one, n) => item(`R${n + 1}` as 'R1', BigInt(n), fieldsOf(one))),
    ),
  ]),
  startNonce: 0n,
  agreement,
  rules: { leastTip: 1n, dataFee: { oracle: `0x${'42'.repeat(20)}`, max: 20n } },
});

const batch = fc.array(asked, { minLength: 1, maxLength: 5 });
const log = fc.array(asked, { maxLength: 3 });

test('whatever one of three urls says, of which two must agree, changes nothing', () => {
  fc.assert(
    fc.property(batch, log, report, report, fc.integer({ min: 0, max: 2 }), (requests, sealed, honest, liar, place) => {
      const ground = groundOf(sealed, 2);
      const told: NodeReport[] = [honest, honest].toSpliced(place, 0, liar);
      const held = obstaclesOf(batchOf(requests), told, ground);
      expect(held).toEqual(obstaclesOf(batchOf(requests), [honest, honest], ground));
    }),
  );
});

test('the only one of two urls that answers holds nothing up', () => {
  fc.assert(
    fc.property(batch, log, report, (requests, sealed, liar) => {
      expect(obstaclesOf(batchOf(requests), [liar], groundOf(sealed, 2)).size).toBe(0);
    }),
  );
});

test('what goes can be paid beside all that is sealed and not mined, and what waits could not', () => {
  fc.assert(
    fc.property(batch, log, fc.bigInt({ min: 0n, max: 400n }), (requests, sealed, balance) => {
      const count = BigInt(sealed.length);
      const mined = count > 1n ? count - 1n : 0n;
      const node = { count: mined, balance, block: { number: 1n, gasLimit: undefined, baseFeePerGas: undefined } };
      const told = [{ ...node, tip: undefined, dataFees: undefined }];
      const held = obstaclesOf(batchOf(requests), told, groundOf(sealed, 1));
      let promised = sealed.slice(Number(mined)).reduce((sum, one) => sum + costOf(one), 0n);
      requests.forEach((one, n) => {
        const fits = promised + costOf(one) <= balance;
        expect(held.has(`${n}`)).toBe(!fits);
        if (fits) promised += costOf(one);
      });
    }),
  );
});
