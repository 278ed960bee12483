import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Interface } from 'ethers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProxyHint } from '#adapters/chain/hints.ts';
import { run as approve } from '#cli/commands/approve.ts';
import { run as reject } from '#cli/commands/reject.ts';
import { run as show } from '#cli/commands/show.ts';
import { run as verify } from '#cli/commands/verify.ts';
import { KINDS } from '#cli/request/told.ts';
import {
  descriptorOf,
  erc20,
  hashOf,
  type Pinboard,
  type Plain,
  pinboard,
  ROUTER,
  router,
  SWAP,
  TRANSFER,
  transferFormat,
  WRAPPED,
} from '#test/support/clear/descriptors.ts';
import {
  BOB,
  type CliHarness,
  lawJson,
  opaqueLaw,
  requestOf,
  shareLine,
  stageOf,
  TOKEN,
} from '#test/support/cli/people.ts';

let board: Pinboard;
beforeEach(() => {
  board = pinboard();
});
afterEach(() => board.close());

const swap = new Interface([`function ${SWAP}`]).encodeFunctionData('exactInputSingle', [
  [TOKEN, WRAPPED, 500, BOB, 1_767_225_600, 1_000_000n, 5n * 10n ** 17n, 0],
]);
const transfer = new Interface([`function ${TRANSFER}`]).encodeFunctionData('transfer', [BOB, 12_500_000n]);

/** Whose rule admits any token. */
const anyToken = (): Record<string, unknown> => ({
  wallets: JSON.parse(JSON.stringify(opaqueLaw().wallets).replaceAll('"opaque":true', '"opaque":true,"tokens":"any"')),
});

const lawWith = (descriptors: readonly object[] | undefined): Record<string, unknown> => ({
  ...anyToken(),
  chains: [
    {
      ...{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true },
      tokens: [
        { address: TOKEN, symbol: 'USDC', decimals: 6 },
        { address: WRAPPED, symbol: 'WETH', decimals: 18 },
      ],
      ...(descriptors === undefined ? {} : { descriptors }),
    },
  ],
});

const pin = (address: string, file: string, whole: Plain) => ({ address, file, hash: hashOf(whole) });

const sceneOf = (descriptors: readonly object[] | undefined, options: Parameters<typeof stageOf>[0] = {}) => {
  const stage = stageOf({ law: lawWith(descriptors), ...options });
  const session = { ...stage.session, deployment: { ...stage.session.deployment, lawFile: board.lawFile } };
  return { ...stage, session };
};
type Scene = ReturnType<typeof sceneOf>;

const trade = (stage: Pick<CliHarness, 'accept'>) =>
  stage.accept(requestOf({ to: ROUTER, value: '0', data: swap, gasLimit: '200000' }));
const payment = (stage: Pick<CliHarness, 'accept'>) =>
  stage.accept(requestOf({ to: TOKEN, value: '0', data: transfer, gasLimit: '100000' }));

interface Shown {
  readonly ok: boolean;
  readonly lines: readonly { kind: string; label: string; text: string; tone: string; source: string }[];
  readonly stops: readonly { code: string; file: string; message: string }[];
  readonly warnings: readonly string[];
}
const shownOf = (stage: Scene): Shown => stage.json() as Shown;
const linesOf = ({ lines }: Shown, kind: string) => lines.filter((line) => line.kind === kind).map(({ text }) => text);

