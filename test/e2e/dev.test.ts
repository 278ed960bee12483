import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { requestTrace } from '#schemas/trace-ids.ts';
import { type Collector, startCollector } from '../support/collector.ts';
import { type Dev, descendants, keyturn, startDev, stillRunning } from './support/cli.ts';
import { keyturnHere } from './support/in-process.ts';
import './support/offline.ts';
import { bytesOf, draft, payee } from './support/requests.ts';
import { balanceOf } from './support/rpc.ts';
import { waitFor } from './support/waiting.ts';

const hostPort = z.string().regex(/^127\.0\.0\.1:\d+$/);
const url = z.string().regex(/^http:\/\/127\.0\.0\.1:\d+$/);
const file = z
  .string()
  .refine((path) => path.startsWith('/') && statSync(path).isFile() && (statSync(path).mode & 0o077) === 0);
/** What the world outside relies on. More may stand in it, nothing less. */
const devJson = z.object({
  ready: z.literal(true),
  pid: z.number(),
  project: z.string(),
  endpoints: z.object({ pubsub: hostPort, pubsubRest: url, storage: url, kms: url, compute: url, sts: url, rpc: url }),
  topics: z.object({ transactionRequests: z.string(), requestEvents: z.string(), receipts: z.string() }),
  buckets: z.strictObject({
    keys: z.string(),
    results: z.string(),
    register: z.string(),
    signed: z.string(),
    work: z.string(),
  }),
  wallets: z
    .array(z.strictObject({ name: z.string(), address: z.string(), chainId: z.string(), threshold: z.number() }))
    .length(1),
  coSigners: z
    .array(
      z.strictObject({
        name: z.string(),
        kmsKey: z.string().regex(/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/),
        shareLocation: z.string().regex(/^gs:\/\/[^/]+\/([^/]+\/)?$/),
        shareFile: file,
        /** By the name of a wallet. */
        shareFiles: z.record(z.string(), file),
        tokenFile: file,
      }),
    )
    .length(2),
  tokens: z.looseObject({ dapp: file, finance: file, operator: file }),
});
type DevJson = z.infer<typeof devJson>;

const cwd = mkdtempSync(join(tmpdir(), 'keyturn-dev-'));
let dev: Dev;
let first: DevJson;
let firstLaw: ReturnType<typeof lawOf>;
let collector: Collector;
let paid = '';
const read = (): DevJson => devJson.parse(JSON.parse(readFileSync(dev.file, 'utf8')));

const lawSchema = z.looseObject({ endpoints: z.looseObject({ pubsub: z.looseObject({ ca: z.string() }) }) });
const lawOf = () => lawSchema.parse(JSON.parse(readFileSync(join(cwd, 'kept', 'keyturn.json'), 'utf8')).law);

beforeAll(async () => {
  collector = await startCollector();
  dev = await startDev(cwd, '--data', 'kept', '--otlp', collector.url);
  first = read();
  firstLaw = lawOf();
}, 90_000);
afterAll(async () => {
  await dev.end('SIGTERM');
  await collector.close();
  rmSync(cwd, { recursive: true, force: true });
}, 30_000);

/** What finance sees in the results bucket: asked by HTTP, because a command line for each look would keep the machine busy. */
const outcomeOf = (id: string) =>
  waitFor(`the outcome of ${id}`, async () => {
    const { endpoints, buckets, tokens } = read();
    const name = encodeURIComponent(`requests/${id}/outcome.json`);
    const response = await fetch(`${endpoints.storage}/storage/v1/b/${buckets.results}/o/${name}?alt=media`, {
      headers: { authorization: `Bearer ${readFileSync(tokens.finance, 'utf8').trim()}` },
    });
    const text = await response.text();
    if (response.status === 404) return undefined;
    return z.looseObject({ outcome: z.string() }).parse(JSON.parse(text)).outcome;
  });

/** A command line as a process, as a stranger types it; or in this one, where the process has been looked at already. */
const typed = (...args: readonly string[]) => keyturn(cwd, ...args, '--json');
const here = (...args: readonly string[]) => keyturnHere(cwd, ...args);

