import { describe, expect, test } from 'vitest';
import { quorumChain, type RpcNode } from '#adapters/chain/chain.ts';
import type { ChainClient } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** One url that hangs must cost its deadline once, not at every read. No time passes here: a hanging call is late when the test says so. */
const HASH = `0x${'1'.repeat(64)}`;
const ADDRESS = `0x${'2'.repeat(40)}`;
const ANSWERS: Readonly<Record<string, unknown>> = {
  eth_sendRawTransaction: HASH,
  eth_getTransactionReceipt: {
    transactionHash: HASH,
    blockNumber: '0x5',
    blockHash: HASH,
    status: '0x1',
    gasUsed: '0x1',
    effectiveGasPrice: '0x1',
  },
  eth_getBlockByNumber: { number: '0x5', hash: HASH, timestamp: '0x1', transactions: [] },
};
/** No node has the transaction yet: a send is a question and the bytes. */
const answerTo = (method: string): unknown =>
  method === 'eth_getTransactionByHash' ? null : (ANSWERS[method] ?? '0x5');

interface Scripted extends RpcNode {
  asked: number;
  /** Ends every call that waits: late, or with its answer after all. */
  late(): void;
  answer(): void;
}

const hanging = (): Scripted => {
  const waiting: { readonly late: () => void; readonly answer: () => void }[] = [];
  return {
    asked: 0,
    ask(method, _params, schema) {
      this.asked += 1;
      return new Promise((resolve, reject) =>
        waiting.push({
          late: () => reject(new KeyturnError('DEADLINE', 'no answer in time')),
          answer: () => resolve(schema.parse(answerTo(method))),
        }),
      );
    },
    late: () => {
      for (const one of waiting.splice(0)) one.late();
    },
    answer: () => {
      for (const one of waiting.splice(0)) one.answer();
    },
  };
};
const prompt = (answers: (method: string) => unknown = answerTo): RpcNode => ({
  ask: async (method, _params, schema) => schema.parse(answers(method)),
});
const over = (need: number, ...nodes: RpcNode[]): ChainClient => quorumChain('1', async () => nodes, need);

/** Whatever needs no further event happens within a few turns of the loop. */
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let ended = false;
  const end = () => {
    ended = true;
  };
  promise.then(end, end);
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve));
  return ended;
};

const READS: readonly (readonly [string, (chain: ChainClient) => Promise<unknown>])[] = [
  ['count latest', (chain) => chain.count(ADDRESS, 'latest')],
  ['count claimed', (chain) => chain.count(ADDRESS, 'claimed')],
  ['balance', (chain) => chain.balance(ADDRESS)],
  ['report', (chain) => chain.report(ADDRESS, undefined, () => {})],
  ['minedAt', (chain) => chain.minedAt(ADDRESS, 9n)],
  ['minedIn', (chain) => chain.minedIn(5n, ADDRESS, 9n)],
  ['block latest', (chain) => chain.block('latest')],
  ['send', (chain) => chain.send('0x01')],
];

describe.each(READS)('a url that hangs, and %s', (_what, read) => {
  test.each([1, 2])('is waited for once where %i must agree, and asked again all the same', async (need) => {
    const hangs = hanging();
    const chain = over(need, prompt(), hangs);
    const first = read(chain);
    const waits = !(await settled(first));
    hangs.late();
    await first;
    // The newest block of a trusted chain is the first url's: nobody asked the other one.
    expect(waits).toBe(hangs.asked > 0);
    const before = hangs.asked;
    expect(await settled(read(chain))).toBe(true);
    expect(hangs.asked).toBe(before === 0 ? 0 : before + 1);
  });
});

