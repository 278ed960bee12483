import { createServer, type IncomingMessage, type Server } from 'node:http';
import { decodeErrorResult, type Hex, parseAbi } from 'viem';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callerOn } from '#adapters/calls/deadline.ts';
import { ChainNode } from '#adapters/chain/node.ts';
import { replay } from '#adapters/chain/search.ts';
import { revertReason } from '#core/transaction/revert.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';

/**
 * Error bodies as nodes send them to eth_call. anvil: recorded from 1.7.1. geth: internal/ethapi (revertError: code 3, data of
 * err.ErrorData()), with the reason by abi.UnpackRevert, which knows panics since 1.13. hardhat: code -32603, data an object.
 */
const WORD = (n: number): string => n.toString(16).padStart(64, '0');
const TEXT = 'not an owner';
const ERROR = `0x08c379a0${WORD(32)}${WORD(TEXT.length)}${Buffer.from(TEXT).toString('hex').padEnd(64, '0')}`;
const PANIC = `0x4e487b71${WORD(0x11)}`;
const CUSTOM = '0x3db2a12a';

const HARDHAT = 'Error: VM Exception while processing transaction: reverted with';
const hardhat = (message: string, data: string) => ({
  code: -32603,
  message,
  data: { message, txHash: `0x${'1'.repeat(64)}`, data },
});

const OVERFLOW = 'panic 17: arithmetic overflow';
const bodies: readonly (readonly [node: string, error: Record<string, unknown>, data: string, words: string])[] = [
  ['geth', { code: 3, message: `execution reverted: ${TEXT}`, data: ERROR }, ERROR, `“${TEXT}”`],
  ['geth', { code: 3, message: 'execution reverted: arithmetic underflow or overflow', data: PANIC }, PANIC, OVERFLOW],
  ['geth before 1.13', { code: 3, message: 'execution reverted', data: PANIC }, PANIC, OVERFLOW],
  ['geth', { code: 3, message: 'execution reverted', data: CUSTOM }, CUSTOM, `custom error ${CUSTOM}`],
  ['geth', { code: 3, message: 'execution reverted', data: '0x' }, '0x', 'without a reason'],
  ['anvil', { code: 3, message: `execution reverted: ${TEXT}`, data: ERROR }, ERROR, `“${TEXT}”`],
  [
    'anvil',
    { code: 3, message: 'execution reverted: panic: arithmetic underflow or overflow (0x11)', data: PANIC },
    PANIC,
    OVERFLOW,
  ],
  [
    'anvil',
    { code: 3, message: `execution reverted: custom error ${CUSTOM}`, data: CUSTOM },
    CUSTOM,
    `custom error ${CUSTOM}`,
  ],
  ['anvil', { code: 3, message: 'execution reverted', data: '0x' }, '0x', 'without a reason'],
  ['hardhat', hardhat(`${HARDHAT} reason string '${TEXT}'`, ERROR), ERROR, `“${TEXT}”`],
  [
    'hardhat',
    hardhat(
      `${HARDHAT} panic code 0x11 (Arithmetic operation underflowed or overflowed outside of an unchecked block)`,
      PANIC,
    ),
    PANIC,
    OVERFLOW,
  ],
  [
    'hardhat',
    hardhat(`${HARDHAT} an unrecognized custom error (return data: ${CUSTOM})`, CUSTOM),
    CUSTOM,
    `custom error ${CUSTOM}`,
  ],
  ['hardhat', hardhat('Error: Transaction reverted without a reason string', '0x'), '0x', 'without a reason'],
  ['Nethermind', { code: -32015, message: 'VM execution error.', data: `Reverted ${ERROR}` }, ERROR, `“${TEXT}”`],
];

const HASH = `0x${'ab'.repeat(32)}`;
const FROM = `0x${'35'.repeat(20)}`;
const MINED = {
  hash: HASH,
  from: FROM,
  to: `0x${'36'.repeat(20)}`,
  value: '0x7',
  input: '0xdeadbeef',
  gas: '0x5208',
  blockNumber: '0x10',
};

const asking = z.object({ id: z.number(), method: z.string(), params: z.array(z.unknown()) });
type Asking = z.infer<typeof asking>;

const bodyOf = async (request: IncomingMessage): Promise<Asking> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  return asking.parse(JSON.parse(Buffer.concat(pieces).toString()));
};

