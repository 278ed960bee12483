import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdTokens } from '#local/cloud/identity/id-tokens.ts';
import { startChild } from '#local/cloud/processes/children.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { accountEmail, FUNCTION_NAMES, type FunctionName } from '#local/lab/people.ts';
import { readLabPlan } from '#local/lab/plan-file.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { topicsOf } from '#schemas/names.ts';
import { DIST } from '../../../build/build.ts';
import { googlePubSub } from '../support/clients.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { bytesOf, draft } from '../support/requests.ts';
import { Rights } from '../support/rights.ts';
import { installFramework, startBundle } from '../support/standalone.ts';
import { waitFor } from '../support/waiting.ts';

let test: TestLab;
const folder = mkdtempSync(join(tmpdir(), 'keyturn-bundles-'));
beforeAll(async () => {
  test = await startTestLab();
}, 90_000);
afterAll(async () => {
  await test.close();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const timesOf = (message: string, about: Record<string, unknown>): number[] =>
  test.logged(message, about).map(({ fields }) => Date.parse(`${fields.time}`));

describe('a function that throws', () => {
  it('is called again with growing pauses, and its message ends among the dead letters', async () => {
    const topics = topicsOf('lab');
    const client = googlePubSub(test.lab);
    // Fewer attempts than in the cloud, where it takes half an hour.
    await client.subscription(`${topics.submitted}-push`).setMetadata({
      deadLetterPolicy: {
        deadLetterTopic: `projects/${test.lab.world.project.id}/topics/${topics.deadLetters}`,
        maxDeliveryAttempts: 5,
      },
    });
    await client.close();
    // A fault that could pass at any time: nobody but Pub/Sub gives up.
    const giveBack = new Rights(test).remove('finalize: storage.objectViewer on buckets/lab-results');
    const event = bytesOf({ eventId: 'x', id: '0'.repeat(64), wallet: 'treasury', chainId: '31337', nonce: '0' });
    const messageId = await test.publish(event, 'submitted');
    const dead = await test.until('a dead letter', () => test.seen.find(({ topic }) => topic === 'deadLetters'));
    giveBack();
    expect(dead.text).toBe(event.toString());
    expect(dead.attributes).toMatchObject({
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: `${topics.submitted}-push`,
    });
    expect(Object.keys(dead.attributes).filter((key) => key.startsWith('keyturn-'))).toEqual([]);
    expect(messageId).toMatch(/^\d+$/);
    const times = timesOf('finalize.fault', { code: 'PERMISSION_DENIED', messageId });
    expect(times).toHaveLength(5);
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    for (const [i, pause] of pauses.entries()) expect(pause, `${pauses}`).toBeGreaterThanOrEqual(450 * 2 ** i);
  });

  it('goes on where it stopped once the fault is over: the same request, announced once it is stored', async () => {
    const { faults } = test.lab.world;
    // More often than the adapter itself repeats a write.
    for (let i = 0; i < 8; i++)
      faults.add({
        method: 'storage.objects.insert',
        matching: '/request.json',
        kind: 'before',
        status: 'UNAVAILABLE',
      });
    await test.publish(bytesOf(draft({ reference: 'through-a-fault' })));
    const { body } = await test.event('keyturn.request.accepted', { reference: 'through-a-fault' });
    expect(faults.pending).toEqual([]);
    expect(test.json('results', `requests/${body.id}/request.json`)).toMatchObject({ id: body.id });
    expect(
      test.lines.some(
        ({ message, fields }) => /^(intake|reconcile)\.fault$/.test(message) && fields.code === 'UNAVAILABLE',
      ),
    ).toBe(true);
  });

  it('that is killed is started again, and the message is not lost', async () => {
    const host = test.lab.functions.hosts.get('intake');
    const pid = host?.pid;
    if (pid === undefined) throw new Error('intake is not running');
    process.kill(pid, 'SIGKILL');
    await test.publish(bytesOf(draft({ reference: 'through-a-crash' })));
    await test.event('keyturn.request.accepted', { reference: 'through-a-crash' });
    expect(host?.pid).not.toBe(pid);
  });
});

describe('the front door', () => {
  const knock = async (name: FunctionName, token: string | undefined, body: unknown = {}): Promise<number> => {
    const response = await fetch(test.lab.functions.doors.get(name) ?? '', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
    return response.status;
  };

  it.each(FUNCTION_NAMES)('of %s lets nobody in but the push account', async (name) => {
    const { world, servers, functions } = test.lab;
    const url = functions.doors.get(name) ?? '';
    const other = functions.doors.get(name === 'intake' ? 'collect' : 'intake') ?? '';
    const push = accountEmail(world, 'push');
    const forger = new IdTokens(createWorld());
    const [head, claims, signature] = servers.idTokens.mint(push, url).split('.');
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    expect([
      await knock(name, undefined),
      await knock(name, 'not-a-token'),
      await knock(name, forger.mint(push, url)),
      await knock(name, `${unsigned}.${claims}.`),
      await knock(
        name,
        [head, Buffer.from(JSON.stringify({ aud: url, email: push })).toString('base64url'), signature].join('.'),
      ),
      await knock(name, servers.idTokens.mint(push, other)),
      await knock(name, servers.idTokens.mint(accountEmail(world, 'workload'), url)),
      await knock(name, servers.idTokens.mint(accountEmail(world, name), url)),
    ]).toEqual([403, 401, 401, 401, 401, 401, 403, 403]);
    const before = test.logged(`${name}.fault`, { code: 'MALFORMED', reason: /push body/ }).length;
    expect(await knock(name, servers.idTokens.mint(push, url), { hello: 'world' })).toBe(500);
    // Only the last one got in: it is the only one that the function says anything about.
    await test.until(
      'the function to complain',
      () => test.logged(`${name}.fault`, { code: 'MALFORMED', reason: /push body/ }).length === before + 1,
    );
  });
});

it.runIf(process.platform === 'linux')('Node is told in each function what Terraform tells it', () => {
  const { NODE_OPTIONS = '' } = readLabPlan().functionEnvironment;
  expect(NODE_OPTIONS).not.toBe('');
  for (const { pid } of test.lab.functions.hosts.values())
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).toContain(`NODE_OPTIONS=${NODE_OPTIONS}`);
});

describe('what is deployed', () => {
  beforeAll(() => installFramework(folder), 30_000);

  const tryBundle = async (name: FunctionName): Promise<void> => {
    const own = join(folder, name);
    cpSync(join(DIST, 'functions', name), own, { recursive: true });
    const lines: string[] = [];
    const { port, child } = await startBundle(own, name, (line) => lines.push(line));
    try {
      const message = { data: '', messageId: '1' };
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ message, subscription: 's' }),
      });
      expect(response.status).toBe(500);
      await waitFor(
        'its complaint',
        () => lines.some((line) => line.includes('"code":"CONFIG"') && line.includes('KEYTURN_CONFIG')),
        {
          why: () => lines.join('\n'),
        },
      );
    } finally {
      await child.stop();
      rmSync(own, { recursive: true, force: true });
    }
  };

  it('every bundle starts where nothing else is but the framework', () => Promise.all(FUNCTION_NAMES.map(tryBundle)));

  const runImage = async (env: { readonly KEYTURN_TURN?: string; readonly KEYTURN_LAUNCHER_DIR?: string }) => {
    const root = mkdtempSync(join(folder, 'image-'));
    cpSync(join(DIST, 'image'), root, { recursive: true });
    const { law } = JSON.parse(readFileSync(test.lab.description.config, 'utf8'));
    writeFileSync(join(root, 'law.json'), canonicalText(law));
    const lines: string[] = [];
    const child = startChild({
      command: process.execPath,
      args: ['main.mjs'],
      cwd: root,
      env: { PATH: '/usr/bin:/bin', ...env },
      onLine: (line) => lines.push(line),
    });
    return { code: await child.exited, last: JSON.parse(lines.at(-1) ?? '{}') };
  };

  it('the image runs alone: without a turn it ends with CONFIG', async () => {
    const ended = await Promise.all([{}, { KEYTURN_TURN: 'savings/1' }, { KEYTURN_TURN: 'treasury/0' }].map(runImage));
    for (const one of ended)
      expect(one).toMatchObject({
        code: 1,
        last: {
          message: 'turn.fault',
          code: 'CONFIG',
          severity: 'ALERT',
          reason: expect.stringContaining('KEYTURN_TURN'),
        },
      });
  });

  it('without a launcher it proves nothing, gets nothing and ends', async () => {
    const { code, last } = await runImage({
      KEYTURN_TURN: 'treasury/1',
      KEYTURN_LAUNCHER_DIR: join(folder, 'nowhere'),
    });
    expect({ code, last }).toMatchObject({
      code: 1,
      last: { message: 'turn.fault', severity: 'ALERT', reason: expect.stringMatching(/^attestation: token/) },
    });
    expect(test.list('register')).toEqual([]);
  });
});
