import { describe, expect, test } from 'vitest';
import { run as receipts } from '#cli/commands/receipts.ts';
import { run as statement } from '#cli/commands/statement.ts';
import { run as why } from '#cli/commands/why.ts';
import { deviationText } from '#cli/operate/deviations.ts';
import { predictionBytes } from '#schemas/prediction.ts';
import type { ReceiptFact } from '#schemas/receipt.ts';
import { pastOf } from '#test/support/cli/past.ts';
import { readerOf } from '#test/support/cli/reader.ts';
import { receiptWith } from '#test/support/receipt.ts';
import { stage } from '#test/support/stage.ts';

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const NFT = '0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D';
const BOB = '0x4242424242424242424242424242424242424242';
const DAY = 86_400_000;

/** A payment that is mined and final, of which alice was shown that a token would leave as well. */
const paid = async (isPredicted = true) => {
  const s = stage({ tokens: [{ address: USDC, symbol: 'USDC', decimals: 6 }] });
  s.clock.advance(DAY);
  const id = await s.submit({ reference: 'invoice-1' });
  const prediction = predictionBytes({
    ...{ version: '1', id, coSigner: 'alice', at: '2027-01-02T00:00:00Z', nodes: '2' },
    ...{ succeeds: 'yes', reason: '', gasUsed: '21000', etherTraced: 'yes', complete: 'yes', allows: [] },
    moves: [{ standard: 'erc20', address: USDC, tokenId: '', from: s.wallet.address, to: BOB, amount: '2500000' }],
  });
  if (isPredicted) s.storage.put(s.buckets.keys, `alice/predictions/${id}`, prediction);
  s.chain().mine();
  await s.finalize(id);
  s.clock.advance(40 * DAY);
  s.chain().mine();
  const reader = (json = false) => readerOf(s, { me: 'finance', json, ports: { past: async () => pastOf(s, {}) } });
  return { id, reader };
};
/** The receipt names no token that is in none of its lists: it stands with its contract. */
const WORDS = `0 units of ${USDC} moved, and alice was shown 2500000 units of ${USDC}`;

describe('a deviation is told in words, and the receipt stays backed by the chain', () => {
  test('by receipts', async () => {
    const { id, reader } = await paid();
    const { session, stdout } = reader();
    await receipts(session, { since: '2027-01-01' });
    expect(stdout.text).toContain(`! ${id.slice(0, 8)} DEVIATES: ${WORDS}`);
    expect(stdout.text).toMatch(/invoice-1 .*finalized .*chain/);
  });

  test('by statement, for people and for programs', async () => {
    const { id, reader } = await paid();
    const plain = reader();
    expect(await statement(plain.session, '.', { month: '2027-01', chain: '31337' })).toBe(0);
    expect(plain.stdout.text).toContain(`! ${id.slice(0, 8)} DEVIATES: ${WORDS}`);
    const json = reader(true);
    await statement(json.session, '.', { month: '2027-01', chain: '31337' });
    expect(json.json()).toMatchObject({
      ok: true,
      deviations: [{ request: id, deviations: [{ code: 'MOVED_OTHERWISE', coSigner: 'alice', text: WORDS }] }],
    });
  });

  test('by why', async () => {
    const { id, reader } = await paid();
    const { session, stdout } = reader();
    await why(session, id);
    expect(stdout.text).toContain(`It deviates: ${WORDS}`);
    const json = reader(true);
    await why(json.session, id);
    expect(json.json()).toMatchObject({ state: 'decided', deviations: [WORDS] });
  });

  test('where there is none, nothing is told', async () => {
    const { id, reader } = await paid(false);
    const { session, stdout } = reader();
    await receipts(session, { since: '2027-01-01' });
    await statement(session, '.', { month: '2027-01', chain: '31337' });
    await why(session, id);
    expect(stdout.text).not.toMatch(/deviates/i);
  });
});

describe('each code has its words', () => {
  const asset = { chainId: '1', standard: 'erc20', address: USDC, tokenId: '', symbol: 'USDC', decimals: '6' } as const;
  const receipt = receiptWith({ assets: [{ ...asset, leaves: '1', allows: '0' }] });
  type Deviation = ReceiptFact['deviations'][number];
  const words = (over: Partial<Deviation>) =>
    deviationText(
      {
        ...{ code: 'NOT_MOVED', standard: 'erc20', address: USDC, tokenId: '', expected: '2500000', actual: '0' },
        coSigner: '',
        ...over,
      },
      receipt,
    );

  test.each<[Partial<Deviation>, string]>([
    [{}, '2.5 USDC did not move, though the approved call asks for it'],
    [{ code: 'OTHER_AMOUNT', actual: '1' }, 'the payee got 0.000001 USDC, and the approved call says 2.5 USDC'],
    [{ code: 'MORE_LEFT', actual: '3000000' }, '3 USDC left, and the approved call could move 2.5 USDC at most'],
    [
      { code: 'ENDED_OTHERWISE', expected: 'finalized', actual: 'reverted', coSigner: 'bob' },
      'it is reverted, and bob was shown that it would be finalized',
    ],
    [{ code: 'MOVED_OTHERWISE', coSigner: 'bob' }, '0 USDC moved, and bob was shown 2.5 USDC'],
    [
      { code: 'ALLOWED_OTHERWISE', actual: (2n ** 256n - 1n).toString(), coSigner: 'bob' },
      'somebody may take any amount of USDC later, and bob was shown 2.5 USDC',
    ],
    [
      { code: 'MOVED_OTHERWISE', standard: 'native', address: '', expected: '1500000000000000000', coSigner: 'bob' },
      '0 ETH moved, and bob was shown 1.5 ETH',
    ],
    [
      { standard: 'erc721', address: NFT, tokenId: '5', expected: '1' },
      `1 of piece 5 of ${NFT} did not move, though the approved call asks for it`,
    ],
    [{ code: 'OF_TOMORROW' }, 'OF_TOMORROW: expected 2.5 USDC, and it was 0 USDC'],
  ])('%j', (over, text) => {
    expect(words(over)).toBe(text);
  });
});
