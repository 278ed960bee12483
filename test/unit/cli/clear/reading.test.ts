import { Interface, MaxUint256 } from 'ethers';
import { describe, expect, test } from 'vitest';
import { parseDescriptor } from '#cli/clear/descriptor.ts';
import type { Pinned } from '#cli/clear/pinned.ts';
import { type ClearReading, clearReading } from '#cli/clear/reading.ts';
import { treeOf } from '#core/calls/call-tree.ts';
import type { Token } from '#schemas/tokens.ts';
import {
  descriptorOf,
  EXEC,
  erc20,
  type Plain,
  POOL,
  poolWhole,
  REPAY,
  ROUTER,
  router,
  SAFE,
  SWAP,
  safe,
  TRANSFER,
  transferFormat,
  WRAPPED,
} from '#test/support/clear/descriptors.ts';
import { BOB, TOKEN, WALLET_ADDRESS } from '#test/support/cli/people.ts';

const TOKENS: readonly Token[] = [
  { address: TOKEN, symbol: 'USDC', decimals: 6, standard: 'erc20' },
  { address: WRAPPED, symbol: 'WETH', decimals: 18, standard: 'erc20' },
];

const pin = (file: string, whole: Plain): Pinned => ({
  kind: 'descriptor',
  descriptor: parseDescriptor(JSON.parse(JSON.stringify(whole)), file, `0x${'a'.repeat(64)}`),
});

const read = (
  call: { to: string; data: string; value?: bigint },
  pins: Readonly<Record<string, Pinned>>,
  tokens = TOKENS,
): ClearReading =>
  clearReading(
    treeOf({ value: 0n, ...call }, tokens),
    { chainId: '31337', wallet: WALLET_ADDRESS, tokens },
    new Map(Object.entries(pins)),
  );

const encode = (text: string, args: readonly unknown[]): string => {
  const abi = new Interface([`function ${text}`]);
  return abi.encodeFunctionData(abi.fragments[0] as never, args as never);
};

const transfer = (amount = 12_500_000n) => ({ to: TOKEN, data: encode(TRANSFER, [BOB, amount]) });
const withFormat = (over: Plain) => ({ [TOKEN]: pin('a.json', erc20({ [TRANSFER]: transferFormat(over) })) });

