import { expect, test } from 'vitest';
import { DONE } from '#cli/app/failure.ts';
import type { Why } from '#core/decide/why.ts';
import { whyNext, whySentence } from '#core/decide/why-words.ts';
import { OUTCOMES, type OutcomeFact } from '#schemas/facts.ts';
import { parsed } from '#test/support/cli/parsed.ts';
import { table } from '#test/support/table.ts';

const ID = 'a'.repeat(64);
const ended = (outcome: OutcomeFact['outcome']): Why => ({
  kind: 'decided',
  outcome: { id: ID, wallet: 'hot', outcome, code: '', reason: '', transactionHash: '', blockNumber: '5', receipt: '' },
});
const PAUSED: Why = { kind: 'waits', code: 'PAUSED', about: {}, by: 'seen', at: undefined };
const FEE: Why = { kind: 'waits', code: 'FEE_TOO_LOW', about: {}, by: 'seen', at: undefined };

interface Asked {
  readonly isSealed: boolean;
}
const told = (why: Why, { isSealed }: Asked): readonly [sentence: string, next: string] => [
  whySentence(why),
  whyNext(why, { id: '3f2a91bc', isSealed }),
];
const SEALED = { isSealed: true };
const OPEN = { isSealed: false };

table<Why, Asked, readonly [string, string]>('why, in words', told, [
  ['It waits.', PAUSED, OPEN, ['It waits for the end of the pause: the operator stopped signing.', 'resume']],
  [
    'What is not sealed can be withdrawn.',
    FEE,
    OPEN,
    ['It waits for lower fees: its ceiling is below what the chain asks now.', 'withdraw 3f2a91bc'],
  ],
  [
    'What is sealed can only be replaced.',
    FEE,
    SEALED,
    ['It waits for lower fees: its ceiling is below what the chain asks now.', 'cancel 3f2a91bc'],
  ],
  ['It succeeded.', ended('finalized'), SEALED, ['It is over: it is mined in block 5 and final.', 'receipts']],
  [
    'It reverted.',
    ended('reverted'),
    SEALED,
    ['It is over: it was mined in block 5 and reverted, and its fee is paid.', 'show 3f2a91bc'],
  ],
  ['Nobody asked for it.', { kind: 'unknown' }, OPEN, ['No request with this id was accepted.', 'pending']],
]);

test.each(OUTCOMES)('the end %s has one sentence and a command that can be pasted', async (outcome) => {
  const end = ended(outcome);
  expect(whySentence(end)).toMatch(/^[A-Z][^.\n]*\.$/);
  const { code, said } = await parsed(whyNext(end, { id: '3f2a91bc', isSealed: true }).split(' '));
  expect({ code, said }).toEqual({ code: DONE, said: '' });
});
