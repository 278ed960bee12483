import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Interface, toBeHex, zeroPadValue } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LAB_TOKEN } from '#local/lab/config.ts';
import { TOKEN_CODE } from '#test/support/nodes/tokens.ts';
import type { Ran } from '../support/cli.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { commandLine } from '../support/operators.ts';
import { paid } from '../support/payments.ts';
import { draft, ETHER, payee } from '../support/requests.ts';
import { rpc } from '../support/rpc.ts';
import { oneStory } from '../support/story.ts';

/** A month of a wallet on a real node, by the built code. What it must come to is read from the node by plain JSON-RPC. */
const COIN = new Interface(['function transfer(address to, uint256 amount) returns (bool)']);
const transfer = (to: string, amount: bigint): string => COIN.encodeFunctionData('transfer', [to, amount]);
const [SHOP, LATER] = [payee(970), payee(971)];
const TOKENS = 1_000_000n;

let test: TestLab;
let cli: (...args: readonly string[]) => Promise<Ran>;
let wallet = '';
let friend = '';
const quantity = z.string().transform(BigInt);
const node = <T>(method: string, params: readonly unknown[], schema: z.ZodType<T>) =>
  rpc(test.lab.chain.url, method, params, schema);
const set = (method: string, ...params: readonly unknown[]) => node(method, params, z.unknown());
const hex = (n: bigint): string => `0x${n.toString(16)}`;

/** Sends from an account that the node holds, and waits for its block. */
const send = async (transaction: object): Promise<void> => {
  const hash = await node('eth_sendTransaction', [transaction], z.string());
  await test.until('its block', async () => {
    const found = await node('eth_getTransactionByHash', [hash], z.object({ blockNumber: z.string().nullable() }));
    return found.blockNumber !== null;
  });
};
/** Until what is mined now is final. */
const final = async (): Promise<void> => {
  const now = await node('eth_blockNumber', [], quantity);
  const block = z.object({ number: quantity });
  await test.until(
    'finality',
    async () => (await node('eth_getBlockByNumber', ['finalized', false], block)).number >= now,
  );
};

beforeAll(async () => {
  test = await startTestLab();
  cli = commandLine(test);
  wallet = test.lab.wallet.address;
  friend = (await node('eth_accounts', [], z.array(z.string())))[0] ?? '';
  await set('anvil_setCode', LAB_TOKEN, TOKEN_CODE);
  for (const owner of [wallet, friend])
    await set('anvil_setStorageAt', LAB_TOKEN, zeroPadValue(owner, 32), toBeHex(TOKENS, 32));
}, 90_000);
afterAll(() => test?.close(), 30_000);
oneStory();

const sum = z.object({ units: z.string().transform(BigInt), amount: z.string() });
const statement = z.object({
  ok: z.boolean(),
  accounts: z.array(
    z.object({
      over: z.boolean(),
      opening: z.object({ number: quantity }),
      closing: z.object({ number: quantity }),
      counted: z.boolean(),
      assets: z.array(
        z.object({
          symbol: z.string(),
          ...{ opening: sum, came: sum, computed: sum, left: sum, fees: sum, unexplained: sum, closing: sum },
        }),
      ),
      breaks: z.array(z.looseObject({ code: z.string() })),
      rows: z.array(
        z.looseObject({
          ...{ kind: z.string(), direction: z.string(), origin: z.string(), reference: z.string() },
          ...{ units: quantity, counterparty: z.string(), asset: z.object({ symbol: z.string() }) },
        }),
      ),
    }),
  ),
  verified: z
    .object({
      rows: z.number(),
      changed: z.array(z.object({ columns: z.array(z.string()) })),
      missing: z.array(z.string()),
      extra: z.array(z.object({ id: z.string() })),
    })
    .nullable(),
});
const month = async (): Promise<string> => {
  const block = await node('eth_getBlockByNumber', ['0x0', false], z.object({ timestamp: quantity }));
  return new Date(Number(block.timestamp) * 1000).toISOString().slice(0, 7);
};
const read = async (...args: readonly string[]) => {
  const { json, code } = await cli('statement', '--month', await month(), ...args);
  const told = statement.parse(json);
  const [account] = told.accounts;
  if (account === undefined) throw new Error('no account');
  return { ...told, account, code };
};

/** What the node says of both ends, and that the lines add up to it. */
const checkSums = async ({ account }: Awaited<ReturnType<typeof read>>): Promise<void> => {
  const { opening, closing, assets } = account;
  const balance = (at: bigint) => node('eth_getBalance', [wallet, hex(at)], quantity);
  const [ether, token] = assets;
  expect([ether?.opening.units, ether?.closing.units]).toEqual([
    await balance(opening.number),
    await balance(closing.number),
  ]);
  const slot = [LAB_TOKEN, zeroPadValue(wallet, 32), hex(closing.number)];
  expect(token?.closing.units).toBe(await node('eth_getStorageAt', slot, quantity));
  for (const line of assets) {
    const gain = line.came.units + line.computed.units - line.left.units - line.fees.units - line.unexplained.units;
    expect(line.opening.units + gain).toBe(line.closing.units);
  }
};