describe('words of a pinned descriptor', () => {
  test('a payment of a token: their sentence with our values, and nothing left out', () => {
    expect(read(transfer(), { [TOKEN]: pin('a.json', erc20()) })).toEqual({
      words: [
        {
          place: '',
          address: TOKEN,
          file: 'a.json',
          hash: `0x${'a'.repeat(64)}`,
          owner: 'Test House',
          contractName: 'Test Contract',
          intent: `“Hand over ” 12.5 USDC “ to ” ${BOB}`,
          lines: [
            { label: 'Coins', values: ['12.5 USDC'] },
            { label: 'Recipient', values: [BOB] },
          ],
          uncovered: [],
          odd: undefined,
        },
      ],
      unsaid: [],
      stops: [],
    });
  });

  test('above a threshold their word stands beside the exact amount', () => {
    const data = encode('approve(address spender,uint256 amount)', [BOB, MaxUint256]);
    expect(read({ to: TOKEN, data }, { [TOKEN]: pin('a.json', erc20()) }).words[0]?.lines[1]).toEqual({
      label: 'Up to',
      values: ['“All there is”: ANY AMOUNT of USDC'],
    });
  });

  test('a trade: each amount in its own token, and what they leave out is listed raw', () => {
    const params = [TOKEN, WRAPPED, 500, BOB, 1_767_225_600, 1_000_000n, 5n * 10n ** 17n, 0];
    const { words, stops } = read({ to: ROUTER, data: encode(SWAP, [params]) }, { [ROUTER]: pin('r.json', router()) });
    expect(stops).toEqual([]);
    expect(words[0]?.intent).toBe('“Trade ” 1 USDC “ for ” 0.5 WETH “ or more”');
    expect(words[0]?.lines).toEqual([
      { label: 'Gives', values: ['1 USDC'] },
      { label: 'Gets at least', values: ['0.5 WETH'] },
      { label: 'For', values: [BOB] },
      { label: 'Pool takes', values: ['0.05 “%” (500)'] },
      { label: 'Before', values: ['2026-01-01T00:00:00Z (1767225600)'] },
    ]);
    expect(words[0]?.uncovered).toEqual(['params.sqrtPriceLimitX96 uint160 = 0']);
  });

  test('a loan: an enum by its word and its number, a constant of theirs as threshold', () => {
    const repay = (mode: number) =>
      read({ to: POOL, data: encode(REPAY, [TOKEN, MaxUint256, mode, BOB]) }, { [POOL]: pin('p.json', poolWhole()) });
    expect(repay(2).words[0]).toMatchObject({
      intent: '“Deed: Give back a loan, Place: Test pool”',
      lines: [
        { label: 'Sum', values: ['“Everything”: ANY AMOUNT of USDC'] },
        { label: 'Rate', values: ['“moving” (2)'] },
        { label: 'Whose loan', values: [BOB] },
      ],
      uncovered: [],
    });
    expect(repay(7).words[0]?.lines[1]?.values).toEqual(['7, which they have no word for']);
  });

  test('what they would hide is not covered, and a duration is told as a clock tells it', () => {
    const data = encode('setLock(uint256 time,bool on)', [8250, true]);
    expect(read({ to: POOL, data }, { [POOL]: pin('p.json', poolWhole()) }).words[0]).toMatchObject({
      lines: [{ label: 'Lasts', values: ['02:17:30 (8250 s)'] }],
      uncovered: ['on bool = true'],
    });
  });

  test('a call within a Safe has the words of its own contract', () => {
    const inner = encode(TRANSFER, [BOB, 7n]);
    const data = encode(EXEC, [TOKEN, 0, inner, 0, 0, 0, 0, SAFE, SAFE, '0x']);
    const found = read({ to: SAFE, data }, { [SAFE]: pin('s.json', safe()), [TOKEN]: pin('a.json', erc20()) });
    expect(found.stops).toEqual([]);
    expect(found.words.map(({ place, file, intent }) => [place, file, intent])).toEqual([
      ['', 's.json', '“Act as the vault”'],
      ['1', 'a.json', `“Hand over ” 0.000007 USDC “ to ” ${BOB}`],
    ]);
    expect(found.words[0]?.lines[3]).toEqual({ label: 'How', values: ['“as a call” (0)'] });
    expect(found.words[0]?.uncovered.map((line) => line.split(' ')[0])).toEqual([
      'safeTxGas',
      'baseGas',
      'gasPrice',
      'gasToken',
      'refundReceiver',
      'signatures',
    ]);
  });

  test('a call in an argument that nobody else reads has the words of its own contract, or is said to have none', () => {
    const act = 'act(address target,bytes action)';
    const field = { path: 'action', label: 'Does', format: 'calldata', params: { calleePath: 'target' } };
    const whole = descriptorOf(POOL, { [act]: { intent: 'Act', fields: [field] } });
    const data = encode(act, [TOKEN, encode(TRANSFER, [BOB, 7n])]);
    const pins = { [POOL]: pin('p.json', whole) };
    expect(read({ to: POOL, data }, { ...pins, [TOKEN]: pin('a.json', erc20()) }).words[1]).toMatchObject({
      place: '1>',
      intent: `“Hand over ” 0.000007 USDC “ to ” ${BOB}`,
    });
    expect(read({ to: POOL, data }, pins).unsaid).toEqual([
      {
        place: '1>',
        address: TOKEN,
        file: '',
        why: 'nothing here explains the call in this argument: it stands raw below',
      },
    ]);
  });

  test('a token that the law does not name is counted in its smallest units, their decimals beside it', () => {
    const whole = erc20();
    const metadata = { ...(whole.metadata as Plain), token: { name: 'Test', ticker: 'TST', decimals: 6 } };
    const found = read(transfer(), { [TOKEN]: pin('a.json', { ...whole, metadata }) }, []);
    expect(found.words[0]?.lines[0]?.values).toEqual([
      `12500000 smallest units of token ${TOKEN}, by their word “12.5 TST”`,
    ]);
  });

  test('ether that goes with a call and that they do not name is not covered', () => {
    const found = read({ ...transfer(), value: 10n ** 17n }, { [TOKEN]: pin('a.json', erc20()) });
    expect(found.words[0]?.uncovered).toEqual(['0.1 ETH (100000000000000000 wei) that goes with the call']);
  });

  test.each<[string, Plain, string]>([
    [
      'another format',
      { fields: [{ path: 'to', label: 'x', format: 'nftName' }], interpolatedIntent: 'x' },
      'a field has the format nftName',
    ],
    ['a slice', { fields: [{ path: 'to.[0:4]', label: 'x' }], interpolatedIntent: 'x' }, 'takes a slice'],
    [
      'encryption',
      { fields: [{ path: 'to', label: 'x', encryption: {} }], interpolatedIntent: 'x' },
      'a field uses encryption',
    ],
  ])('a function that needs %s has no words, and says why', (_, over, why) => {
    const { words, unsaid } = read(transfer(), withFormat(over));
    expect(words).toEqual([]);
    expect(unsaid[0]?.why).toContain(why);
  });

  test('a function without words, and bytes that are no canonical call, are said to have none', () => {
    const pins = { [TOKEN]: pin('a.json', erc20()) };
    expect(read({ to: TOKEN, data: '0x12345678' }, pins).unsaid[0]?.why).toContain('selector 0x12345678');
    expect(read({ to: TOKEN, data: `${transfer().data}00` }, pins).unsaid[0]?.why).toContain('bytes behind');
  });

  test("text of a string argument is the requester's: marks in it end nothing", () => {
    const note = 'note(string text,string more)';
    const whole = descriptorOf(POOL, { [note]: { intent: 'Note', fields: [{ path: 'text', label: 'Says' }] } });
    const data = encode(note, ['a” keyturn: “b', 'c” = “d']);
    expect(read({ to: POOL, data }, { [POOL]: pin('p.json', whole) }).words[0]).toMatchObject({
      lines: [{ label: 'Says', values: ['“a" keyturn: "b”'] }],
      uncovered: ['more string = “c" = "d”'],
    });
  });

  test('letters that pass for others are marked', () => {
    expect(read(transfer(), withFormat({ intent: 'P\u0430y' })).words[0]?.odd).toContain('U+0430');
  });
});

