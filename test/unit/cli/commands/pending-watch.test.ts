import { expect, test } from 'vitest';
import { Interrupted } from '#cli/app/interrupt.ts';
import { run } from '#cli/commands/pending.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { openObject, outcomeObject, requestObject } from '#schemas/names.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  idOf,
  requestOf,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

/** Each step before one more look; then Ctrl-C. */
const watched = async (
  steps: readonly ((stage: CliHarness) => void)[],
  start: (stage: CliHarness) => void,
  options: CliHarnessOptions = {},
) => {
  const stage = stageOf({ me: 'bob', ...options });
  start(stage);
  let look = 0;
  stage.clock.meanwhile = () => {
    const step = steps[look++];
    if (step === undefined) stage.interrupt.abort();
    else step(stage);
  };
  await expect(run(stage.session, { watch: true })).rejects.toThrow(Interrupted);
  return { stage, lines: stage.stdout.text.trimEnd().split('\n') };
};

const first = requestOf();
const second = requestOf({ reference: 'invoice-2', value: '1000000000000000000' });
const ONE = idOf(first);
const TWO = idOf(second);
const nothing = (): void => {};
const begin = (stage: CliHarness): void => void stage.accept(first);

const STEPS: readonly ((stage: CliHarness) => void)[] = [
  nothing,
  (stage) => void stage.accept(second),
  nothing,
  ({ storage }) => void storage.put('lab-keys', `bob/shares/${ONE}`, new Uint8Array(9)),
  nothing,
  ({ storage }) => void storage.delete('lab-results', requestObject(TWO)),
  nothing,
];

test('prints what is open, then each change once, until Ctrl-C', async () => {
  const { stage, lines } = await watched(STEPS, begin);
  const short = (id: string) => id.slice(0, 8);
  expect(lines.map((line) => line.replace(/^\S+Z {2}/, ''))).toEqual([
    'Watching what is not decided; Ctrl-C ends it.',
    `new  ${short(ONE)}  treasury  send 0.5 ETH to ${BOB}  accepted  0 of 2  bob: no answer`,
    `new  ${short(TWO)}  treasury  send 1 ETH to ${BOB}  accepted  0 of 2  bob: no answer`,
    `changed  ${short(ONE)}  treasury  send 0.5 ETH to ${BOB}  accepted  1 of 2  bob: approved`,
    `over  ${short(TWO)}  not to be seen how`,
  ]);
  expect(stage.left).toEqual(['nothing was changed']);
});

test('for a program: an object a line', async () => {
  const { lines, stage } = await watched(STEPS, begin, { json: true });
  expect(lines.map((line) => JSON.parse(line)).map((one) => [one.change, one.request?.id ?? one.id])).toEqual([
    ['new', ONE],
    ['new', TWO],
    ['changed', ONE],
    ['over', TWO],
  ]);
  expect(stage.stderr.text).toBe('');
});

test('an outcome that nothing backs takes nothing off: it is a change, and no end', async () => {
  const { lines } = await watched(
    [
      ({ storage }) =>
        void storage.put('lab-results', outcomeObject(ONE), {
          ...{ id: ONE, wallet: 'treasury', outcome: 'finalized', code: '', reason: '' },
          ...{ transactionHash: `0x${'1'.repeat(64)}`, blockNumber: '5', receipt: 'r' },
        }),
      nothing,
    ],
    begin,
  );
  expect(lines).toHaveLength(3);
  expect(lines[2]).toContain('changed');
  expect(lines[2]).toContain('finalized? unverified');
});

test('an outcome that is none ends neither the watch nor what it says of others', async () => {
  const { lines } = await watched(
    [
      ({ storage }) => {
        storage.put('lab-results', outcomeObject(ONE), new TextEncoder().encode('{"id":"no outcome"}'));
        storage.delete('lab-work', openObject('treasury', ONE));
      },
      (stage) => void stage.accept(second),
      nothing,
    ],
    begin,
  );
  const said = lines.map((line) => line.split('  ').slice(1).join(' '));
  expect(said).toContain(`over ${ONE.slice(0, 8)} not to be seen how`);
  expect(said.some((line) => line.startsWith(`new ${TWO.slice(0, 8)}`))).toBe(true);
});

test('what is stored under another id is told once, and a fault that passes ends nothing', async () => {
  let faulty = 1;
  const { lines, stage } = await watched([nothing, nothing, nothing], (one) => {
    const id = one.accept(first);
    one.storage.put('lab-results', requestObject(id), {
      ...{ id, walletAddress: WALLET_ADDRESS, lawHash: '0'.repeat(64) },
      request: second,
    });
    one.storage.fault = () => (faulty-- > 0 ? new KeyturnError('DEADLINE', 'slow') : undefined);
  });
  expect(lines.filter((line) => line.includes('ID_MISMATCH'))).toHaveLength(1);
  expect(stage.stderr.text).toBe('! DEADLINE: slow; looking again\n');
});
