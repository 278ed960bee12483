import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realClock } from '#adapters/clock.ts';
import { Interrupted } from '#cli/app/interrupt.ts';
import { run } from '#cli/commands/watch.ts';
import { MAX_QUEUE } from '#cli/watch/queue.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { openObject, outcomeObject, requestObject, submittedObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { lineOf } from '#test/support/cli/command-line.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  idOf,
  NOW,
  requestOf,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

const first = requestOf();
const second = requestOf({ reference: 'invoice-2', value: '1000000000000000000' });
const [ONE, TWO] = [idOf(first), idOf(second)];
const short = (id: string) => id.slice(0, 8);
const linesOf = ({ stdout }: CliHarness) => stdout.text.trimEnd().split('\n');
const answered = ({ storage }: CliHarness, who: string, what: 'shares' | 'rejections', id: string): void =>
  void storage.put('lab-keys', `${who}/${what}/${id}`, what === 'shares' ? new Uint8Array(9) : { reason: '' });

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-watch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Each step before one more look; then Ctrl-C. */
const watched = async (steps: readonly ((stage: CliHarness) => void)[], options: CliHarnessOptions = {}) => {
  const stage = stageOf({ me: 'bob', ...options });
  stage.accept(first);
  let look = 0;
  stage.clock.meanwhile = () => {
    const step = steps[look++];
    if (step === undefined) stage.interrupt.abort();
    else step(stage);
  };
  await expect(run(stage.session, [], {})).rejects.toThrow(Interrupted);
  return stage;
};
const nothing = (): void => {};

describe('watch', () => {
  test('prints what can be answered, and each new one once, until Ctrl-C', async () => {
    const steps = [nothing, (stage: CliHarness) => void stage.accept(second), nothing, nothing];
    const stage = await watched(steps);
    expect(linesOf(stage)).toEqual([
      'Watching for what bob can answer; Ctrl-C ends it.',
      `new  ${short(ONE)}  treasury  send 0.5 ETH to ${BOB}  you can approve or reject  1 h left`,
      expect.stringMatching(`^new  ${short(TWO)}  treasury  send 1 ETH to ${BOB}  you can approve or reject  59 min`),
    ]);
    expect(stage.left).toEqual(['nothing was answered; what was not handed over is so at the next start']);
  });

  test('for a program: an object a line, and nothing else', async () => {
    const stage = await watched([(one) => void one.accept(second)], { json: true });
    expect(linesOf(stage).map((line) => JSON.parse(line))).toMatchObject([
      {
        ...{ ok: true, type: 'keyturn.request.accepted', eventId: `lab-results/requests/${ONE}/request.json` },
        ...{ timestamp: '2026-03-01T11:59:00Z', as: 'bob', can: ['approve', 'reject'] },
        request: { id: ONE, wallet: 'treasury', mine: 'none', request: { value: '500000000000000000' } },
      },
      { eventId: `lab-results/requests/${TWO}/request.json` },
    ]);
    expect(stage.stderr.text).toBe('');
  });

  const submitted = (id: string) => ({
    ...{ id, wallet: 'treasury', chainId: '31337', from: WALLET_ADDRESS, nonce: '4' },
    ...{ transactionHashes: [`0x${'1'.repeat(64)}`], approvedBy: ['alice', 'carol'], seal: 's' },
  });
  test.each<[string, (stage: CliHarness) => void]>([
    ['was approved by bob', (stage) => answered(stage, 'bob', 'shares', ONE)],
    ['was rejected by bob', (stage) => answered(stage, 'bob', 'rejections', ONE)],
    ['expired', ({ clock }) => void Object.assign(clock, { time: NOW + 3_600_000 })],
    ['was sent', ({ storage }) => void storage.put('lab-results', submittedObject(ONE), submitted(ONE))],
  ])('what %s is not told', async (_, before) => {
    const stage = stageOf({ me: 'bob' });
    stage.accept(first);
    before(stage);
    expect(await run(stage.session, [], { once: true })).toBe(0);
    expect(linesOf(stage)).toEqual(['Nothing new that bob can answer.']);
  });

  test('what others have approved is told: bob can still reject it', async () => {
    const stage = stageOf({ me: 'bob' });
    stage.accept(first);
    for (const who of ['alice', 'carol']) answered(stage, who, 'shares', ONE);
    expect(await run(stage.session, [], { once: true })).toBe(0);
    expect(linesOf(stage)).toHaveLength(1);
  });

  test('what the policy denies can be rejected alone', async () => {
    const stage = stageOf({ me: 'bob', json: true });
    stage.accept(requestOf({ value: '11000000000000000000' }));
    await run(stage.session, [], { once: true });
    expect(JSON.parse(stage.stdout.text)).toMatchObject({ can: ['reject'] });
  });

  test('threat 102: an outcome that a function makes up keeps no co-signer from hearing of the request', async () => {
    const stage = stageOf({ me: 'bob' });
    stage.accept(first);
    stage.storage.put('lab-results', outcomeObject(ONE), {
      ...{ id: ONE, wallet: 'treasury', outcome: 'finalized', code: '', reason: '' },
      ...{ transactionHash: `0x${'1'.repeat(64)}`, blockNumber: '5', receipt: 'r' },
    });
    await run(stage.session, [], { once: true });
    expect(stage.stdout.text).toContain(`new  ${short(ONE)}`);
    expect(stage.stdout.text).toContain('its outcome is unverified');
  });

  test('what is stored under another id is told, and handed to nobody', async () => {
    const stage = stageOf({ me: 'bob' });
    stage.accept(first);
    stage.storage.put('lab-results', requestObject(ONE), {
      ...{ id: ONE, walletAddress: WALLET_ADDRESS, lawHash: '0'.repeat(64) },
      request: second,
    });
    await run(stage.session, [], { once: true });
    expect(stage.stderr.text).toMatch(new RegExp(`^! ${short(ONE)} ID_MISMATCH: `));
    expect(stage.stdout.text).toBe('Nothing new that bob can answer.\n');
  });
});

