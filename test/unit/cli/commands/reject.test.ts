import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type RejectOptions, run } from '#cli/commands/reject.ts';
import { outcomeObject, submittedObject } from '#schemas/names.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  requestOf,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

/** Bob, with one accepted request. */
const scene = (options: CliHarnessOptions = {}) => {
  const stage = stageOf({ me: 'bob', ...options });
  return { stage, id: stage.accept(requestOf()) };
};
const yes = (over: RejectOptions = {}): RejectOptions => ({ yes: true, ...over });
const uploads = ({ storage }: CliHarness): string[] => storage.paths.filter((name) => name.startsWith('lab-keys/'));

describe('a rejection', () => {
  test('creates one object with the reason, and says as whom', async () => {
    const { stage, id } = scene();
    expect(await run(stage.session, id, yes({ reason: 'not our supplier' }))).toBe(0);
    const made = await stage.storage.read('lab-keys', `bob/rejections/${id}`);
    expect(new TextDecoder().decode(made?.bytes)).toBe('{"reason":"not our supplier"}');
    expect(uploads(stage)).toEqual([`lab-keys/bob/rejections/${id}`]);
    expect(stage.stdout.text).toContain(
      `\n\nrejected by bob at 2026-03-01T11:59:00Z: ${id}\nThe other co-signers may still approve it.\nNext: ./keyturn status ${id.slice(0, 8)}\n`,
    );
  });

  test('shows the request first, as approve does', async () => {
    const { stage, id } = scene();
    await run(stage.session, id, yes());
    expect(stage.stdout.text).toMatch(/^A request, its id checked against your law\n/);
    expect(stage.stdout.text).toContain(`SEND 0.5 ETH (500000000000000000 wei) to ${BOB}`);
    expect(stage.stdout.text.indexOf('SEND 0.5 ETH')).toBeLessThan(stage.stdout.text.indexOf('rejected by bob'));
  });

  test('twice is once, and the second of three closes a 2 of 3', async () => {
    const { stage, id } = scene({ me: 'alice', json: true });
    stage.storage.put('lab-keys', `bob/rejections/${id}`, {});
    await run(stage.session, id, yes());
    expect(stage.json()).toMatchObject({ ok: true, coSigner: 'alice', created: true, closes: true });
    stage.stdout.text = '';
    await run(stage.session, id, yes());
    expect(stage.json()).toMatchObject({ ok: true, created: false, closes: true });
  });

  test('made before: nobody is asked again', async () => {
    const { stage, id } = scene();
    stage.storage.put('lab-keys', `bob/rejections/${id}`, {});
    expect(await run(stage.session, id, {})).toBe(0);
    expect(stage.asked).toEqual([]);
    expect(stage.stdout.text).toContain(`rejected before by bob at 2026-03-01T11:59:00Z: ${id}; nothing was uploaded`);
  });

  test.each(['\u001b[2J', 'a\nb', '\u202e', 'x'.repeat(1025)])('the reason %j is refused', async (reason) => {
    const { stage, id } = scene();
    await expect(run(stage.session, id, yes({ reason }))).rejects.toMatchObject({ code: 'USAGE', field: 'reason' });
    expect(uploads(stage)).toEqual([]);
  });
});

