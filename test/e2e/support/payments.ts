import { expect } from 'vitest';
import { submittedObject } from '#schemas/names.ts';
import type { TestLab } from './lab.ts';
import { type Draft, payee } from './requests.ts';
import { balanceOf, countOf } from './rpc.ts';

/** Asks for all at once, and has them approved by these co-signers. Resolves to the ids. */
export const approved = async (
  test: TestLab,
  drafts: readonly Draft[],
  approvers: readonly string[] = ['alice', 'bob'],
): Promise<readonly string[]> => {
  const ids = await Promise.all(drafts.map((one) => test.ask(one)));
  await Promise.all(
    ids.flatMap((id, n) =>
      approvers.map((who) => test.approve(who, id, { plaintext: test.shareText(who, drafts[n]?.wallet) })),
    ),
  );
  return ids;
};

/** The same, until each is final. */
export const paid = async (...given: Parameters<typeof approved>): Promise<readonly string[]> => {
  const [test] = given;
  const ids = await approved(...given);
  for (const id of ids) expect(await test.outcome(id)).toMatchObject({ id, outcome: 'finalized' });
  return ids;
};

/** Fields of a request of a type that is paid by one price, or by two. */
export const FEES: Readonly<Record<'0' | '1' | '2', Draft>> = {
  0: { type: '0', maxPriorityFeePerGas: '' },
  1: { type: '1', maxPriorityFeePerGas: '' },
  2: { type: '2' },
};

/**
 * `count` payments of this type to addresses from `first` on. Balances, the count of the wallet and the fees are read from the node itself:
 * each is paid once, and nothing else left.
 */
export const payOnce = async (test: TestLab, type: '0' | '2', count: number, first: number): Promise<void> => {
  const { url } = test.lab.chain;
  const { address } = test.lab.wallet;
  const [before, nonce] = [await balanceOf(url, address), await countOf(url, address)];
  const value = (n: number): bigint => 10n ** 16n + BigInt(n);
  const drafts = Array.from({ length: count }, (_, n) => ({
    ...FEES[type],
    to: payee(first + n),
    value: `${value(n)}`,
  }));
  const ids = await paid(test, drafts);
  for (const n of drafts.keys()) expect(await balanceOf(url, payee(first + n))).toBe(value(n));
  expect(await countOf(url, address)).toBe(nonce + BigInt(count));
  const nonces = ids.map((id) => Number(test.json('results', submittedObject(id))?.nonce));
  expect(nonces.toSorted((a, b) => a - b)).toEqual(drafts.map((_, n) => Number(nonce) + n));
  const receipts = await Promise.all(ids.map((id) => test.event('keyturn.receipt', { id })));
  const spent = receipts.reduce((sum, { body }) => sum + BigInt(`${body.valueWei}`) + BigInt(`${body.feeWei}`), 0n);
  expect(before - (await balanceOf(url, address))).toBe(spent);
};

/** What a person on call would have been told: nothing, where nothing is wrong. */
export const alarms = (test: TestLab): readonly string[] =>
  test.lines.filter(({ fields }) => fields.severity === 'ALERT').map(({ source, text }) => `${source}: ${text}`);