describe('show', () => {
  test('tells a trade in the order in which people should read, and prints what it gives as data', async () => {
    board.write('router.json', router());
    const pins = [pin(ROUTER, 'router.json', router())];
    const data = sceneOf(pins, { json: true });
    expect(await show(data.session, trade(data))).toBe(0);
    const shown = shownOf(data);
    const kinds = shown.lines.map(({ kind }) => KINDS.indexOf(kind as (typeof KINDS)[number]));
    expect(kinds).toEqual(kinds.toSorted((a, b) => a - b));
    expect(linesOf(shown, 'leaves')).toEqual(['what a call moves that nobody decodes is not known']);
    expect(linesOf(shown, 'call')).toEqual([
      ROUTER,
      'exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160)), as router.json names it, which your law pins',
      expect.stringContaining('params (address,address,uint24,address,uint256,uint256,uint256,uint160) = ["0x5FbDB'),
    ]);
    expect(linesOf(shown, 'descriptor')).toEqual([
      '“Trade ” 1 USDC “ for ” 0.5 WETH “ or more”',
      'words of router.json, pinned by your law, for “Test Contract” of “Test House”',
      '“Gives”: 1 USDC',
      '“Gets at least”: 0.5 WETH',
      `“For”: ${BOB}`,
      '“Pool takes”: 0.05 “%” (500)',
      '“Before”: 2026-01-01T00:00:00Z (1767225600)',
      'NOT IN THEIR WORDS: params.sqrtPriceLimitX96 uint160 = 0',
    ]);
    expect(shown.lines.filter(({ kind }) => kind === 'descriptor').every(({ source }) => source === 'descriptor')).toBe(
      true,
    );
    expect(shown.warnings).toContain('the words of router.json leave out 1 part of the call: read them in our lines');

    const words = sceneOf(pins);
    await show(words.session, trade(words));
    const printed = words.stdout.text.replace(/\s+/g, ' ');
    let at = 0;
    for (const { text } of shown.lines) {
      const found = printed.indexOf(text.replace(/\s+/g, ' '), at);
      expect(found, text).toBeGreaterThanOrEqual(at);
      at = found;
    }
  });

  test('tells what leaves in each token, and who gets it, by our own decoding', async () => {
    const stage = sceneOf(undefined, { json: true });
    await show(stage.session, payment(stage));
    const shown = shownOf(stage);
    expect(linesOf(shown, 'intent')[0]).toContain(`PAY 12.5 USDC to ${BOB}`);
    expect(linesOf(shown, 'leaves')).toEqual(['12.5 USDC']);
    expect(linesOf(shown, 'call')).toEqual([
      `${TOKEN} (token USDC)`,
      'transfer(address,uint256), as keyturn knows it',
      `to address = ${BOB}`,
      'amount uint256 = 12500000',
    ]);
    expect(linesOf(shown, 'descriptor')).toEqual([]);
  });

  test.each<[ProxyHint, string | undefined]>([
    [
      { kind: 'implementation', implementation: WRAPPED },
      `a proxy (EIP-1967): runs the code of ${WRAPPED} (token WETH) now`,
    ],
    [
      { kind: 'beacon', beacon: BOB, implementation: undefined },
      `runs the code that beacon ${BOB} names, now not known`,
    ],
    [{ kind: 'unknown' }, 'whether it is a proxy could not be seen'],
    [{ kind: 'none' }, undefined],
  ])('says whose code the destination runs: %j', async (proxy, words) => {
    const stage = sceneOf(undefined, { json: true, destination: 'contract', proxy });
    await show(stage.session, payment(stage));
    const told = shownOf(stage).lines.filter(({ label }) => label === 'destination');
    expect(told[1]?.text).toEqual(words === undefined ? undefined : expect.stringContaining(words));
  });

  test('warns of the critical first', async () => {
    const stage = sceneOf([pin(TOKEN, 'gone.json', erc20())], { json: true });
    await show(stage.session, payment(stage));
    const [first] = shownOf(stage).lines.filter(({ kind }) => kind === 'warning');
    expect(first).toMatchObject({ tone: 'danger', text: expect.stringContaining('(DESCRIPTOR_MISSING)') });
  });
});

