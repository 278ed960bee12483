import { id } from 'ethers';
import { describe, expect, test } from 'vitest';
import type { RpcNode } from '#adapters/chain/chain.ts';
import { chainHints, noHints } from '#adapters/chain/hints.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** A node that says what the test lets it say. No time passes here. */
type Answers = Readonly<Record<string, unknown>>;

const nodeThat = (answers: Answers, asked: string[] = []): RpcNode => ({
  ask: async (method, params, schema) => {
    asked.push(`${method} ${JSON.stringify(params)}`);
    const said = answers[method] ?? new KeyturnError('UNAVAILABLE', `${method} is unknown`);
    if (said instanceof Error) throw said;
    const parsed = schema.safeParse(said);
    if (!parsed.success) throw new KeyturnError('UNAVAILABLE', 'an answer of another form');
    return parsed.data;
  },
  revertOf: async () => answers.revert as string | undefined,
});
const hintsOf = (answers: Answers) => chainHints([nodeThat(answers)]);
const call = { from: `0x${'1'.repeat(40)}`, to: `0x${'2'.repeat(40)}`, value: 255n, data: '0x12' };
const reverted = new KeyturnError('RPC_REFUSED', 'rpc: revert', { field: 'revert' });
/** Error("no") */
const NO = `0x08c379a0${'20'.padStart(64, '0')}${'2'.padStart(64, '0')}${'6e6f'.padEnd(64, '0')}`;

describe('tips', () => {
  const history = { reward: [['0x1'], ['0x5'], ['0x3']] };

  test.each<[string, Answers, object]>([
    ['both', { eth_maxPriorityFeePerGas: '0x2', eth_feeHistory: history }, { suggested: 2n, paid: [1n, 5n, 3n] }],
    ['a suggestion alone', { eth_maxPriorityFeePerGas: '0x2' }, { suggested: 2n, paid: [] }],
    ['a history alone', { eth_feeHistory: history }, { suggested: undefined, paid: [1n, 5n, 3n] }],
    ['a history without rewards', { eth_feeHistory: { reward: null } }, { suggested: undefined, paid: [] }],
    ['nothing', {}, { suggested: undefined, paid: [] }],
    ['words', { eth_maxPriorityFeePerGas: 'lots', eth_feeHistory: 'none' }, { suggested: undefined, paid: [] }],
  ])('of a node that tells %s', async (_, answers, tips) => {
    expect(await hintsOf(answers).tips()).toEqual(tips);
  });

  test('the middle of each of the last ten blocks is asked for', async () => {
    const asked: string[] = [];
    await chainHints([nodeThat({ eth_maxPriorityFeePerGas: '0x2', eth_feeHistory: history }, asked)]).tips();
    expect(asked).toContain('eth_feeHistory ["0xa","latest",[50]]');
  });

  test('a second url is asked where the first does not know', async () => {
    const hints = chainHints([nodeThat({}), nodeThat({ eth_maxPriorityFeePerGas: '0x9' })]);
    expect(await hints.tips()).toEqual({ suggested: 9n, paid: [] });
  });

  test('a node of another chain is no hint', async () => {
    const other = new KeyturnError('CONFIG', 'a node of chain 5');
    await expect(hintsOf({ eth_maxPriorityFeePerGas: other, eth_feeHistory: other }).tips()).rejects.toBe(other);
  });
});

describe('an estimate', () => {
  test.each<[string, Answers, object]>([
    ['is gas', { eth_estimateGas: '0x5208' }, { kind: 'gas', gas: 21_000n }],
    ['fails, with the reason', { eth_estimateGas: reverted, revert: NO }, { kind: 'reverts', reason: '“no”' }],
    ['fails without one', { eth_estimateGas: reverted }, { kind: 'reverts', reason: 'no reason given' }],
    [
      'cannot be had',
      { eth_estimateGas: new KeyturnError('RPC_REFUSED', 'busy', { field: 'refused' }) },
      { kind: 'unknown', reason: 'RPC_REFUSED: busy' },
    ],
  ])('%s', async (_, answers, estimate) => {
    expect(await hintsOf(answers).estimate(call)).toEqual(estimate);
  });

  test('is asked for the whole call, and for a creation without destination', async () => {
    const asked: string[] = [];
    const hints = chainHints([nodeThat({ eth_estimateGas: '0x1' }, asked)]);
    await hints.estimate(call);
    await hints.estimate({ ...call, to: null });
    const [from, to] = [call.from, call.to];
    expect(asked).toEqual([
      `eth_estimateGas [{"from":"${from}","to":"${to}","value":"0xff","input":"0x12"}]`,
      `eth_estimateGas [{"from":"${from}","value":"0xff","input":"0x12"}]`,
    ]);
  });
});

