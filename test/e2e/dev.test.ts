import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestTrace } from '#schemas/trace-ids.ts';
import { type Collector, startCollector } from '../support/collector.ts';
import { type Dev, descendants, keyturn, startDev, stillRunning } from './support/cli.ts';
import { type DevJson, devJson, peopleOf } from './support/dev-lab.ts';
import './support/offline.ts';
import { bytesOf, draft, payee } from './support/requests.ts';
import { balanceOf } from './support/rpc.ts';
import { waitFor } from './support/waiting.ts';

const cwd = mkdtempSync(join(tmpdir(), 'keyturn-dev-'));
let dev: Dev;
let first: DevJson;
let collector: Collector;
let paid = '';
const read = (): DevJson => devJson.parse(JSON.parse(readFileSync(dev.file, 'utf8')));
const { outcomeOf, typed, here, pay } = peopleOf(cwd, read);

beforeAll(async () => {
  collector = await startCollector();
  dev = await startDev(cwd, '--data', 'kept', '--otlp', collector.url);
  first = read();
}, 90_000);
afterAll(async () => {
  await dev.end('SIGTERM');
  await collector.close();
  rmSync(cwd, { recursive: true, force: true });
}, 30_000);

describe('keyturn dev', () => {
  it('writes what it is, tells every endpoint, and keeps its secrets to their owner', () => {
    expect(first.pid).toBe(dev.pid);
    expect(first.coSigners.map(({ name }) => name)).toEqual(['alice', 'bob']);
    expect(first.wallets).toMatchObject([{ name: 'treasury', chainId: '31337', threshold: 2 }]);
    for (const endpoint of Object.values(first.endpoints)) expect(dev.output()).toContain(endpoint);
    expect(dev.output()).toContain(`export PUBSUB_EMULATOR_HOST=${first.endpoints.pubsub}`);
    expect(statSync(dev.file).mode & 0o077).toBe(0);
  });

  it('any Pub/Sub client that honours PUBSUB_EMULATOR_HOST is pointed at it', async () => {
    const [, host = ''] = /^\s*export PUBSUB_EMULATOR_HOST=(\S+)$/m.exec(dev.output()) ?? [];
    const before = process.env.PUBSUB_EMULATOR_HOST;
    process.env.PUBSUB_EMULATOR_HOST = host;
    const client = new PubSub({ projectId: first.project });
    try {
      const [subscription] = await client.topic(first.topics.requestEvents).createSubscription('stranger');
      const answer = new Promise<string>((resolve) =>
        subscription.on('message', (message) => {
          message.ack();
          if (message.attributes['ce-type'] === 'keyturn.request.accepted') resolve(message.data.toString());
        }),
      );
      await client
        .topic(first.topics.transactionRequests)
        .publishMessage({ data: bytesOf(draft({ reference: 'stranger-1' })) });
      expect(JSON.parse(await answer)).toMatchObject({ reference: 'stranger-1', wallet: 'treasury' });
      await subscription.delete();
    } finally {
      await client.close();
      if (before === undefined) delete process.env.PUBSUB_EMULATOR_HOST;
      else process.env.PUBSUB_EMULATOR_HOST = before;
    }
  });

  it('the command line says what is wrong by code and exit code', async () => {
    const [usage, denied, refused, unknown, other] = await Promise.all([
      keyturn(cwd, 'request', '--json'),
      keyturn(cwd, 'request', '--to', payee(1), '--value', '11 ether', '--json'),
      keyturn(cwd, 'request', '--to', '0x70997970c51812dc3a010c7d01b50e0d17dc79c8', '--value', '1', '--json'),
      keyturn(cwd, 'show', 'ffffffff', '--json'),
      keyturn(cwd, 'pending', '--config', 'elsewhere.json', '--json'),
    ]);
    expect([usage, denied, refused, unknown, other]).toMatchObject([
      { code: 2, json: { ok: false, code: 'USAGE', field: 'to' } },
      { code: 1, json: { ok: false, code: 'POLICY_DENIED', field: 'value' } },
      { code: 2, json: { ok: false, code: 'USAGE', field: 'to' } },
      { code: 1, json: { ok: false, code: 'NOT_FOUND' } },
      { code: 1, json: { ok: false, code: 'NOT_FOUND', field: 'config' } },
    ]);
    expect((await keyturn(cwd, '--help')).out).toMatch(/approve[\s\S]*receipts/);
  });

  it('a payment, as a stranger types it', async () => {
    const asked = await keyturn(cwd, 'request', '--to', payee(50), '--value', '1 ether', '--memo', 'rent', '--json');
    const id = `${asked.json.id}`;
    const [pending, shown] = await Promise.all([
      keyturn(cwd, 'pending', '--as', 'bob', '--json'),
      keyturn(cwd, 'show', id.slice(0, 8)),
    ]);
    expect(pending.json.requests).toContainEqual(
      expect.objectContaining({
        id,
        stage: 'accepted',
        approvals: 0,
        needed: 2,
        mine: 'none',
        asks: `send 1 ETH to ${payee(50)}`,
      }),
    );
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining(id) });
    expect(shown.out).toContain(payee(50));
    expect(shown.out).toContain('rent');
    expect(await keyturn(cwd, 'approve', id, '--as', 'alice', '--json'), 'nobody can be asked').toMatchObject({
      code: 2,
    });
    for (const answer of ['approve', 'reject'])
      expect(await keyturn(cwd, answer, id, '--yes', '--json'), 'whose answer is it?').toMatchObject({
        code: 2,
        json: { code: 'USAGE', field: 'as' },
      });
    expect(await keyturn(cwd, 'reject', id, '--as', 'alice', '--yes', '--json')).toMatchObject({
      code: 0,
      json: { closes: true },
    });
    expect(await outcomeOf(id)).toBe('rejected');
    const { id: settled, receipt } = await pay(typed, payee(51), 'dev-1');
    paid = settled;
    expect(receipt).toMatchObject({ nonce: '0', status: 'finalized', reference: 'dev-1' });
    expect(await balanceOf(first.endpoints.rpc, payee(51))).toBe(250_000_000_000_000_000n);
  });

  it('--otlp: that payment is a trace at the collector', async () => {
    expect(dev.output()).toContain(`Traces and histograms of the functions go to ${collector.url}`);
    const { traceId, spanId } = requestTrace(paid);
    // The two ids of a span as protobuf has them: field 1 of 16 bytes, field 2 of 8.
    const root = `0a10${traceId}1208${spanId}`;
    const holds = ({ path, type, bytes }: Collector['heard'][number]) =>
      path === '/v1/traces' && type === 'application/x-protobuf' && bytes.toString('hex').includes(root);
    await waitFor('the root of its trace', () => collector.heard.some(holds) || undefined);
    await waitFor('histograms', () => collector.heard.some(({ path }) => path === '/v1/metrics') || undefined);
  });

  it('a second one in the folder refuses while the first lives, and takes nothing from it', async () => {
    const written = readFileSync(dev.file, 'utf8');
    expect(await keyturn(cwd, 'dev', '--json')).toMatchObject({
      code: 1,
      json: {
        code: 'LAB_RUNS',
        message: `a local cloud runs already: process ${dev.pid}, started in ${realpathSync(cwd)}`,
      },
    });
    expect(readFileSync(dev.file, 'utf8')).toBe(written);
  });

  it('one of another folder refuses ports that are in use, and leaves nothing', async () => {
    const other = mkdtempSync(join(tmpdir(), 'keyturn-dev-'));
    try {
      const port = new URL(first.endpoints.storage).port;
      expect(await keyturn(other, 'dev', '--port-base', port, '--json')).toMatchObject({
        code: 1,
        err: '',
        json: { code: 'PORT_UNUSABLE', message: expect.stringContaining(`port ${port} is in use`) },
      });
      expect(readdirSync(join(other, '.keyturn'))).toEqual([]);
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });

  it('SIGTERM ends all of it within seconds, exit code 0', async () => {
    const below = descendants(dev.pid);
    expect(below.length).toBeGreaterThanOrEqual(6);
    const { code, ms } = await dev.end('SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    expect(existsSync(dev.file)).toBe(false);
    // The kernel may need a moment to bury what was killed.
    await waitFor('its processes to end', () => stillRunning(below).length === 0, {
      patience: 1_000,
      why: () => stillRunning(below).join(),
    });
    expect(readdirSync(cwd).sort()).toEqual(['.keyturn', 'kept']);
    expect(await here('pending')).toMatchObject({
      code: 1,
      json: { code: 'NOT_FOUND', field: 'config' },
    });
  });
});
