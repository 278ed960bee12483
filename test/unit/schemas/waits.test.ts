import { describe, expect, it, test } from 'vitest';
import { DONE } from '#cli/app/failure.ts';
import { CODES, isCode } from '#schemas/codes.ts';
import { NODE_REFUSALS, type NodeRefusal, WAIT_NUMBERS } from '#schemas/wait-about.ts';
import { WAIT_CODES, waitNext, waitSentence } from '#schemas/waits.ts';
import { parsed } from '#test/support/cli/parsed.ts';
import { linesOf } from '#test/terraform/readme-lines.ts';

const SENTENCE = /^[A-Z][^.!?\n]*[^ .!?\n]\.( keyturn tries again by itself\.)?$/;
const ID = '3f2a91bc';
const wordsIn = (text: string): number => text.split(' ').length;

const numbers = Object.fromEntries(WAIT_NUMBERS.map((name, n) => [name, BigInt(n + 3) * 10n ** 18n]));
const known = { nextNonce: 2n, numbers, refusal: 'busy' as const };

test('there are waits', () => {
  expect(WAIT_CODES.length).toBeGreaterThan(25);
});

describe.each(WAIT_CODES)('%s', (code) => {
  it('is a code that people see, and one that time or a person can end', () => {
    expect(isCode(code)).toBe(true);
    expect(CODES[code].advice).toMatch(/[.?]$/);
  });

  it.each([
    ['with all numbers', known],
    ['with none', {}],
  ])('is told in one plain sentence, %s', (_, about) => {
    const sentence = waitSentence(code, about);
    expect(sentence).toMatch(SENTENCE);
    expect(sentence).not.toMatch(/undefined|null|NaN|\[object/);
    expect(wordsIn(sentence)).toBeLessThanOrEqual(26);
  });

  it.each([false, true])('names a command that can be pasted (sealed: %s)', async (isSealed) => {
    const next = waitNext(code, { id: ID, isSealed });
    const lines = linesOf(`\`\`\`sh\n./keyturn ${next}\n\`\`\``);
    expect(lines).toHaveLength(1);
    const { code: exit, said } = await parsed(lines[0]?.args ?? []);
    expect({ exit, said }).toEqual({ exit: DONE, said: '' });
  });

  it('is told in words of its own', () => {
    const others = WAIT_CODES.filter((other) => other !== code);
    expect(others.map((other) => waitSentence(other))).not.toContain(waitSentence(code));
  });
});

test.each(Object.keys(NODE_REFUSALS) as NodeRefusal[])('a refusal of a node is told in our words: %s', (refusal) => {
  expect(waitSentence('NODE_REFUSED', { refusal })).toMatch(SENTENCE);
  expect(waitSentence('NODE_REFUSED', { refusal })).toContain(NODE_REFUSALS[refusal]);
});

test.each([
  ['NOT_ENOUGH_SHARES', { numbers: { have: 1n, need: 2n } }, 'It waits for approvals: it has 1 of 2.'],
  [
    'BALANCE_LOW',
    { numbers: { balanceWei: 10n ** 17n, neededWei: 15n * 10n ** 17n } },
    'It waits for money: it needs 1.5 ETH, and the wallet has 0.1 ETH for it.',
  ],
  [
    'FEE_TOO_LOW',
    { numbers: { baseFeeWei: 40_000_000_000n, ceilingWei: 30_500_000_000n } },
    'It waits for lower fees: the base fee is 40 gwei, and its ceiling is 30.5 gwei.',
  ],
  [
    'EARLIER_NONCE',
    { nextNonce: 4n, numbers: { ownNonce: 6n } },
    'It waits for an earlier transaction of the wallet: nonce 4 is not mined yet, and its own is 6.',
  ],
] as const)('%s says its numbers', (code, about, sentence) => {
  expect(waitSentence(code, about)).toBe(sentence);
});
