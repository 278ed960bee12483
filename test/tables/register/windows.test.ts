import type { ListedEntry } from '#core/register/rules.ts';
import {
  longestWindow,
  type Outlay,
  overfilled,
  overfilledBy,
  plannedOutlay,
  sealedOutlays,
} from '#core/register/windows.ts';
import { lawWith, time } from '#test/support/given.ts';
import { type Asked, asks, close, idOf, item, type Name, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

const HOUR = { name: 'an-hour', seconds: 3600, maxWei: '100' };
const DAY = { name: 'a-day', seconds: 86_400, maxWei: '150' };

interface Given {
  readonly windows: readonly (typeof HOUR)[];
  /** Other outlays: their nonce (or id), cost in wei, and when they were sealed. */
  readonly others: readonly (readonly [key: string, cost: bigint, at: string])[];
}
interface When {
  readonly key?: string;
  readonly cost: bigint;
  /** Where no other time is given: noon. */
  readonly at?: string;
}
const NONE = { chainId: '31337', tokens: [] };
const outlay = (key: string, wei: bigint, at: string): Outlay => ({
  key,
  wei,
  units: new Map(),
  at: time(`2030-01-01T${at}Z`),
});
const full = ({ windows, others }: Given, { key = 'own', cost, at = '12:00:00' }: When) =>
  overfilled(
    outlay(key, cost, at),
    others.map((one) => outlay(...one)),
    { windows, chain: NONE },
  )?.name ?? 'room';

table('windows: 100 wei an hour', full, [
  ['All of it, where nothing was sealed.', { windows: [HOUR], others: [] }, { cost: 100n }, 'room'],
  ['One wei more than all of it.', { windows: [HOUR], others: [] }, { cost: 101n }, 'an-hour'],
  ['Exactly the rest.', { windows: [HOUR], others: [['7', 40n, '11:30:00']] }, { cost: 60n }, 'room'],
  ['One wei more than the rest.', { windows: [HOUR], others: [['7', 40n, '11:30:00']] }, { cost: 61n }, 'an-hour'],
  ['What is an hour old is out of it.', { windows: [HOUR], others: [['7', 40n, '11:00:00']] }, { cost: 100n }, 'room'],
  [
    'What is a second younger is in it.',
    { windows: [HOUR], others: [['7', 40n, '11:00:01']] },
    { cost: 61n },
    'an-hour',
  ],
  [
    'What is dated later counts too: clocks differ.',
    { windows: [HOUR], others: [['7', 40n, '18:00:00']] },
    { cost: 61n },
    'an-hour',
  ],
  [
    'Several add up.',
    {
      windows: [HOUR],
      others: [
        ['7', 40n, '11:30:00'],
        ['8', 40n, '11:40:00'],
      ],
    },
    { cost: 21n },
    'an-hour',
  ],
  [
    'Without a window there is always room.',
    { windows: [], others: [['7', 40n, '11:30:00']] },
    { cost: 10n ** 30n },
    'room',
  ],
]);

table('windows: of all at one nonce one is mined, so the dearest counts', full, [
  [
    'Two at one nonce.',
    {
      windows: [HOUR],
      others: [
        ['7', 40n, '11:30:00'],
        ['7', 30n, '11:40:00'],
      ],
    },
    { cost: 60n },
    'room',
  ],
  [
    'A replacement counts only beyond what it replaces.',
    { windows: [HOUR], others: [['7', 90n, '11:30:00']] },
    { key: '7', cost: 100n },
    'room',
  ],
  [
    'A replacement that is too dear alone.',
    { windows: [HOUR], others: [['7', 90n, '11:30:00']] },
    { key: '7', cost: 101n },
    'an-hour',
  ],
  [
    'What adds nothing passes, however full it is: a cancel.',
    { windows: [HOUR], others: [['7', 500n, '11:30:00']] },
    { key: '7', cost: 5n },
    'room',
  ],
  [
    'A replacement of what is out of the window counts in full.',
    {
      windows: [HOUR],
      others: [
        ['7', 90n, '10:00:00'],
        ['8', 20n, '11:30:00'],
      ],
    },
    { key: '7', cost: 90n },
    'an-hour',
  ],
]);

table('windows: several at once', full, [
  ['Room in each.', { windows: [HOUR, DAY], others: [['7', 50n, '06:00:00']] }, { cost: 100n }, 'room'],
  [
    'The day is full, the hour is not.',
    { windows: [HOUR, DAY], others: [['7', 80n, '06:00:00']] },
    { cost: 71n },
    'a-day',
  ],
  [
    'Where both are full, the first of the law is told.',
    { windows: [DAY, HOUR], others: [['7', 80n, '11:30:00']] },
    { cost: 71n },
    'a-day',
  ],
]);

const TOKEN = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const USDC_HOUR = { name: 'usdc', seconds: 3600, chainId: '31337', token: 'USDC', maxUnits: '100' };
const USDC = { address: TOKEN, symbol: 'USDC', decimals: 6, standard: 'erc20' as const };
/** Units of USDC, and wei. */
type Amounts = readonly [key: string, units: bigint, wei: bigint, at: string];
const both = ([key, units, wei, at]: Amounts): Outlay => ({
  ...outlay(key, wei, at),
  units: new Map([[TOKEN, units]]),
});
const fullOf = (others: readonly Amounts[], own: Amounts) =>
  overfilled(both(own), others.map(both), {
    windows: [USDC_HOUR, { ...HOUR, name: 'ether' }],
    chain: { chainId: '31337', tokens: [USDC] },
  })?.name ?? 'room';

table<readonly Amounts[], Amounts, string>('windows: 100 units of a token an hour, beside 100 wei', fullOf, [
  ['All of both.', [], ['own', 100n, 100n, '12:00:00'], 'room'],
  ['One unit more.', [], ['own', 101n, 0n, '12:00:00'], 'usdc'],
  ['One wei more.', [], ['own', 0n, 101n, '12:00:00'], 'ether'],
  ['What is an hour old is out of it.', [['7', 60n, 0n, '11:00:00']], ['own', 100n, 0n, '12:00:00'], 'room'],
  ['What is younger adds up.', [['7', 60n, 0n, '11:00:01']], ['own', 41n, 0n, '12:00:00'], 'usdc'],
  [
    'Of one nonce the dearest counts, of each asset by itself.',
    [
      ['7', 60n, 1n, '11:30:00'],
      ['7', 1n, 60n, '11:40:00'],
    ],
    ['own', 40n, 40n, '12:00:00'],
    'room',
  ],
  [
    'One unit beside them is too many.',
    [
      ['7', 60n, 1n, '11:30:00'],
      ['7', 1n, 60n, '11:40:00'],
    ],
    ['own', 41n, 40n, '12:00:00'],
    'usdc',
  ],
  ['A cancel, which adds nothing, passes.', [['7', 500n, 0n, '11:30:00']], ['7', 0n, 5n, '12:00:00'], 'room'],
]);

const fullElsewhere = (chainId: string, own: Amounts) =>
  overfilled(both(own), [], { windows: [USDC_HOUR], chain: { chainId, tokens: [USDC] } })?.name ?? 'room';
table<string, Amounts, string>('windows: a token is one of its chain', fullElsewhere, [
  ['On its chain.', '31337', ['own', 101n, 0n, '12:00:00'], 'usdc'],
  ['On another chain the same address is another token.', '1', ['own', 101n, 0n, '12:00:00'], 'room'],
]);

/** 60 wei each, and no fee. */
const CHEAP: Asked = { value: '60', maxFeePerGas: '0', maxPriorityFeePerGas: '0' };
const NOON = '2030-01-01T12:00:00Z';
const sealed = (seq: bigint, created: string, items: readonly (readonly [Name, bigint])[], over = {}): ListedEntry =>
  seal(
    seq,
    items.map(([name, nonce]) => item(name, nonce, CHEAP)),
    { timeCreated: time(created), ...over },
  );

interface Log {
  readonly own: ListedEntry;
  readonly others: readonly ListedEntry[];
  readonly windows?: readonly (typeof HOUR)[];
  readonly lawHash?: string;
}
const second = (
  { own, others, windows = [HOUR], lawHash = 'law' }: Log,
  { judged, nonce }: { judged: Name; nonce: bigint },
) =>
  overfilledBy(item(judged, nonce, CHEAP), own, view([own, ...others]), {
    windows,
    chain: NONE,
    lawHash,
  })?.name ?? 'room';

const R1 = { judged: 'R1', nonce: 7n } as const;
const R2 = { judged: 'R2', nonce: 8n } as const;
const FIRST = sealed(4n, NOON, [['R1', 7n]]);
const SECOND = sealed(5n, NOON, [['R2', 8n]]);

table<Log, { judged: Name; nonce: bigint }, string>(
  'windows: of two turns that sealed at once, the later sees the earlier',
  second,
  [
    ['The lower entry has room.', { own: FIRST, others: [SECOND] }, R1, 'room'],
    ['The upper entry has none.', { own: SECOND, others: [FIRST] }, R2, 'an-hour'],
    [
      'An upper entry that is older counts.',
      { own: FIRST, others: [sealed(5n, '2030-01-01T11:59:59Z', [['R2', 8n]])] },
      R1,
      'an-hour',
    ],
    [
      'A lower entry that is out of the window does not.',
      { own: SECOND, others: [sealed(4n, '2030-01-01T11:00:00Z', [['R1', 7n]])] },
      R2,
      'room',
    ],
    ['A lower close takes no room.', { own: SECOND, others: [close(4n, ['R1'])] }, R2, 'room'],
    ['A policy without windows.', { own: SECOND, others: [FIRST], windows: [] }, R2, 'room'],
    [
      'What was sealed under another law is not undone by this one.',
      { own: SECOND, others: [FIRST], lawHash: 'stricter' },
      R2,
      'room',
    ],
    ['What is in no seal is in no window.', { own: close(5n, ['R2']), others: [FIRST] }, R2, 'room'],
  ],
);

const BOTH = sealed(4n, NOON, [
  ['R1', 7n],
  ['R2', 8n],
]);
table<Log, { judged: Name; nonce: bigint }, string>('windows: its own entry counts up to it', second, [
  ['The first of an entry has room.', { own: BOTH, others: [] }, R1, 'room'],
  ['The second has none.', { own: BOTH, others: [] }, R2, 'an-hour'],
  [
    'Another generation with the same bytes is itself.',
    { own: FIRST, others: [{ ...FIRST, generation: '0', timeCreated: 1 }] },
    R1,
    'room',
  ],
  [
    'What stood at its name before somebody archived it counts.',
    { own: sealed(4n, NOON, [['R2', 8n]], { rawHash: 'another', generation: '2' }), others: [FIRST] },
    R2,
    'an-hour',
  ],
  [
    'An older seal of the same request, which was kept in, made no room for it.',
    { own: sealed(6n, NOON, [['R2', 8n]]), others: [FIRST, SECOND] },
    R2,
    'an-hour',
  ],
  [
    'Its own older seal does not count against it either.',
    { own: sealed(6n, NOON, [['R2', 8n]]), others: [SECOND] },
    R2,
    'room',
  ],
]);

const planned = (request: Asked, { id, at }: { readonly id: Name; readonly at: string }) =>
  plannedOutlay(idOf(id), asks(id, request), time(at), NONE);

table('windows: what a request can take out of the wallet', planned, [
  [
    'Value and the ceiling of the fee: 5 wei and 21000 times 3.',
    { value: '5', gasLimit: '21000', maxFeePerGas: '3', maxPriorityFeePerGas: '1' },
    { id: 'R1', at: NOON },
    { key: idOf('R1'), wei: 63_005n, units: new Map(), at: time(NOON) },
  ],
  [
    'A replacement shares the nonce, and so the room, of what it replaces.',
    { ...CHEAP, replaces: 'R2', nonce: '7' },
    { id: 'R1', at: NOON },
    { key: '7', wei: 60n, units: new Map(), at: time(NOON) },
  ],
  [
    'A skip shares no room.',
    { ...CHEAP, replaces: 'foreign', nonce: '7' },
    { id: 'R1', at: NOON },
    { key: idOf('R1'), wei: 60n, units: new Map(), at: time(NOON) },
  ],
]);

const outlays = (entries: readonly ListedEntry[], _: 'sealed') => sealedOutlays(view(entries), NONE);

table<readonly ListedEntry[], 'sealed', readonly Outlay[]>(
  'windows: everything that is sealed, dated by Cloud Storage',
  outlays,
  [
    ['An empty log.', [], 'sealed', []],
    ['A close.', [close(0n, ['R1'])], 'sealed', []],
    [
      'Each item of each seal, by its nonce.',
      [
        sealed(5n, NOON, [
          ['R2', 8n],
          ['R3', 9n],
        ]),
        FIRST,
      ],
      'sealed',
      ['8', '9', '7'].map((key) => ({ key, wei: 60n, units: new Map(), at: time(NOON) })),
    ],
  ],
);

const longest = (windows: readonly (typeof HOUR)[], _: 'ms') => {
  const rules = [{ name: 'any', effect: 'allow', destinations: ['*'] }];
  const [wallet] = lawWith({ policy: { rules, windows } }).wallets;
  return wallet === undefined ? undefined : longestWindow(wallet.policy);
};

table<readonly (typeof HOUR)[], 'ms', number | undefined>('windows: how much further a read goes back', longest, [
  ['Without windows: not at all.', [], 'ms', 0],
  ['By the longest of them.', [HOUR, DAY], 'ms', 86_400_000],
]);
