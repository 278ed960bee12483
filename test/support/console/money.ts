import type { Calls, WalletsAnswer } from '#cli/console/api.ts';
import { checkedJson } from '#cli/operate/receipt-cells.ts';
import { totalLines, totalsJson, totalsOf } from '#cli/operate/receipt-totals.ts';
import type { Checked } from '#cli/operate/receipts.ts';
import { timeText } from '#schemas/spellings.ts';
import { receiptWith } from '../receipt.ts';
import { LAW_HASH, NOW, SHOP, SUPPLIER, USDC, WALLET } from './samples.ts';

const HOUR = 3_600_000;
const NATIVE = { standard: 'native', address: '', id: '', symbol: 'ETH', decimals: '18', logIndex: '' } as const;
const TOKEN = { standard: 'erc20', address: USDC, id: '', symbol: 'USDC', decimals: '6' } as const;

const paid = (n: number, reference: string, to: string, transfer: object, over: object = {}): Checked['receipt'] =>
  receiptWith({
    id: `${n}`.repeat(64).slice(0, 64),
    eventId: `acme-results/receipts/2026/02/27/${n}.json`,
    transactionHash: `0x${`${n}c`.repeat(32)}`,
    chainId: '31337',
    wallet: 'treasury',
    from: WALLET,
    to,
    reference,
    blockTime: timeText(NOW - n * 19 * HOUR),
    blockNumber: `${24_100_000 - n * 5700}`,
    feeWei: `${840_000_000_000_000 + n * 12_345_000_000_000}`,
    transfersListed: 'all',
    transfers: [{ ...NATIVE, from: WALLET, to, amount: '0', ...transfer }],
    ...over,
  } as object);

const names = [
  { address: SUPPLIER, name: 'Hilltop Paper' },
  { address: SHOP, name: 'Corner Shop' },
];

const checked = (receipt: Checked['receipt'], over: Partial<Checked> = {}): Checked => ({
  receipt,
  backing: { kind: 'chain' },
  explorer: `https://explorer.example/tx/${receipt.transactionHash}`,
  names: names.filter(({ address }) => receipt.transfers.some(({ to }) => to === address)),
  ...over,
});

const CHECKED: readonly Checked[] = [
  checked(paid(1, 'invoice-2196', USDC, { ...TOKEN, to: SUPPLIER, amount: '8120000000' })),
  checked(paid(2, 'rent-2026-02', SHOP, { amount: '1250000000000000000' })),
  checked(
    paid(3, 'invoice-2191', USDC, { ...TOKEN, to: SUPPLIER, amount: '240750000' }, { approvedBy: ['bob', 'carol'] }),
  ),
  checked(paid(4, 'invoice-2188', SHOP, {}, { status: 'reverted', transfersListed: 'no', transfers: [] })),
  checked(paid(5, 'invoice-2187', SHOP, { amount: '75500000000000000' }), {
    backing: { kind: 'unverified', because: 'the chain could not be read (UNAVAILABLE)' },
    explorer: '',
  }),
];

const totals = totalsOf(CHECKED);

const wallets: WalletsAnswer = {
  ok: true,
  at: timeText(NOW),
  name: 'acme',
  lawHash: LAW_HASH,
  lab: false,
  register: 'locked for 315360000 s',
  paused: false,
  pause: null,
  open: { received: 0, accepted: 4, approved: 0, submitted: 1, decided: 0 },
  deadLetters: 0,
  wallets: [
    {
      name: 'treasury',
      address: WALLET,
      chain: 'mainnet',
      chainId: '31337',
      threshold: 2,
      holders: 3,
      balanceWei: '41872000000000000000',
      nextNonce: '118',
      turn: { turn: '57', state: 'closed', open: false, claimedAt: timeText(NOW - HOUR), deathsInARow: 0 },
      stopped: null,
      chainAhead: false,
      windows: [
        {
          ...{ window: 'daily', seconds: 86_400, asset: 'ETH', decimals: 18, most: '10000000000000000000' },
          ...{ used: '3450000000000000000', left: '6550000000000000000', text: '6.55 ETH is left' },
        },
        {
          ...{ window: 'suppliers', seconds: 604_800, asset: 'USDC', decimals: 6, most: '50000000000' },
          ...{ used: '47120500000', left: '2879500000', text: '2879.5 USDC is left' },
        },
      ],
    },
    {
      name: 'payroll',
      address: SHOP,
      chain: 'mainnet',
      chainId: '31337',
      threshold: 2,
      holders: 3,
      balanceWei: { unseen: 'UNAVAILABLE' },
      nextNonce: '12',
      turn: null,
      stopped: { id: 'a'.repeat(64), transactionHash: `0x${'b'.repeat(64)}` },
      chainAhead: true,
      windows: { unseen: 'PERMISSION_DENIED' },
    },
  ],
};

/** What finance and operators see: the same in each run. Filters are the console's own part; here the reference alone narrows. */
export const moneyPages = {
  wallets,
  receipts: ({ reference, page, size = 60 }: Calls['receipts']['body']): Calls['receipts']['answer'] => {
    const fitting = CHECKED.filter(({ receipt }) => reference === undefined || receipt.reference === reference);
    const sums = fitting.length === CHECKED.length ? totals : totalsOf(fitting);
    return {
      ok: true,
      at: timeText(NOW),
      total: fitting.length,
      more: false,
      page,
      size,
      receipts: fitting
        .slice(page * size, (page + 1) * size)
        .map((one) => ({ ...checkedJson(one), names: [...one.names] })),
      unreadable: [],
      totals: totalsJson(sums),
      totalLines: [...totalLines(sums)],
    };
  },
};