/** A command that notes what it is given, and takes it or not. */
const noting = (code: number): { readonly program: string; readonly noted: () => readonly unknown[] } => {
  const [program, file] = [join(folder, `note-${code}`), join(folder, `noted-${code}`)];
  writeFileSync(program, `#!/bin/sh\ncat >> '${file}'\nexit ${code}\n`);
  chmodSync(program, 0o755);
  writeFileSync(file, '');
  const noted = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  return { program, noted };
};

describe('watch --run', () => {
  /** Deadlines are of real processes; pauses between attempts are not waited for. */
  const patient = (stage: CliHarness) => ({
    ...stage.session,
    clock: {
      now: () => stage.clock.now(),
      sleep: (ms: number, signal?: AbortSignal) => (ms < 30_000 ? Promise.resolve() : realClock.sleep(ms, signal)),
    },
  });
  const begin = () => {
    const stage = stageOf({ me: 'bob', json: true });
    stage.accept(first);
    return stage;
  };

  test('hands over the same line that is printed, once, also after a restart', async () => {
    const { program, noted } = noting(0);
    const options = { once: true, run: program, marks: join(folder, 'marks') };
    const stage = begin();
    expect(await run(patient(stage), [], options)).toBe(0);
    expect(noted()).toEqual([JSON.parse(stage.stdout.text)]);
    const again = begin();
    again.accept(second);
    expect(await run(patient(again), [], options)).toBe(0);
    expect(noted()).toEqual([JSON.parse(stage.stdout.text), JSON.parse(again.stdout.text)]);
    expect(readdirSync(join(folder, 'marks')).sort()).toEqual([ONE, TWO].sort());
  });

  test('what was not taken is tried three times, said, and comes again at the next start', async () => {
    const { program, noted } = noting(7);
    const stage = begin();
    expect(await run(patient(stage), [], { once: true, run: program, marks: folder })).toBe(1);
    expect(noted()).toHaveLength(3);
    expect(stage.stderr.text.trimEnd().split('\n')).toEqual([
      expect.stringMatching(`^! ${short(ONE)} not handed over: the command ended with exit code 7; again in 1 s$`),
      expect.stringMatching(`^! ${short(ONE)} not handed over: the command ended with exit code 7; again in [12] s$`),
      `! ${short(ONE)} not handed over: the command ended with exit code 7; given up until the next start`,
    ]);
    const { program: better, noted: taken } = noting(0);
    expect(await run(patient(begin()), [], { once: true, run: better, marks: folder })).toBe(0);
    expect(taken()).toHaveLength(1);
  });

  test('threat 102: more than the queue holds wait in the bucket, and all of them follow', async () => {
    const { program, noted } = noting(0);
    const stage = stageOf({ me: 'bob', json: true });
    const count = MAX_QUEUE + 3;
    for (let n = 0; n < count; n++)
      stage.accept(requestOf({ reference: `flood-${n}`, validUntil: timeText(NOW + 3_600_000 + n * 1000) }));
    expect(await run(patient(stage), [], { once: true, run: program, marks: join(folder, 'marks') })).toBe(0);
    expect(stage.stderr.text).toBe(`! ${MAX_QUEUE} are in hand: 3 more wait in the bucket, and follow\n`);
    const ids = noted().map((one) => (one as { request: { id: string } }).request.id);
    expect([ids.length, new Set(ids).size]).toEqual([count, count]);
  }, 60_000);

  test('a fault that stays ends it at once, and not only after the next attempt', async () => {
    const { program, noted } = noting(7);
    const stage = begin();
    const { signal } = stage.session;
    const clock = {
      now: () => stage.clock.now(),
      // Between two looks. What a delivery waits for would take ten minutes.
      sleep: async (_: number, mine?: AbortSignal) => {
        if (mine !== signal) return realClock.sleep(600_000, mine);
        if (stage.stderr.text.includes('not handed over'))
          stage.storage.fault = () => new KeyturnError('PERMISSION_DENIED', 'no more');
        return realClock.sleep(5, mine);
      },
    };
    const ended = run({ ...stage.session, clock }, [], { run: program, marks: folder });
    await expect(ended).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(noted()).toHaveLength(1);
  });

  test('one that is over, and comes back into the list, is not handed over twice', async () => {
    const { program, noted } = noting(0);
    const stage = begin();
    await run(patient(stage), [], { once: true, run: program, marks: folder });
    stage.storage.delete('lab-work', openObject('treasury', ONE));
    await run(patient(stage), [], { once: true, run: program, marks: folder });
    stage.accept(first);
    await run(patient(stage), [], { once: true, run: program, marks: folder });
    expect(noted()).toHaveLength(1);
  });
});

