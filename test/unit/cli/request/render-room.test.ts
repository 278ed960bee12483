import { Interface } from 'ethers';
import { describe, expect, test } from 'vitest';
import { run as show } from '#cli/commands/show.ts';
import { type Roomed, roomJson, roomLines } from '#cli/request/render-room.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseLaw, walletNamed } from '#schemas/config.ts';
import { BOB, lawJson, requestOf, stageOf } from '#test/support/cli/people.ts';

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const transfer = new Interface(['function transfer(address to, uint256 amount)']).encodeFunctionData('transfer', [
  BOB,
  2_500_000n,
]);
const PAYMENT = { to: USDC, value: '0', data: transfer };

const withWindows = (): Record<string, unknown> => {
  const { chains, wallets } = lawJson() as { chains: object[]; wallets: object[] };
  const caps = [{ chainId: '31337', token: 'USDC', maxUnits: '5000000' }];
  return {
    chains: chains.map((one) => ({ ...one, tokens: [{ address: USDC, symbol: 'USDC', decimals: 6 }] })),
    wallets: wallets.map((one) => ({
      ...one,
      policy: {
        rules: [{ name: 'any', effect: 'allow', destinations: ['*'], tokens: caps }],
        windows: [
          { name: 'usdc-daily', seconds: 86_400, chainId: '31337', token: 'USDC', maxUnits: '5000000' },
          { name: 'ether-daily', seconds: 86_400, maxWei: '3000000000000000000' },
        ],
      },
    })),
  };
};

const roomed = (over: Record<string, string>, rooms?: Roomed['rooms']): Roomed => {
  const { law } = parseLaw(lawJson(withWindows()));
  const wallet = walletNamed(law, 'treasury');
  if (wallet === undefined) throw new Error('no wallet');
  return { request: requestOf(over), wallet, law, ...(rooms === undefined ? {} : { rooms }) };
};

/** 40 gwei for 65,000 gas is 0.0026 ether. */
const CALL = { ...PAYMENT, gasLimit: '65000' };

describe('the room that is left', () => {
  test('is told of each window that the request takes something of', () => {
    const known = {
      kind: 'known',
      at: 0,
      sealed: false,
      rooms: new Map([
        ['usdc-daily', { used: 4_000_000n, together: 6_500_000n, most: 5_000_000n }],
        ['ether-daily', { used: 10n ** 18n, together: 10n ** 18n + 2_600_000_000_000_000n, most: 3n * 10n ** 18n }],
      ]),
    } as const;
    expect(roomLines(roomed(CALL, known))).toEqual([
      'window usdc-daily: takes 2.5 USDC of 5 USDC in any 1 d; 1 USDC is left: it would have to wait',
      'window ether-daily: takes 0.0026 ETH of 3 ETH in any 1 d; 2 ETH is left',
    ]);
    expect(roomJson(roomed(CALL, known))).toEqual([
      { window: 'usdc-daily', amount: '2500000', most: '5000000', left: '1000000' },
      { window: 'ether-daily', amount: '2600000000000000', most: '3000000000000000000', left: '2000000000000000000' },
    ]);
  });

  test('is never told as room where it is not known', () => {
    const unknown = { kind: 'unknown', why: 'you may not read the register' } as const;
    expect(roomLines(roomed(CALL, unknown))[0]).toBe(
      'window usdc-daily: takes 2.5 USDC of 5 USDC in any 1 d; what is left is not known (you may not read the register)',
    );
    expect(roomJson(roomed(CALL, unknown)).map(({ left }) => left)).toEqual([null, null]);
    expect(roomLines(roomed(CALL))).toEqual([]);
  });

  test('leaves out windows of what the request does not touch', () => {
    const known = { kind: 'known', at: 0, sealed: false, rooms: new Map() } as const;
    expect(roomLines(roomed({}, known)).map((line) => String(line).split(':')[0])).toEqual(['window ether-daily']);
  });
});

test.each([
  ['an empty register', undefined, /usdc-daily: takes 2\.5 USDC of 5 USDC in any 1 d; 5 USDC is left/],
  [
    'no right to read it',
    'PERMISSION_DENIED',
    /usdc-daily: .*what is left is not known \(you may not read the register\)/,
  ],
] as const)('show tells it, of %s', async (_, code, words) => {
  const stage = stageOf({ me: 'alice', law: withWindows() });
  const id = stage.accept(requestOf(CALL));
  if (code !== undefined) {
    const list = stage.storage.list.bind(stage.storage);
    stage.storage.list = async (bucket, ...rest) => {
      if (bucket === 'lab-register') throw new KeyturnError(code, 'storage: list');
      return list(bucket, ...rest);
    };
  }
  expect(await show(stage.session, id)).toBe(0);
  expect(stage.stdout.text.replaceAll(/\s+/g, ' ')).toMatch(words);
});