describe('a destination', () => {
  const empty = { eth_getCode: '0x', eth_getBalance: '0x0', eth_getTransactionCount: '0x0' };

  test.each<[string, Answers]>([
    ['contract', { eth_getCode: '0x6001' }],
    ['new', empty],
    ['account', { ...empty, eth_getBalance: '0x1' }],
    ['account', { ...empty, eth_getTransactionCount: '0x1' }],
    ['unknown', {}],
    ['unknown', { ...empty, eth_getCode: 'none' }],
  ])('is %s', async (kind, answers) => {
    expect(await hintsOf(answers).destination(call.to)).toBe(kind);
  });
});

describe('forks, by eth_config (EIP-7910)', () => {
  const now = { activationTime: 100, precompiles: { ECREC: '0x01' }, systemContracts: { BEACON_ROOTS: '0x02' } };
  const blobs = { ...now, activationTime: 200 };
  const larger = { ...blobs, precompiles: { ECREC: '0x01', P256VERIFY: '0x0100' } };
  const moved = { ...blobs, systemContracts: { BEACON_ROOTS: '0x03' } };

  test.each<[string, unknown, object | undefined]>([
    ['none to come', { current: now, next: null, last: null }, { since: 100_000, next: undefined }],
    ['one of blobs', { current: now, next: blobs }, { since: 100_000, next: { at: 200_000, blobsOnly: true } }],
    [
      'one more precompile',
      { current: now, next: larger },
      { since: 100_000, next: { at: 200_000, blobsOnly: false } },
    ],
    ['another contract', { current: now, next: moved }, { since: 100_000, next: { at: 200_000, blobsOnly: false } }],
    ['no time', { current: { ...now, activationTime: 'soon' } }, undefined],
    ['no such method', undefined, undefined],
  ])('%s', async (_, answer, hint) => {
    expect(await hintsOf(answer === undefined ? {} : { eth_config: answer }).forks()).toEqual(hint);
  });
});

describe('whose code a contract runs (EIP-1967)', () => {
  const slotOf = (name: string): string => `0x${(BigInt(id(name)) - 1n).toString(16).padStart(64, '0')}`;
  const [IMPLEMENTATION, BEACON] = ['eip1967.proxy.implementation', 'eip1967.proxy.beacon'].map(slotOf);
  const [code, beacon] = ['0x5FbDB2315678afecb367f032d93F642f64180aa3', '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'];
  const wordOf = (address: string): string => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
  const proxyWith = (slots: Readonly<Record<string, string>>, called?: string) => {
    const node: RpcNode = {
      ...nodeThat({}),
      ask: async (method, params, schema) => {
        if (method === 'eth_call') {
          expect(params[0]).toEqual({ to: beacon, input: id('implementation()').slice(0, 10) });
          if (called === undefined) throw new KeyturnError('RPC_REFUSED', 'rpc: revert', { field: 'revert' });
          return schema.parse(called);
        }
        return schema.parse(slots[String(params[1])] ?? '0x0');
      },
    };
    return chainHints([node]).proxy(call.to);
  };

  test.each<[string, Readonly<Record<string, string>>, string | undefined, object]>([
    ['its own', {}, undefined, { kind: 'none' }],
    [
      'that of its implementation',
      { [IMPLEMENTATION ?? '']: wordOf(code) },
      undefined,
      { kind: 'implementation', implementation: code },
    ],
    [
      'that which a beacon names',
      { [BEACON ?? '']: wordOf(beacon) },
      wordOf(code),
      { kind: 'beacon', beacon, implementation: code },
    ],
    [
      'that of a beacon which does not answer',
      { [BEACON ?? '']: wordOf(beacon) },
      undefined,
      { kind: 'beacon', beacon, implementation: undefined },
    ],
    ['its own, where a node tells zeros as nothing', { [IMPLEMENTATION ?? '']: '0x' }, undefined, { kind: 'none' }],
  ])('%s', async (_, slots, called, hint) => {
    expect(await proxyWith(slots, called)).toEqual(hint);
  });

  test('not known where no node answers', async () => {
    expect(await hintsOf({}).proxy(call.to)).toEqual({ kind: 'unknown' });
  });
});

describe('where no url can be had', () => {
  const none = noHints(new KeyturnError('PERMISSION_DENIED', 'secretmanager: access: HTTP 403'));

  test('nothing is suggested, and the reason is told', async () => {
    expect(await none.tips()).toEqual({ suggested: undefined, paid: [] });
    expect(await none.estimate(call)).toEqual({
      kind: 'unknown',
      reason: 'PERMISSION_DENIED: secretmanager: access: HTTP 403',
    });
    expect(await none.destination(call.to)).toBe('unknown');
    expect(await none.proxy(call.to)).toEqual({ kind: 'unknown' });
    expect(await none.forks()).toBeUndefined();
  });
});