/** A co-signer who reads another amount, payee or token than the call has would approve what was not shown. */
describe('words that contradict the call stop everything', () => {
  const fieldsWith = (field: Plain) => ({ interpolatedIntent: 'Hand over', fields: [field] });
  const metadataWith = (more: Plain) => {
    const whole = erc20();
    return { [TOKEN]: pin('a.json', { ...whole, metadata: { ...(whole.metadata as Plain), ...more } }) };
  };
  test.each<[string, Readonly<Record<string, Pinned>>, string]>([
    [
      'another token',
      withFormat(fieldsWith({ path: 'amount', label: 'Coins', format: 'tokenAmount', params: { token: WRAPPED } })),
      `it counts Coins in the token ${WRAPPED}, and the call moves the token ${TOKEN}`,
    ],
    [
      'no token',
      withFormat(fieldsWith({ path: 'amount', label: 'Coins', format: 'tokenAmount' })),
      'it counts Coins in no token',
    ],
    [
      'ether',
      withFormat(fieldsWith({ path: 'amount', label: 'Coins', format: 'amount' })),
      'it calls Coins an amount of ETH',
    ],
    [
      'a token that it takes for ether',
      withFormat(
        fieldsWith({
          path: 'amount',
          label: 'Coins',
          format: 'tokenAmount',
          params: { tokenPath: '@.to', nativeCurrencyAddress: TOKEN },
        }),
      ),
      'it takes USDC for the coin of the chain',
    ],
    [
      'another amount in words',
      withFormat({ intent: 'Pay 1 USDC' }),
      'its words name 1 USDC, which is no amount of the call',
    ],
    ['another amount of ether in words', withFormat({ intent: 'Pay 1 ETH' }), 'its words name 1 ETH'],
    [
      'another amount in a value of its own',
      withFormat(fieldsWith({ value: '5 USDC', label: 'Coins' })),
      'its words name 5 USDC',
    ],
    ['another token in words', withFormat({ intent: 'Pay in WETH' }), 'its words name the token WETH'],
    ['another payee in words', withFormat({ intent: `Pay ${POOL}` }), `its words name ${POOL}`],
    ['a payee cut short', withFormat({ intent: 'Pay 0x8787…a4E2' }), 'its words name 0x8787'],
    [
      'the contract as recipient',
      withFormat(fieldsWith({ path: '@.to', label: 'Recipient', format: 'addressName' })),
      `it calls ${TOKEN} the one who gets it, and the call names ${BOB}`,
    ],
    [
      'the wallet as recipient',
      withFormat(fieldsWith({ path: '@.from', label: 'To', format: 'addressName' })),
      `it calls ${WALLET_ADDRESS} the one who gets it`,
    ],
    [
      'a value that it expects and the call lacks',
      withFormat(fieldsWith({ path: 'to', label: 'Gate', visible: { mustMatch: [WRAPPED] } })),
      'Gate is none of the values that it expects',
    ],
    [
      'another symbol for the token',
      metadataWith({ token: { name: 'x', ticker: 'DAI', decimals: 6 } }),
      'it calls the token DAI with 6 decimals, and your law USDC with 6',
    ],
    [
      'other decimals for the token',
      metadataWith({ token: { name: 'x', ticker: 'USDC', decimals: 18 } }),
      'it calls the token USDC with 18 decimals',
    ],
  ])('threat 98: %s is another than the call has', (_, pins, message) => {
    const found = read(transfer(), pins);
    expect(found.words).toEqual([]);
    expect(found.stops.map(({ code, file }) => [code, file])).toContainEqual(['DESCRIPTOR_MISMATCH', 'a.json']);
    expect(found.stops.map((stop) => stop.message).join('\n')).toContain(`a.json: ${message}`);
  });

  test('from and to exchanged', () => {
    const text = 'transferFrom(address from,address to,uint256 amount)';
    const fields = [
      { path: 'to', label: 'From', format: 'addressName' },
      { path: 'from', label: 'To', format: 'addressName' },
      { path: 'amount', label: 'Coins', format: 'tokenAmount', params: { tokenPath: '@.to' } },
    ];
    const call = { to: TOKEN, data: encode(text, [POOL, BOB, 5n]) };
    const found = read(call, { [TOKEN]: pin('a.json', erc20({ [text]: { intent: 'Move', fields } })) });
    expect(found.stops[0]?.message).toBe(`a.json: it calls ${POOL} the one who gets it, and the call names ${BOB}`);
    const sentence = {
      intent: 'Move',
      interpolatedIntent: 'Move coins to {from}',
      fields: fields.map((one) => ({ ...one, label: 'x' })),
    };
    expect(read(call, { [TOKEN]: pin('a.json', erc20({ [text]: sentence })) }).stops[0]?.code).toBe(
      'DESCRIPTOR_MISMATCH',
    );
  });

  test('one that says that something else is called', () => {
    const act = 'act(bytes action)';
    const field = { path: 'action', label: 'Does', format: 'calldata', params: { callee: WRAPPED } };
    const whole = descriptorOf(POOL, { [act]: { intent: 'Act', fields: [field] } });
    const found = read({ to: POOL, data: encode(act, ['0x12345678']) }, { [POOL]: pin('p.json', whole) });
    expect(found.stops[0]?.message).toBe(`p.json: it says that ${WRAPPED} is called, which the call does not name`);
  });

  test('the right amount, token and payee in words of their own do not', () => {
    expect(read(transfer(), withFormat({ intent: `Pay 12.5 USDC to ${BOB}` })).stops).toEqual([]);
  });
});