describe('a month in which all was asked for', () => {
  it('has a row for each transfer and each fee, and its books close', async () => {
    await paid(test, [draft({ to: SHOP, value: `${ETHER / 4n}`, reference: 'rent' })]);
    await paid(test, [
      draft({ to: LAB_TOKEN, value: '0', gasLimit: '150000', data: transfer(SHOP, 400n), reference: 'tokens' }),
    ]);
    const tooMuch = draft({ to: LAB_TOKEN, value: '0', gasLimit: '150000', data: transfer(SHOP, 2n * TOKENS) });
    const reverted = await test.ask({ ...tooMuch, reference: 'too-much' });
    await test.approve('alice', reverted);
    await test.approve('bob', reverted);
    expect(await test.outcome(reverted)).toMatchObject({ outcome: 'reverted' });
    await send({ from: friend, to: wallet, value: hex(3n * ETHER) });
    await send({ from: friend, to: LAB_TOKEN, data: transfer(wallet, 77n) });
    await final();

    const told = await read();
    const { account, code, ok } = told;
    expect({ code, ok, over: account.over, counted: account.counted, breaks: account.breaks }).toEqual({
      ...{ code: 0, ok: true, over: false, counted: true, breaks: [] },
    });
    const rows = account.rows.filter(({ kind }) => kind !== 'computed');
    expect(
      rows.map((row) => [row.kind, row.direction, row.origin, row.asset.symbol, row.reference].join(' ').trim()).sort(),
    ).toEqual(
      [
        ...['rent', 'tokens', 'too-much'].map((reference) => `fee out request ETH ${reference}`),
        ...['transfer out request ETH rent', 'transfer out request TEST tokens', 'transfer in outside TEST'],
      ].sort(),
    );
    expect(rows.filter(({ kind }) => kind === 'transfer').map(({ units }) => units)).toEqual([ETHER / 4n, 400n, 77n]);
    await checkSums(told);
    // What the node gave by decree and what the friend sent came by no log.
    const computed = account.assets[0]?.computed.units ?? 0n;
    expect(computed % (1000n * ETHER)).toBe(3n * ETHER);
  });
});

describe('a wallet whose key somebody else uses', () => {
  const file = () => join(test.folder, 'month.csv');

  it('has breaks, each named, and exit code 1', async () => {
    await set('anvil_impersonateAccount', wallet);
    await send({ from: wallet, to: LATER, value: hex(2n * ETHER) });
    await send({ from: wallet, to: LAB_TOKEN, data: transfer(LATER, 5n) });
    await final();
    // The month ends, and what follows it is final too.
    await set('evm_increaseTime', 40 * 86_400);
    await final();
    await final();

    const told = await read('--out', file());
    const { account, code, ok } = told;
    expect({ code, ok, over: account.over }).toEqual({ code: 1, ok: false, over: true });
    expect(account.breaks.filter((one) => one.code === 'FOREIGN_TRANSACTION')).toMatchObject([
      { nonce: '3', transactionHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) },
      { nonce: '4' },
    ]);
    const foreign = account.rows.filter(({ origin }) => origin === 'foreign');
    expect(foreign.map(({ kind, asset }) => `${kind} ${asset.symbol}`).sort()).toEqual(
      ['fee ETH', 'fee ETH', 'transfer ETH', 'transfer TEST'].sort(),
    );
    await checkSums(told);
  });

  it('the file is what the chain says, until a row of it is changed, lost or doubled', async () => {
    const same = await read('--verify', file());
    expect([same.code, same.verified]).toEqual([
      0,
      { rows: same.account.rows.length, changed: [], missing: [], extra: [] },
    ]);
    const lines = readFileSync(file(), 'utf8').split('\n');
    const [header = '', first = '', second = '', ...rest] = lines;
    const spoiled = join(test.folder, 'spoiled.csv');
    const cell = header.split(',').indexOf('Reference');
    const cells = second.split(',');
    cells[cell] = 'another';
    writeFileSync(spoiled, [header, cells.join(','), rest[0], ...rest].join('\r\n'));
    const { code, verified } = await read('--verify', spoiled);
    expect({ code, verified }).toMatchObject({
      code: 1,
      verified: {
        changed: [{ columns: ['Reference'] }],
        missing: [first.split(',')[header.split(',').indexOf('Transfer ID')]],
        extra: [{}],
      },
    });
  });

  it('a file that is there is never written over', async () => {
    const { code, json } = await cli('statement', '--month', await month(), '--out', file());
    expect([code, json.code, json.field]).toEqual([2, 'USAGE', 'out']);
  });
});
