import { expect, test } from 'vitest';
import { assetOf, COIN, type OwnTransaction, type WalletLog } from '#core/settled/rows.ts';
import { statementOf } from '#core/settled/statement.ts';
import { BOB, blockAt, booksWith, logAt, STRANGE, SYSTEM, transactionAt, USDC, WALLET } from '#test/support/books.ts';
import fc from '#test/support/properties.ts';

/** What can happen in a block. The ledger below does it to balances that no code of ours keeps. */
const amount = fc.bigInt({ min: 0n, max: 2n ** 96n });
const happening = fc.oneof(
  fc.record({
    what: fc.constant('pays ether' as const),
    amount,
    fee: amount,
    success: fc.boolean(),
    foreign: fc.boolean(),
  }),
  fc.record({ what: fc.constant('pays a token' as const), amount, fee: amount, foreign: fc.boolean() }),
  fc.record({ what: fc.constant('gets ether' as const), amount }),
  fc.record({ what: fc.constant('gets logged ether' as const), amount }),
  fc.record({ what: fc.constant('gets a token' as const), amount }),
  fc.record({ what: fc.constant('a token is taken' as const), amount }),
  fc.record({ what: fc.constant('a stranger logs anything' as const), amount, out: fc.boolean() }),
  fc.record({ what: fc.constant('ether vanishes' as const), amount }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const BLOCKS_A_DAY = 4;

interface Ledger {
  ether: bigint;
  token: bigint;
  nonce: bigint;
  /** Of the present day. */
  silent: bigint;
  readonly transactions: OwnTransaction[];
  readonly logs: WalletLog[];
  readonly foreign: bigint[];
  taken: number;
}

const happen = (ledger: Ledger, block: number, one: Happening): void => {
  const own = (over: Partial<OwnTransaction>, isForeign: boolean) => {
    if (isForeign) ledger.foreign.push(ledger.nonce);
    const purpose = isForeign ? { purpose: undefined } : {};
    ledger.transactions.push(transactionAt(block, { nonce: ledger.nonce, ...over, ...purpose }));
    ledger.nonce += 1n;
  };
  switch (one.what) {
    case 'pays ether':
      ledger.ether -= one.fee + (one.success ? one.amount : 0n);
      own({ value: one.amount, fee: one.fee, success: one.success }, one.foreign);
      return;
    case 'pays a token':
      ledger.ether -= one.fee;
      ledger.token -= one.amount;
      ledger.logs.push(logAt(block, { from: WALLET, to: BOB, amount: one.amount }));
      own({ to: USDC.address, fee: one.fee }, one.foreign);
      return;
    case 'gets ether':
      ledger.ether += one.amount;
      ledger.silent += one.amount;
      return;
    case 'gets logged ether':
      ledger.ether += one.amount;
      ledger.logs.push(logAt(block, { from: BOB, to: WALLET, amount: one.amount, by: SYSTEM }));
      return;
    case 'gets a token':
      ledger.token += one.amount;
      ledger.logs.push(logAt(block, { from: BOB, to: WALLET, amount: one.amount }));
      return;
    case 'a token is taken':
      ledger.token -= one.amount;
      if (one.amount > 0n) ledger.taken += 1;
      ledger.logs.push(logAt(block, { from: WALLET, to: BOB, amount: one.amount }));
      return;
    case 'a stranger logs anything': {
      const [from, to] = one.out ? [WALLET, BOB] : [BOB, WALLET];
      ledger.logs.push(logAt(block, { from, to, amount: one.amount, by: STRANGE }));
      return;
    }
    case 'ether vanishes':
      ledger.ether -= one.amount;
      ledger.silent -= one.amount;
      return;
    default:
      one satisfies never;
  }
};

test('threat 96: opening + rows - breaks = closing, of ether and of tokens, whatever happened', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 40 }),
      fc.tuple(fc.bigInt({ min: 2n ** 104n, max: 2n ** 110n }), fc.bigInt({ min: 2n ** 104n, max: 2n ** 110n })),
      (happenings, [ether, token]) => {
        const ledger: Ledger = {
          ...{ ether, token, nonce: 7n, silent: 0n, taken: 0 },
          ...{ transactions: [], logs: [], foreign: [] },
        };
        const days = [{ block: blockAt(0n), amount: ether }];
        const silent: bigint[] = [];
        happenings.forEach((one, n) => {
          happen(ledger, n + 1, one);
          if ((n + 1) % BLOCKS_A_DAY !== 0 && n + 1 < happenings.length) return;
          days.push({ block: blockAt(BigInt(n + 1)), amount: ledger.ether });
          silent.push(ledger.silent);
          ledger.silent = 0n;
        });
        const last = days.at(-1)?.block ?? blockAt(0n);
        const tokens = [
          { block: blockAt(0n), amount: token },
          { block: last, amount: ledger.token },
        ];
        const { transactions, logs } = ledger;
        const statement = statementOf(
          booksWith({
            ...{ transactions, logs, counts: { opening: 7n, closing: ledger.nonce } },
            balances: [
              { asset: COIN, at: days },
              { asset: assetOf(USDC), at: tokens },
            ],
          }),
        );
        const changed = (symbol: string): bigint =>
          statement.rows
            .filter((row) => row.asset.symbol === symbol)
            .reduce((all, row) => all + (row.direction === 'in' ? row.amount : -row.amount), 0n);
        const vanished = (symbol: string): bigint =>
          statement.breaks.reduce(
            (all, one) => all + (one.code === 'UNEXPLAINED_DECREASE' && one.asset.symbol === symbol ? one.amount : 0n),
            0n,
          );
        expect(ether + changed('ETH') - vanished('ETH')).toBe(ledger.ether);
        expect(token + changed('USDC')).toBe(ledger.token);
        expect(vanished('USDC')).toBe(0n);
        // The lines say the same as the rows.
        for (const { opening = 0n, came, left, fees, computed, unexplained, closing } of statement.assets)
          expect(opening + came + computed - left - fees - unexplained).toBe(closing);
        // Each day's silent ether is one row or one break, or nothing.
        const computed = statement.rows.filter(({ kind }) => kind === 'computed').map((row) => row.amount);
        expect(computed).toEqual(silent.filter((each) => each > 0n));
        expect(statement.breaks.flatMap((one) => (one.code === 'UNEXPLAINED_DECREASE' ? [-one.amount] : []))).toEqual(
          silent.filter((each) => each < 0n),
        );
        expect(statement.breaks.flatMap((one) => (one.code === 'FOREIGN_TRANSACTION' ? [one.nonce] : []))).toEqual(
          ledger.foreign.slice(0, 32),
        );
        expect(statement.breaks.filter(({ code }) => code === 'TAKEN')).toHaveLength(ledger.taken);
        expect(new Set(statement.rows.map(({ id }) => id)).size).toBe(statement.rows.length);
      },
    ),
    { numRuns: 500 },
  );
});
