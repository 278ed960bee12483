import { describe, expect, test } from 'vitest';
import { Interrupted } from '#cli/app/interrupt.ts';
import { run } from '#cli/commands/status.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { OutcomeKind } from '#schemas/facts.ts';
import { approvedObject, outcomeObject, submittedObject } from '#schemas/names.ts';
import {
  type CliHarness,
  type CliHarnessOptions,
  NOW,
  requestOf,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

const HASH = `0x${'1'.repeat(64)}`;

/** What the rest of the world does between looks, one step each; nothing in the looks between. */
const scene = (steps: readonly ((stage: CliHarness, id: string) => void)[], options: CliHarnessOptions = {}) => {
  const stage = stageOf({ me: 'operator', ...options });
  const id = stage.accept(requestOf());
  let look = 0;
  stage.clock.meanwhile = () => {
    stage.storage.now = () => stage.clock.now();
    // Every second look finds nothing new.
    if (look % 2 === 1) steps[(look - 1) / 2]?.(stage, id);
    look += 1;
  };
  return { stage, id };
};

const share =
  (who: string) =>
  ({ storage }: CliHarness, id: string): void =>
    void storage.put('lab-keys', `${who}/shares/${id}`, new Uint8Array(9));
const approved = ({ storage }: CliHarness, id: string): void =>
  void storage.put('lab-results', approvedObject(id), { id, wallet: 'treasury', coSigners: ['alice', 'bob'] });
const submitted = ({ storage }: CliHarness, id: string): void =>
  void storage.put('lab-results', submittedObject(id), {
    ...{ id, wallet: 'treasury', chainId: '31337', from: WALLET_ADDRESS, nonce: '4' },
    ...{ transactionHashes: [HASH], approvedBy: ['alice', 'bob'], seal: 's' },
  });
const mined = ({ chain }: CliHarness): void =>
  void chain.receipts.set(HASH, {
    ...{ transactionHash: HASH, blockNumber: 5n, blockHash: `0x${'b'.repeat(64)}`, success: true },
    ...{ gasUsed: 21_000n, effectiveGasPrice: 1n, l1Fee: undefined },
  });
const over =
  (outcome: OutcomeKind) =>
  ({ storage }: CliHarness, id: string): void =>
    void storage.put('lab-results', outcomeObject(id), {
      ...{ id, wallet: 'treasury', outcome, code: '', reason: '', transactionHash: '', blockNumber: '', receipt: '' },
    });

const ALL = [share('alice'), share('bob'), approved, submitted, mined, over('finalized')];
const linesOf = ({ stdout }: CliHarness) => stdout.text.trimEnd().split('\n');

describe('status --follow', () => {
  test('prints each change once, and ends with the outcome and what backs it', async () => {
    const { stage, id } = scene(ALL);
    expect(await run(stage.session, id, { follow: true })).toBe(0);
    const lines = linesOf(stage).map((line) => line.replace(/^\S+Z {2}/, ''));
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toEqual([
      'accepted  asked by dapp',
      expect.stringMatching(/^waits {2}NOT_ENOUGH_SHARES: /),
      'share uploaded  by alice',
      expect.stringMatching(/^waits {2}NOT_ENOUGH_SHARES: /),
      'share uploaded  by bob',
      expect.stringMatching(/^waits {2}/),
      'approved  by alice, bob; a turn is due',
      'submitted  nonce 4, shares of alice, bob',
      expect.stringMatching(/^waits {2}NOT_MINED: /),
      `mined  ${HASH} in block 5, not final yet`,
      expect.stringMatching(/^waits {2}NOT_FINAL: /),
      'finalized',
      expect.stringContaining('unverified'),
    ]);
    expect(stage.left).toEqual([`the request goes on: ./keyturn status ${id.slice(0, 8)}`]);
  });

  test.each([
    ['agrees with the cloud', 0],
    ['is an hour behind', -3_600_000],
  ])(
    'times never go back, also where a fact comes while the request is read, and the clock of the reader %s',
    async (_, skew) => {
      const { stage, id } = scene(ALL, { json: true });
      stage.storage.now = () => stage.clock.time;
      // Each look takes two seconds, and the world goes on meanwhile.
      const storage = async () => {
        stage.clock.time += 400;
        return stage.storage;
      };
      const now = () => stage.clock.time + skew;
      const clock = { now, sleep: (ms: number) => stage.clock.sleep(ms) };
      const ports = { ...stage.session.ports, storage };
      const readLate = stage.chain.block.bind(stage.chain);
      stage.chain.block = async () => {
        stage.clock.time += 5000;
        return readLate();
      };
      expect(await run({ ...stage.session, ports, clock }, id, { follow: true })).toBe(0);
      const times = linesOf(stage)
        .slice(0, -1)
        .map((line) => Date.parse(JSON.parse(line).change.at));
      expect(times.length).toBeGreaterThan(8);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    },
  );

  test('for a program: an object a line, and at the end the one of the request', async () => {
    const { stage, id } = scene(ALL, { json: true });
    expect(await run(stage.session, id, { follow: true })).toBe(0);
    const objects = linesOf(stage).map((line) => JSON.parse(line));
    expect(objects.slice(0, -1).every((one) => one.id === id && one.ok === true && 'change' in one)).toBe(true);
    const facts = objects.slice(0, -1).map(({ change }) => change.what);
    expect(facts.filter((what) => what !== 'waits')).toEqual([
      ...['accepted', 'share uploaded', 'share uploaded', 'approved', 'submitted', 'mined', 'finalized'],
    ]);
    expect(objects.at(-1)).toMatchObject({ ok: true, id, outcome: { outcome: 'finalized' } });
    expect(stage.stderr.text).toBe('');
  });

  test.each<[OutcomeKind, number]>([
    ['finalized', 0],
    ['reverted', 1],
    ['replaced', 1],
    ['superseded', 1],
    ['rejected', 1],
    ['expired', 1],
    ['refused', 1],
    ['withdrawn', 1],
    ['failed', 1],
  ])('%s ends with %i', async (outcome, code) => {
    const { stage, id } = scene([over(outcome)]);
    expect(await run(stage.session, id, { follow: true })).toBe(code);
    expect(linesOf(stage).at(-2)).toMatch(new RegExp(`Z {2}${outcome}$`));
  });

  test('one that is over already is told at once', async () => {
    const { stage, id } = scene([]);
    over('expired')(stage, id);
    expect(await run(stage.session, id, { follow: true })).toBe(1);
    expect(stage.clock.now()).toBe(NOW);
  });

  test('looks more seldom while nothing happens, and not beyond --timeout', async () => {
    const { stage, id } = scene([]);
    let looks = 0;
    const storage = async () => {
      looks += 1;
      return stage.storage;
    };
    const ports = { ...stage.session.ports, storage };
    const follow = run({ ...stage.session, ports }, id, { follow: true, timeout: '1h' });
    await expect(follow).rejects.toMatchObject({ code: 'DEADLINE', message: expect.stringContaining('./keyturn why') });
    expect(stage.clock.now()).toBe(NOW + 3_600_000);
    // About one each ten seconds, each of which asks for the port a few times.
    expect(looks).toBeLessThan(4000);
  });

  test('a fault that passes is told once and ends nothing; one that stays ends it', async () => {
    let faults = 3;
    const { stage, id } = scene([over('finalized')]);
    stage.storage.fault = () => (faults-- > 0 ? new KeyturnError('UNAVAILABLE', 'busy') : undefined);
    expect(await run(stage.session, id, { follow: true })).toBe(0);
    expect(stage.stderr.text).toBe('! UNAVAILABLE: busy; looking again\n');
    const denied = scene([]);
    denied.stage.storage.fault = () => new KeyturnError('PERMISSION_DENIED', 'no');
    await expect(run(denied.stage.session, denied.id, { follow: true })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  test('Ctrl-C while it waits ends it', async () => {
    const { stage, id } = scene([]);
    stage.clock.meanwhile = () => stage.interrupt.abort();
    await expect(run(stage.session, id, { follow: true })).rejects.toThrow(Interrupted);
  });

  test.each([
    [undefined, { follow: true }, 'follow'],
    ['ID', { timeout: '5m' }, 'timeout'],
    ['ID', { follow: true, timeout: 'long' }, '--timeout'],
  ] as const)('%s %j is a mistake of usage', async (given, options, field) => {
    const { stage, id } = scene([]);
    const asked = run(stage.session, given === undefined ? undefined : id, options);
    await expect(asked).rejects.toMatchObject({ code: 'USAGE', field });
  });
});
