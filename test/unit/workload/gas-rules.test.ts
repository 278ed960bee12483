import { describe, expect, test } from 'vitest';
import { stage } from '#test/support/stage.ts';

/** One transaction that no node takes would stop the wallet behind its nonce, for good. */
const refusals = (s: ReturnType<typeof stage>): unknown[] =>
  s.publisher.sent
    .filter(({ message }) => message.attributes['ce-type'] === 'keyturn.request.refused')
    .map(({ message }) => JSON.parse(Buffer.from(message.data).toString()));

describe('threat 68: given a request that no node would take, intake refuses it with the number', () => {
  test.each<[string, Record<string, string>, string, RegExp]>([
    ['more gas than one transaction may have', { gasLimit: '17000000' }, 'gasLimit', /above 16777216/],
    ['less gas than its data needs', { gasLimit: '30999', data: `0x${'00'.repeat(1000)}` }, 'gasLimit', /below 31000/],
    [
      'a fee beyond all wei that there can be',
      { maxFeePerGas: (2n ** 255n).toString(), gasLimit: '21000' },
      'maxFeePerGas',
      /must stay below 2\^256/,
    ],
  ])('%s', async (_, fields, field, reason) => {
    const s = stage();
    const id = await s.ask(fields);
    expect(s.fact(id, 'request')).toBeUndefined();
    expect(refusals(s)).toMatchObject([{ code: 'BAD_FIELD', field, reason: expect.stringMatching(reason) }]);
  });
});

describe('threat 68: given an approved request that breaks a gas rule of the law that is in force now', () => {
  test('the image closes it, and the next request has its nonce', async () => {
    const s = stage();
    const id = await s.ask({ gasLimit: '200000' });
    await s.approve(id);
    const next = await s.ask({ reference: 'next' });
    await s.approve(next);
    const chains = s.config.law.chains.map((chain) => ({ ...chain, maxTransactionGas: '100000' }));
    await s.turn(1n, { law: { ...s.config.law, chains } });
    expect(s.fact(next, 'submitted')).toMatchObject({ nonce: '0' });
    await s.tick();
    expect(s.outcome(id)).toMatchObject({
      outcome: 'refused',
      code: 'BAD_FIELD',
      reason: expect.stringMatching(/100000/),
    });
    expect(s.seals()).toHaveLength(2);
  });
});
