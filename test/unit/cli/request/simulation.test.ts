import { Interface } from 'ethers';
import { describe, expect, test } from 'vitest';
import type { NodeRun, Run } from '#adapters/chain/simulate.ts';
import { approveSeveral } from '#cli/commands/approve-several.ts';
import { run as show } from '#cli/commands/show.ts';
import type { TransactionLog } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { submittedObject } from '#schemas/names.ts';
import {
  BOB,
  type CliHarnessOptions,
  LAB,
  opaqueLaw,
  requestOf,
  stageOf,
  TOKEN,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

const COIN = new Interface([
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Approval(address indexed owner, address indexed spender, uint256 value)',
  'function transfer(address to, uint256 amount)',
  'function approve(address spender, uint256 amount)',
  'error Error(string)',
]);
const TRACER = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';
const CAROL = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';
const HALF = 5n * 10n ** 17n;

const logOf = (name: string, values: readonly unknown[], address: string): TransactionLog => {
  const { topics, data } = COIN.encodeEventLog(name, values);
  return { address, topics, data, index: 0n };
};
const pays = logOf('Transfer', [WALLET_ADDRESS, BOB, HALF], TRACER);
const runOf = (over: Partial<Run> = {}): Run => ({
  success: true,
  revertData: undefined,
  gasUsed: 21_000n,
  logs: [pays],
  funded: true,
  ...over,
});
const ran = (place: number, over: Partial<Run> = {}): NodeRun => ({ place, kind: 'ran', run: runOf(over) });
const untold = (place: number, why: 'no-method' | 'late' | 'refused'): NodeRun => ({ place, kind: 'untold', why });

/** What `show` says that the request would do: its lines, its warnings, and its JSON. */
const shown = async (
  simulations: readonly NodeRun[],
  over: Parameters<typeof requestOf>[0] = {},
  options: CliHarnessOptions = {},
) => {
  const stage = stageOf({ json: true, simulations, ...options });
  await show(stage.session, stage.accept(requestOf(over)));
  const told = stage.json() as {
    lines: { kind: string; text: string; tone: string }[];
    warnings: string[];
    simulation: { kind: string; because: string; outcomes: { differences: object[] }[]; silent: object[] };
  };
  const lines = told.lines.filter(({ kind }) => kind === 'simulation');
  return { texts: lines.map(({ text }) => text), lines, warnings: told.warnings.join('\n'), json: told.simulation };
};
const call = (to: string, name: string, values: readonly unknown[]) => ({
  to,
  value: '0',
  data: COIN.encodeFunctionData(name, values),
  gasLimit: '100000',
});

describe('show says what would happen', () => {
  test('as two nodes say alike', async () => {
    const { texts, json, warnings } = await shown([ran(1), ran(2)]);
    expect(texts).toEqual([
      `leaves: 0.5 ETH to ${BOB}`,
      'gas used: 21000 of at most 21000',
      'as 2 nodes say of the newest block',
    ]);
    expect(warnings).not.toMatch(/simulation|nodes/);
    expect(json).toEqual({
      kind: 'told',
      because: '',
      outcomes: [
        {
          places: [1, 2],
          success: true,
          reason: '',
          funded: true,
          gasUsed: { least: '21000', most: '21000' },
          etherTraced: true,
          complete: true,
          moves: [
            { standard: 'native', address: '', tokenId: '', from: WALLET_ADDRESS, to: BOB, amount: HALF.toString() },
          ],
          allows: [],
          differences: [],
        },
      ],
      silent: [],
    });
  });

  test('as one node says, with why no other does', async () => {
    const { lines } = await shown([untold(1, 'no-method'), ran(2)]);
    expect(lines.at(-1)).toMatchObject({
      text: 'as one node says of the newest block, and no other; url 1 does not offer eth_simulateV1',
      tone: 'caution',
    });
  });

  test('ether that a contract sends on, and what comes back', async () => {
    const logs = [
      pays,
      logOf('Transfer', [BOB, CAROL, 3n * 10n ** 17n], TRACER),
      logOf('Transfer', [BOB, WALLET_ADDRESS, 10n ** 17n], TRACER),
      logOf('Transfer', [CAROL, WALLET_ADDRESS, 7n], TOKEN),
    ];
    expect((await shown([ran(1, { logs }), ran(2, { logs })])).texts).toEqual([
      `leaves: 0.5 ETH to ${BOB}`,
      `comes: 0.1 ETH from ${BOB}`,
      `comes: 7 smallest units of ${TOKEN} from ${CAROL}`,
      `moves: 0.3 ETH from ${BOB} to ${CAROL}`,
      'gas used: 21000 of at most 21000',
      'as 2 nodes say of the newest block',
    ]);
  });

  test('that it fails, with the reason as a contract’s words', async () => {
    const revertData = COIN.encodeErrorResult('Error', ['no\u202e\u001b[2J']);
    const failed = { success: false, revertData, logs: [] };
    const { texts, lines, warnings } = await shown([ran(1, failed), ran(2, failed)]);
    expect(texts[0]).toBe('IT WOULD FAIL, “no??[2J”; its fee is paid all the same');
    expect(lines[0]?.tone).toBe('danger');
    expect(warnings).toContain('a simulation fails, “no??[2J”');
  });

  test('that the wallet is not funded yet', async () => {
    const { texts } = await shown([ran(1, { funded: false })]);
    expect(texts).toContain('the wallet holds too little now: told as if it held what this costs');
  });

  test('gas as far as the nodes differ in it, since they stand at different blocks', async () => {
    const { texts } = await shown([ran(1, { gasUsed: 20_900n }), ran(2)]);
    expect(texts).toContain('gas used: 20900 to 21000 of at most 21000');
  });

  test('what is not as the request says: a payee who gets less', async () => {
    const logs = [logOf('Transfer', [WALLET_ADDRESS, BOB, 90n], TOKEN)];
    const { texts, warnings, json } = await shown([ran(1, { logs })], call(TOKEN, 'transfer', [BOB, 100n]));
    const words = `the payee would get 90 smallest units of ${TOKEN}, and the call says 100 smallest units of ${TOKEN}`;
    expect(texts).toContain(`NOT AS THE REQUEST SAYS: ${words}`);
    expect(warnings).toContain(`a simulation says otherwise than the request: ${words}`);
    expect(json.outcomes[0]?.differences).toEqual([
      { code: 'OTHER_AMOUNT', standard: 'erc20', address: TOKEN, tokenId: '', expected: '100', actual: '90' },
    ]);
  });

  test('what is not as the request says: others may take more than the call allows', async () => {
    const logs = [logOf('Approval', [WALLET_ADDRESS, BOB, 2n ** 256n - 1n], TOKEN)];
    const { texts } = await shown([ran(1, { logs })], call(TOKEN, 'approve', [BOB, 100n]));
    expect(texts).toContain(`allows: ${BOB} could take ANY AMOUNT of ${TOKEN} later`);
    expect(texts).toContain(
      `NOT AS THE REQUEST SAYS: others could take ANY AMOUNT of ${TOKEN} later, and the call allows 100 smallest units of ${TOKEN} at most`,
    );
  });

  test('an approval that does what it says is no difference', async () => {
    const logs = [logOf('Approval', [WALLET_ADDRESS, BOB, 100n], TOKEN)];
    const { json } = await shown([ran(1, { logs })], call(TOKEN, 'approve', [BOB, 100n]));
    expect(json.outcomes[0]?.differences).toEqual([]);
  });

  test('of a call that nobody decodes, what leaves is told, and nothing is compared with', async () => {
    const logs = [logOf('Transfer', [WALLET_ADDRESS, BOB, 90n], TOKEN)];
    const over = { to: CAROL, value: '0', data: '0xdeadbeef', gasLimit: '100000' };
    const { texts, json } = await shown([ran(1, { logs })], over, { law: opaqueLaw() });
    expect(texts[0]).toBe(`leaves: 90 smallest units of ${TOKEN} to ${BOB}`);
    expect(json.outcomes[0]?.differences).toEqual([]);
  });

  test('threat 101: a flood of moves between others does not hide the wallet’s own', async () => {
    const flood = Array.from({ length: 900 }, (_, n) => logOf('Transfer', [BOB, CAROL, n + 1], TOKEN));
    const { texts } = await shown([ran(1, { logs: [...flood, pays] })]);
    expect(texts[0]).toBe(`leaves: 0.5 ETH to ${BOB}`);
    expect(texts).toContain('and 888 more: --json has all');
    expect(texts.length).toBeLessThan(20);
  });
});

describe('show says where nothing is known', () => {
  test('nodes that disagree are told apart, never averaged, and warned of', async () => {
    const { texts, lines, warnings, json } = await shown([ran(1), ran(2, { logs: [] }), untold(3, 'late')]);
    expect(texts).toEqual([
      'THE NODES DISAGREE on what it would do',
      'url 1 says:',
      `leaves: 0.5 ETH to ${BOB}`,
      'gas used: 21000 of at most 21000',
      'url 2 says:',
      `leaves: 0.5 ETH to ${BOB}`,
      'ether that contracts send on was not told',
      'gas used: 21000 of at most 21000',
      'url 3 did not answer in time',
    ]);
    expect(lines[0]?.tone).toBe('danger');
    expect(warnings).toContain('the nodes disagree on what it would do');
    expect(json.kind).toBe('disagreed');
  });

  test('threat 101: two against one are no majority', async () => {
    const failed = { success: false, revertData: '0x', logs: [] };
    const { texts, json } = await shown([ran(1), ran(2, failed), ran(3)]);
    expect(texts).toContain('urls 1 and 3 say:');
    expect(json.kind).toBe('disagreed');
  });

  test.each<[string, readonly NodeRun[], string]>([
    [
      'each url with its reason',
      [untold(1, 'no-method'), untold(2, 'refused'), untold(3, 'late')],
      'NOTHING WAS SIMULATED: url 1 does not offer eth_simulateV1; url 2 refused to simulate it; url 3 did not answer in time',
    ],
    ['no url at all', [], 'NOTHING WAS SIMULATED: no url is configured'],
  ])('%s', async (_, simulations, text) => {
    const { lines, json } = await shown(simulations);
    expect(lines).toEqual([expect.objectContaining({ text, tone: 'caution' })]);
    expect(json).toMatchObject({ kind: 'none', because: 'nodes', outcomes: [] });
  });

  test('urls that this identity may not read', async () => {
    const simulations = async () => {
      throw new KeyturnError('PERMISSION_DENIED', 'secret rpc-a: HTTP 403');
    };
    const { texts, json } = await shown([], {}, { ports: { simulations } });
    expect(texts).toEqual(['NOTHING WAS SIMULATED: the urls of the nodes are not to be had here']);
    expect(json).toMatchObject({ because: 'no-urls' });
  });

  test('a fault of keyturn is none of these', async () => {
    const broken = async () => {
      throw new TypeError('of ours');
    };
    await expect(shown([], {}, { ports: { simulations: broken } })).rejects.toThrow('of ours');
  });

  test('what is signed already is not asked for: it may be mined, and would fail a second time', async () => {
    const stage = stageOf({ json: true, simulations: [ran(1)] });
    const id = stage.accept(requestOf());
    stage.storage.put('lab-results', submittedObject(id), {
      ...{ id, wallet: 'treasury', chainId: '31337', from: WALLET_ADDRESS, nonce: '0' },
      ...{ transactionHashes: [`0x${'1'.repeat(64)}`], seal: 'seals/1', approvedBy: ['alice', 'bob'] },
    });
    await show(stage.session, id);
    expect(stage.json()).toMatchObject({ simulation: { kind: 'none', because: 'over' } });
  });
});

test('approve of several shows each with what it would do, and asks of each alone', async () => {
  const asked: string[] = [];
  const stage = stageOf({
    lab: LAB,
    answer: 'no',
    ports: {
      simulations: async ({ reference }) => {
        asked.push(reference);
        return [ran(1, { gasUsed: reference === 'a' ? 20_001n : 20_002n })];
      },
    },
  });
  const ids = ['a', 'b'].map((reference) => stage.accept(requestOf({ reference })));
  await approveSeveral(stage.session, ids, {});
  expect(asked).toEqual(['a', 'b']);
  expect(stage.stdout.text).toMatch(/gas used: 20001 of at most 21000[\s\S]*gas used: 20002 of at most 21000/);
});