describe('what belongs to what', () => {
  test.each([
    [['watch', '--as', 'alice', '--run', 'sh', '--webhook', 'https://a.example'], '--run: give --run or --webhook'],
    [['watch', '--as', 'alice', '--once', 'sh'], '--run: arguments need a command'],
    [['watch', '--as', 'alice', '--deadline', '5s'], '--deadline: belongs to --run'],
    [['watch', '--as', 'alice', '--secret', 'x'], '--secret: belongs to --webhook'],
    [['watch', '--as', 'alice', '--marks', 'x'], '--marks: belongs to --run or --webhook'],
    [['watch', '--as', 'alice', '--webhook', 'https://a.example'], '--secret: give the file'],
    [['watch'], '--as'],
    [['watch', '--as', 'operator'], '--as'],
  ])('%j', async (words, message) => {
    const { code, stdout, stderr } = await lineOf(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  const webhookWith = (file: string) =>
    lineOf(['watch', '--as', 'alice', '--once', '--webhook', 'https://a.example/x', '--secret', file]);
  test('a secret that others may read is refused, in a lab too', async () => {
    const file = join(folder, 'webhook.secret');
    writeFileSync(file, `whsec_${Buffer.alloc(32, 9).toString('base64')}\n`, { mode: 0o644 });
    const { code, stderr } = await webhookWith(file);
    expect(code).toBe(2);
    expect(stderr).toContain('chmod 600');
  });
  test('the secret itself in place of its file is not repeated', async () => {
    const { code, stderr } = await webhookWith(`whsec_${Buffer.alloc(32, 9).toString('base64')}`);
    expect(code).toBe(1);
    expect(stderr).not.toContain(Buffer.alloc(9, 9).toString('base64'));
  });
});