let server: Server | undefined;
let node: ChainNode | undefined;
afterEach(async () => {
  node?.close();
  if (server !== undefined) await closeServer(server);
  server = undefined;
  node = undefined;
});

/** A node that has mined one transaction, and answers its replay with `answer`; what it was asked. */
const nodeWith = async (answer: Record<string, unknown>, mined: unknown = MINED) => {
  const asked: Asking[] = [];
  const answers: Record<string, Record<string, unknown>> = {
    eth_chainId: { result: '0x7a69' },
    eth_blockNumber: { result: '0x11' },
    eth_getTransactionByHash: { result: mined },
    eth_call: answer,
  };
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      asked.push(body);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, ...answers[body.method] }));
    });
  });
  const port = await listen(server);
  node = new ChainNode({ chainId: '31337', place: 1, url: `http://127.0.0.1:${port}` }, callerOn());
  return { node, asked, calls: () => asked.filter(({ method }) => method === 'eth_call') };
};

describe('the data of a reverted transaction, and its words', () => {
  test.each(bodies)('%s: %o', async (_, error, data, words) => {
    const { node: one } = await nodeWith({ error });
    const found = await replay(one, HASH);
    expect([found, revertReason(found)]).toEqual([data, words]);
  });

  test('it is the same call on the state before its block', async () => {
    const { node: one, calls } = await nodeWith({ error: { code: 3, message: 'execution reverted', data: '0x' } });
    await replay(one, HASH);
    const { hash: _, blockNumber: __, input, ...rest } = MINED;
    expect(calls().map(({ params }) => params)).toEqual([[{ ...rest, data: input }, '0xf']]);
  });

  test('a creation has no destination', async () => {
    const error = { code: 3, message: 'execution reverted', data: PANIC };
    const { node: one, calls } = await nodeWith({ error }, { ...MINED, to: null });
    expect(await replay(one, HASH)).toBe(PANIC);
    expect(calls()[0]?.params[0]).not.toHaveProperty('to');
  });
});

describe('where there is no data', () => {
  test('the same call succeeds there: undefined, and no reason is made up', async () => {
    const { node: one } = await nodeWith({ result: '0x' });
    const found = await replay(one, HASH);
    expect([found, revertReason(found)]).toEqual([undefined, 'no reason given']);
  });

  test.each([
    ['anvil, an invalid opcode', { code: -32603, message: 'EVM error InvalidFEOpcode' }],
    ['geth, out of gas', { code: -32000, message: 'out of gas' }],
    [
      'geth, no state of that time',
      { code: -32000, message: 'missing trie node 1a2b (path ) state 0x1a2b is not available' },
    ],
    ['data that is no data', { code: 3, message: 'execution reverted', data: 'not hexadecimal' }],
  ])('%s: RPC_REFUSED, which nobody takes for a revert without a reason', async (_, error) => {
    const { node: one } = await nodeWith({ error });
    await expect(replay(one, HASH)).rejects.toMatchObject({ code: 'RPC_REFUSED' });
  });

  test('hardhat, of no execution: a lost answer, to be asked for again', async () => {
    const { node: one } = await nodeWith({
      error: { code: -32603, message: 'Internal error', data: { message: 'Internal error' } },
    });
    await expect(replay(one, HASH)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test.each([
    ['unknown', null],
    ['pending', { ...MINED, blockNumber: null }],
    ['in the first block, which has no state before it', { ...MINED, blockNumber: '0x0' }],
  ])('a transaction that is %s is not called again', async (_, mined) => {
    const { node: one, calls } = await nodeWith({ result: '0x' }, mined);
    expect(await replay(one, HASH)).toBeUndefined();
    expect(calls()).toEqual([]);
  });
});

describe('a reason whose bytes are no UTF-8 is told as far as it can be read', () => {
  const KINDS = {
    'a byte that starts nothing': '4e6fff21',
    'half a character at the end': '4e6fe282',
    'an encoded surrogate': '4e6feda08021',
  };
  test.each(Object.entries(KINDS))('%s', (_, hex) => {
    const data: Hex = `0x08c379a0${WORD(32)}${WORD(hex.length / 2)}${hex.padEnd(64, '0')}`;
    const { args } = decodeErrorResult({ abi: parseAbi(['error Error(string)']), data });
    expect(args[0]).toMatch(/^No\uFFFD/);
    expect(revertReason(data)).toBe(`“${args[0]}”`);
  });
});