/** Request, two approvals, receipt: what four people do. */
const pay = async (cli: typeof typed, to: string, reference: string) => {
  const asked = await cli('request', '--to', to, '--value', '0.25 ether', '--reference', reference);
  expect(asked).toMatchObject({ code: 0, json: { ok: true, answer: 'accepted', reference } });
  const id = `${asked.json.id}`;
  for (const who of ['alice', 'bob'])
    expect(await cli('approve', id, '--as', who, '--yes')).toMatchObject({
      code: 0,
      json: { ok: true, id, coSigner: who, created: true },
    });
  expect(await outcomeOf(id)).toBe('finalized');
  const status = await cli('status', id);
  expect(status).toMatchObject({ code: 0, json: { ok: true, id, stage: 'decided', approvedBy: ['alice', 'bob'] } });
  const { json } = await cli('receipts');
  const receipts = z
    .array(z.looseObject({ id: z.string(), nonce: z.string(), status: z.string(), reference: z.string() }))
    .parse(json.receipts);
  return { id, receipt: receipts.find((one) => one.id === id), receipts };
};

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

  it('goes on from --data: wallet, receipts and references are there, and the next nonce follows', async () => {
    dev = await startDev(cwd, '--data', 'kept');
    expect(read().wallets).toEqual(first.wallets);
    const { endpoints, ...law } = lawOf();
    const { endpoints: then, ...lawThen } = firstLaw;
    // The OS chose other ports. But for them, law and authority are the same, so that its hash changes for no other reason.
    expect(law).toEqual(lawThen);
    expect(endpoints.pubsub.ca).toBe(then.pubsub.ca);
    expect(dev.output()).toContain('keyturn: its law names other ports than at the last start');
    const again = await here('request', '--to', payee(52), '--value', '1', '--reference', 'dev-1');
    expect(again).toMatchObject({ code: 1, json: { code: 'REFERENCE_USED' } });
    const { receipt, receipts } = await pay(here, payee(52), 'dev-2');
    expect(receipt).toMatchObject({ nonce: '1', status: 'finalized' });
    expect(receipts.map(({ reference }) => reference).sort()).toEqual(['dev-1', 'dev-2']);
    expect(await balanceOf(read().endpoints.rpc, payee(51))).toBe(250_000_000_000_000_000n);
  });

  it('after kill -9 nothing is left running, and it goes on all the same', async () => {
    const asked = await here('request', '--to', payee(53), '--value', '7', '--reference', 'dev-3');
    const id = `${asked.json.id}`;
    expect(await here('approve', id, '--as', 'alice', '--yes')).toMatchObject({ code: 0 });
    const below = descendants(dev.pid);
    await dev.end('SIGKILL');
    await waitFor('its processes to end', () => stillRunning(below).length === 0);
    expect(await here('pending'), 'a dev.json of a dead process').toMatchObject({
      code: 1,
      json: { code: 'UNAVAILABLE', field: 'config' },
    });
    dev = await startDev(cwd, '--data', 'kept');
    expect(await here('approve', id, '--as', 'bob', '--yes')).toMatchObject({ code: 0 });
    expect(await outcomeOf(id)).toBe('finalized');
    const { json } = await here('receipts');
    expect(json.receipts).toContainEqual(expect.objectContaining({ id, nonce: '2', approvedBy: ['alice', 'bob'] }));
  });

  it('goes on from the copy where the last state of the chain is torn, and says so', async () => {
    await dev.end('SIGTERM');
    truncateSync(join(cwd, 'kept', 'chain', 'state.json'), 100);
    dev = await startDev(cwd, '--data', 'kept');
    expect(dev.output()).toContain('keyturn: the last state of the chain cannot be read: it goes on from that of 2');
    expect(await balanceOf(read().endpoints.rpc, payee(51))).toBe(250_000_000_000_000_000n);
    expect(await balanceOf(read().endpoints.rpc, payee(53))).toBe(7n);
  });
});