/** Whoever can change a file beside a law must not change what is approved. */
describe('a descriptor that stops', () => {
  const other = erc20({ [TRANSFER]: transferFormat({ intent: 'Pay 1 USDC' }) });
  const cases: readonly [string, string, () => readonly object[]][] = [
    ['is missing', 'DESCRIPTOR_MISSING', () => [pin(TOKEN, 'a.json', erc20())]],
    [
      'was changed',
      'DESCRIPTOR_HASH',
      () => {
        board.write('a.json', other);
        return [pin(TOKEN, 'a.json', erc20())];
      },
    ],
    [
      'is no descriptor',
      'DESCRIPTOR_INVALID',
      () => {
        board.write('a.json', { a: 1 });
        return [pin(TOKEN, 'a.json', { a: 1 })];
      },
    ],
    [
      'contradicts the call',
      'DESCRIPTOR_MISMATCH',
      () => {
        board.write('a.json', other);
        return [pin(TOKEN, 'a.json', other)];
      },
    ],
  ];

  test.each(cases)(
    'since it %s: our own lines stand, theirs do not, and nobody is told to approve',
    async (_, code, pins) => {
      const stage = sceneOf(pins(), { json: true });
      expect(await show(stage.session, payment(stage))).toBe(1);
      const shown = stage.json() as Shown & { next: string | null };
      expect(shown).toMatchObject({ ok: false, next: null, stops: [{ code, file: 'a.json' }] });
      expect(linesOf(shown, 'intent')[0]).toContain(`PAY 12.5 USDC to ${BOB}`);
      expect(linesOf(shown, 'descriptor')).toEqual([]);
      expect(shown.warnings[0]).toMatch(new RegExp(`^DO NOT APPROVE: a.json.*\\(${code}\\)$`));
    },
  );

  test.each(cases)(
    'threat 98: since it %s: approve uploads nothing, also with --yes, and reject works',
    async (_, code, pins) => {
      const stage = sceneOf(pins(), { stdin: shareLine(1) });
      const id = payment(stage);
      await expect(approve(stage.session, id, { share: '-', yes: true })).rejects.toMatchObject({
        code,
        field: 'a.json',
      });
      await expect(approve(stage.session, id, { share: '-', manual: true })).rejects.toMatchObject({ code });
      expect(stage.encrypted).toEqual([]);
      expect(await reject(stage.session, id, { yes: true })).toBe(0);
    },
  );

  test('stops no request that calls another contract', async () => {
    const stage = sceneOf([pin(ROUTER, 'gone.json', router())]);
    expect(await show(stage.session, payment(stage))).toBe(0);
  });
});

test('approve shows the words, and uploads', async () => {
  board.write('a.json', erc20());
  const stage = sceneOf([pin(TOKEN, 'a.json', erc20())], { stdin: shareLine(1) });
  expect(await approve(stage.session, payment(stage), { share: '-', yes: true })).toBe(0);
  expect(stage.stdout.text).toContain(`“Hand over ” 12.5 USDC “ to ” ${BOB}`);
});

test('verify reads the folder beside the law that it is given', async () => {
  const whole = erc20({ [TRANSFER]: transferFormat({ intent: 'Pay in WETH' }) });
  const root = join(board.folder, '..');
  const law = lawJson(lawWith([pin(TOKEN, 'a.json', whole)]));
  writeFileSync(join(root, 'law.json'), JSON.stringify(law));
  writeFileSync(
    join(root, 'request.json'),
    JSON.stringify(requestOf({ to: TOKEN, value: '0', data: transfer, gasLimit: '100000' })),
  );
  board.write('a.json', whole);
  const stage = sceneOf(undefined, { json: true });
  const cli = { out: stage.session.out, clock: stage.session.clock, folder: root };
  expect(await verify(cli, 'request.json', { law: 'law.json' })).toBe(1);
  expect(shownOf(stage)).toMatchObject({
    ok: false,
    stops: [{ code: 'DESCRIPTOR_MISMATCH', message: 'a.json: its words name the token WETH, which the call does not' }],
  });
});