describe('what one call found out, the next knows', () => {
  test.each(READS)('a send that was late, then %s, then a send', async (_what, read) => {
    const hangs = hanging();
    const chain = over(2, prompt(), hangs);
    const sent = chain.send('0x01');
    await settled(sent);
    hangs.late();
    await sent;
    const next = read(chain);
    expect(await settled(next)).toBe(true);
    // Late once more, while nobody waits.
    hangs.late();
    await settled(next);
    expect(await settled(chain.send('0x01'))).toBe(true);
  });

  test('once it answers again, it is waited for again', async () => {
    const hangs = hanging();
    const chain = over(1, prompt(), hangs);
    const first = chain.balance(ADDRESS);
    await settled(first);
    hangs.late();
    await first;
    const second = chain.balance(ADDRESS);
    expect(await settled(second)).toBe(true);
    hangs.answer();
    await settled(second);
    const third = chain.balance(ADDRESS);
    expect(await settled(third)).toBe(false);
    hangs.answer();
    expect(await third).toBe(5n);
  });
});

describe('where urls must agree', () => {
  const lateOne = async (...others: RpcNode[]): Promise<{ readonly hangs: Scripted; readonly chain: ChainClient }> => {
    const hangs = hanging();
    const chain = over(2, hangs, ...others);
    const balance = chain.balance(ADDRESS);
    await settled(balance);
    hangs.late();
    await balance;
    return { hangs, chain };
  };
  const finals: readonly (readonly [string, (chain: ChainClient) => Promise<unknown>])[] = [
    ['a receipt', (chain) => chain.receipt(HASH)],
    ['a block', (chain) => chain.block(5n)],
    ['the final block', (chain) => chain.block('finalized')],
    ['the final count', (chain) => chain.count(ADDRESS, 'finalized')],
  ];

  test.each(finals)('%s that the others agree about is not waited for', async (_what, read) => {
    const { chain } = await lateOne(prompt(), prompt());
    const asked = read(chain);
    expect(await settled(asked)).toBe(true);
    expect(await asked).toBeDefined();
  });

  test.each(finals)('%s that it takes the late one for is waited for, and told', async (_what, read) => {
    const { chain, hangs } = await lateOne(prompt());
    const asked = read(chain);
    expect(await settled(asked)).toBe(false);
    hangs.answer();
    expect(await asked).toBeDefined();
  });

  test('a receipt about which the others disagree waits for the late one too', async () => {
    const behind = prompt((method) => (method === 'eth_getTransactionReceipt' ? null : answerTo(method)));
    const { chain, hangs } = await lateOne(prompt(), behind);
    const asked = chain.receipt(HASH);
    expect(await settled(asked)).toBe(false);
    hangs.answer();
    expect(await asked).toMatchObject({ success: true });
  });

  test('the newest block, which fees are read from, is none rather than waited for', async () => {
    const { chain } = await lateOne(prompt());
    const asked = chain.block('latest');
    expect(await settled(asked)).toBe(true);
    expect(await asked).toBeUndefined();
  });
});

describe('on a trusted chain, where the first answer counts', () => {
  const receiptLess = (method: string): unknown => (method === 'eth_getTransactionReceipt' ? null : answerTo(method));

  test('a first url that hangs goes last from then on', async () => {
    const hangs = hanging();
    const chain = over(1, hangs, prompt());
    const first = chain.receipt(HASH);
    expect(await settled(first)).toBe(false);
    hangs.late();
    expect(await first).toMatchObject({ success: true });
    expect(await settled(chain.block('latest'))).toBe(true);
    expect(await settled(chain.receipt(HASH))).toBe(true);
  });

  test('a second url that hangs is not waited for where the first has nothing, and asked all the same', async () => {
    const hangs = hanging();
    const chain = over(1, prompt(receiptLess), hangs);
    const first = chain.receipt(HASH);
    expect(await settled(first)).toBe(false);
    hangs.late();
    expect(await first).toBeUndefined();
    const second = chain.receipt(HASH);
    expect(await settled(second)).toBe(true);
    expect(await second).toBeUndefined();
    // It answers again: from now on it is waited for, and may have more.
    hangs.answer();
    await settled(second);
    const third = chain.receipt(HASH);
    expect(await settled(third)).toBe(false);
    hangs.answer();
    expect(await third).toMatchObject({ success: true });
  });
});