describe('a person is asked', () => {
  test('and the first digits of the id reject', async () => {
    const { id } = scene();
    for (const [answer, code] of [
      [id.slice(0, 4), 0],
      [id.slice(0, 6), 0],
      [id.slice(0, 3), 1],
      ['y', 1],
      ['', 1],
      [`x${id.slice(0, 4)}`, 1],
    ] as const) {
      const { stage } = scene({ answer });
      expect(await run(stage.session, id, {})).toBe(code);
      expect(uploads(stage)).toHaveLength(code === 0 ? 1 : 0);
      expect(stage.asked).toEqual(['Reject as bob? Type the first 4 digits of the id: ']);
      expect(stage.stdout.text).toContain('You reject, as bob: SEND 0.5 ETH');
      if (code === 1) expect(stage.stdout.text).toContain('Not rejected: that is not how the id begins.');
    }
  });

  test('where nobody can be asked, --yes is needed', async () => {
    const { stage, id } = scene();
    await expect(run(stage.session, id, {})).rejects.toMatchObject({ code: 'USAGE', field: 'yes' });
    const json = scene({ json: true, answer: id.slice(0, 4) });
    await expect(run(json.stage.session, id, {})).rejects.toMatchObject({ code: 'USAGE', field: 'yes' });
    expect([...uploads(stage), ...uploads(json.stage), ...json.stage.asked]).toEqual([]);
  });

  test('and not about what was not shown', async () => {
    const long = requestOf({ to: BOB, value: '0', data: `0x12345678${'00'.repeat(2044)}ab` });
    const [hidden, full] = [stageOf({ me: 'bob' }), stageOf({ me: 'bob', answer: '' })];
    const id = hidden.accept(long);
    full.accept(long);
    await expect(run(hidden.session, id, {})).rejects.toMatchObject({ code: 'USAGE', field: 'full' });
    expect(hidden.asked).toEqual([]);
    expect(await run(full.session, id, { full: true })).toBe(1);
    expect(full.asked).toHaveLength(1);
  });

  test('Ctrl-C at the question leaves nothing', async () => {
    const { stage, id } = scene();
    const session = { ...stage.session, ask: async () => void stage.interrupt.abort() as undefined };
    await expect(run(session, id, {})).rejects.toMatchObject({ name: 'Interrupted' });
    expect(uploads(stage)).toEqual([]);
    expect(stage.left).toEqual([]);
  });
});

describe('what cannot be rejected', () => {
  test('one that is submitted or decided', async () => {
    const submitted = scene();
    submitted.stage.storage.put('lab-results', submittedObject(submitted.id), {
      id: submitted.id,
      wallet: 'treasury',
      chainId: '31337',
      from: WALLET_ADDRESS,
      nonce: '0',
      transactionHashes: [`0x${'1'.repeat(64)}`],
      approvedBy: ['alice', 'carol'],
      seal: 's',
    });
    await expect(run(submitted.stage.session, submitted.id, yes())).rejects.toMatchObject({
      code: 'SHARE_LATE',
      message: 'the request is signed and submitted already',
    });
    const decided = scene();
    decided.stage.storage.put('lab-results', outcomeObject(decided.id), {
      id: decided.id,
      wallet: 'treasury',
      outcome: 'expired',
      code: 'NOT_APPROVED_IN_TIME',
      reason: '',
      transactionHash: '',
      blockNumber: '',
      receipt: '',
    });
    await expect(run(decided.stage.session, decided.id, yes())).rejects.toMatchObject({
      code: 'SHARE_LATE',
      message: 'the request is expired already',
    });
  });

  test.each([undefined, 'dapp'])('by %s, who is no co-signer', async (me) => {
    const { stage, id } = scene({ me });
    await expect(run(stage.session, id, yes())).rejects.toMatchObject({ code: 'USAGE', field: 'as' });
    expect(uploads(stage)).toEqual([]);
  });
});

test('--manual prints commands that leave the very same object, whatever the reason holds, and does nothing', async () => {
  const reason = `it's "theirs" $(id) \\ 請求`;
  const { stage, id } = scene({ json: true });
  expect(await run(stage.session, id, { manual: true, reason })).toBe(0);
  expect(uploads(stage)).toEqual([]);
  const { commands } = z.object({ commands: z.array(z.string()) }).parse(stage.json());
  const [write = '', copy = '', clean = ''] = commands;
  expect(copy).toBe(`gcloud storage cp --if-generation-match=0 rejection gs://lab-keys/bob/rejections/${id}`);
  const place = mkdtempSync(join(tmpdir(), 'keyturn-reject-'));
  try {
    execFileSync('sh', ['-c', `${write} && cp rejection kept && ${clean}`], { cwd: place });
    const tool = scene();
    await run(tool.stage.session, tool.id, yes({ reason }));
    const made = await tool.stage.storage.read('lab-keys', `bob/rejections/${tool.id}`);
    expect(readFileSync(join(place, 'kept'), 'utf8')).toBe(new TextDecoder().decode(made?.bytes));
    expect(readdirSync(place)).toEqual(['kept']);
  } finally {
    rmSync(place, { recursive: true });
  }
});