test('a field of theirs that holds a long list is told by its first values and how many are left', async () => {
  const file = descriptorOf(ROUTER, {
    'book(uint8[] parts)': { intent: 'Book', fields: [{ path: 'parts.[]', label: 'Parts', format: 'raw' }] },
  });
  board.write('book.json', file);
  const stage = sceneOf([pin(ROUTER, 'book.json', file)], { json: true });
  const data = new Interface(['function book(uint8[] parts)']).encodeFunctionData('book', [Array(40).fill(7)]);
  await show(stage.session, stage.accept(requestOf({ to: ROUTER, value: '0', data, gasLimit: '100000' })));
  expect(linesOf(shownOf(stage), 'descriptor')).toContain(
    `“Parts”: ${Array(16).fill('7').join(', ')} and 24 more, all in the data below`,
  );
});

describe('--abi', () => {
  const data = new Interface(['function book(address whom, string note, uint8[] parts)']).encodeFunctionData('book', [
    BOB,
    'hi',
    [1, 2],
  ]);
  const abi = [
    { type: 'event', name: 'Booked', inputs: [] },
    {
      type: 'function',
      name: 'book',
      inputs: [
        { name: 'whom', type: 'address' },
        { name: 'note', type: 'string' },
        { name: 'parts', type: 'uint8[]' },
      ],
    },
  ];
  const withAbi = async (content: unknown, called = data) => {
    const file = join(board.folder, 'abi.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    const stage = sceneOf(undefined, { json: true });
    const id = stage.accept(requestOf({ to: ROUTER, value: '0', data: called, gasLimit: '100000' }));
    await show(stage.session, id, { abi: file });
    return shownOf(stage);
  };

  test.each([
    ['a list', abi],
    ['an artifact', { contractName: 'Book', abi }],
  ])('names the function and its arguments from %s, as the word of that file', async (_, content) => {
    const shown = await withAbi(content);
    expect(linesOf(shown, 'call')).toEqual([
      ROUTER,
      'book(address,string,uint8[]), as abi.json names it, which your law does not know',
      `whom address = ${BOB}`,
      'note string = “hi”',
      'parts uint8[] = ["1","2"]',
    ]);
    expect(shown.lines.find(({ kind }) => kind === 'call')?.source).toBe('abi');
    expect(shown.warnings).toContain('the names of the call come from the file of --abi, for which nobody vouches');
  });

  test('a long text of the requester is cut, and its end is marked', async () => {
    const note = `${'a'.repeat(259)}”, and 5 more`;
    const long = new Interface(['function book(address whom, string note, uint8[] parts)']).encodeFunctionData('book', [
      ...[BOB, note, []],
    ]);
    const shown = await withAbi(abi, long);
    expect(linesOf(shown, 'call')[3]).toBe(
      `note string = “${'a'.repeat(259)}"”… (${note.length} characters, all in the data below)`,
    );
  });

  test('without the function the call stands raw', async () => {
    const shown = await withAbi([{ type: 'function', name: 'other', inputs: [] }]);
    expect(linesOf(shown, 'call')).toEqual([ROUTER, 'nobody names its function: its data stand below, raw']);
    expect(linesOf(shown, 'raw')[0]).toBe(`“${data.slice(0, 10)}”`);
  });

  test.each([
    ['no JSON', 'words'],
    ['no ABI', { a: 1 }],
    [
      'no function',
      [{ type: 'event', name: 'x', inputs: [] }, null, 7, { type: 'function', name: 'x) evil(', inputs: [] }],
    ],
  ])('a file with %s is a mistake of usage', async (_, content) => {
    await expect(withAbi(content)).rejects.toMatchObject({ code: 'USAGE', field: 'abi' });
  });

  test('a file that is not there is named', async () => {
    const stage = sceneOf(undefined);
    await expect(show(stage.session, payment(stage), { abi: '/no/such.json' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      field: 'abi',
    });
  });
});
