import type { ChildProcess } from 'node:child_process';
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentLines } from '#cli/dev/environment.ts';
import type { KeyturnEvent } from '#client/event-types.ts';
import { openClient } from '#client/index.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { accountEmail, OWNER } from '#local/lab/people.ts';
import { topicsOf } from '#schemas/names.ts';
import { type DAppFolder, dAppFolder } from '../support/dapp-folder.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { draft, ETHER, payee } from '../support/requests.ts';
import { balanceOf } from '../support/rpc.ts';

let test: TestLab;
let dApp: DAppFolder;
let env: Record<string, string>;
beforeAll(async () => {
  test = await startTestLab();
  dApp = await dAppFolder({ law: JSON.parse(test.lab.config.lawText), operations: test.lab.config.operations });
  env = { RPC_URL: test.lab.chain.url, TOKEN_FILE: test.lab.description.tokens.dapp };
}, 120_000);
afterAll(async () => {
  dApp.remove();
  await test.close();
}, 30_000);

/** Both co-signers approve whatever is asked under this reference. */
const approveOf = async (reference: string): Promise<string> => {
  const id = `${(await test.event('keyturn.request.accepted', { reference })).body.id}`;
  for (const who of ['alice', 'bob']) await test.approve(who, id);
  return id;
};

it('the examples compile where only the package and its neighbours are installed', async () => {
  expect(await dApp.compile()).toBe('');
}, 60_000);

describe('a dApp’s identity, with the built package in a bare folder', () => {
  const pay = (example: string, reference: string, n: number, more: Record<string, string> = {}) =>
    dApp.run(example, [reference, payee(n), '0.25'], { ...env, ...more });

  it('pays with ethers, and run again waits for the same payment', async () => {
    const [{ status, lines, text }] = await Promise.all([
      pay('pay-with-ethers.ts', 'by-ethers', 70),
      approveOf('by-ethers'),
    ]);
    expect(status, text).toBe(0);
    expect(lines).toEqual([{ hash: expect.stringMatching(/^0x[0-9a-f]{64}$/), block: expect.any(Number) }]);
    const again = await pay('pay-with-ethers.ts', 'by-ethers', 70);
    expect(again.lines, again.text).toEqual(lines);
    expect(await balanceOf(test.lab.chain.url, payee(70))).toBe(ETHER / 4n);
    // Another payment under that reference.
    const other = await pay('pay-with-ethers.ts', 'by-ethers', 71);
    expect([other.status, other.lines]).toEqual([1, [expect.objectContaining({ code: 'REFERENCE_USED' })]]);
    expect(await balanceOf(test.lab.chain.url, payee(71))).toBe(0n);
  }, 120_000);

  it('pays with viem, in a request that its own key signed', async () => {
    const key = new Wallet(`0x${'4'.repeat(64)}`);
    const [{ status, lines, text }, id] = await Promise.all([
      pay('pay-with-viem.ts', 'by-viem', 72, { REQUESTER_KEY: key.privateKey }),
      approveOf('by-viem'),
    ]);
    expect(status, text).toBe(0);
    expect(lines).toEqual([
      { hash: expect.stringMatching(/^0x[0-9a-f]{64}$/), status: 'success', block: expect.any(Number) },
    ]);
    expect(test.json('results', `requests/${id}/request.json`)).toMatchObject({
      request: { requester: key.address, requesterSignature: expect.stringMatching(/^0x[0-9a-f]{130}$/) },
    });
    expect(await balanceOf(test.lab.chain.url, payee(72))).toBe(ETHER / 4n);
  }, 120_000);

  it('without a reference nothing is asked', async () => {
    for (const example of ['pay-with-ethers.ts', 'pay-with-viem.ts']) {
      const { status, lines } = await pay(example, '', 73);
      expect([status, lines]).toEqual([1, [expect.objectContaining({ code: 'REFERENCE_MISSING' })]]);
    }
  }, 60_000);
});

describe('the client, over real sockets', () => {
  it('hears each announcement of a request once, and the last one again where it was not finished', async () => {
    const client = openClient({
      config: JSON.parse(test.lab.config.lawText),
      requester: 'dapp',
      tokenFile: env.TOKEN_FILE,
    });
    try {
      const { to, value, gasLimit, maxFeePerGas, maxPriorityFeePerGas } = draft({ to: payee(74) });
      const asked = await client.request({
        reference: 'by-client',
        to: to ?? null,
        value: BigInt(value ?? 0),
        gasLimit: BigInt(gasLimit ?? 0),
        maxFeePerGas: BigInt(maxFeePerGas ?? 0),
        maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas ?? 0),
      });
      expect(await client.waitFor(asked, { until: 'accepted' })).toMatchObject({ stage: 'accepted' });
      expect(await approveOf('by-client')).toBe(asked.id);
      const outcome = await client.waitFor(asked, { until: 'final' });
      expect(outcome).toMatchObject({ outcome: 'finalized' });
      expect(await client.status(asked.id)).toMatchObject({ stage: 'decided', outcome });

      const heard: KeyturnEvent[] = [];
      const isOurs = (event: KeyturnEvent) => event.type !== 'unreadable' && event.subject === asked.id;
      const until = async (last: string) => {
        for await (const event of client.events()) {
          if (isOurs(event)) heard.push(event);
          if (isOurs(event) && event.type === last) return;
        }
      };
      await until('keyturn.request.outcome');
      await until('keyturn.request.outcome');
      const types = heard.map(({ type }) => type);
      expect(types.filter((type) => type === 'keyturn.request.outcome')).toHaveLength(2);
      // A function that is slow to answer is asked again, and announces again: what was finished comes as often as it was announced.
      const announced = test.events('keyturn.request.accepted', { id: asked.id }).length;
      expect(types.filter((type) => type === 'keyturn.request.accepted').length).toBeGreaterThanOrEqual(1);
      expect(types.filter((type) => type === 'keyturn.request.accepted').length).toBeLessThanOrEqual(announced);
      for (const event of heard) {
        if (event.type === 'unreadable') throw new Error(event.reason);
        const [sent] = test.events(event.type, { eventId: event.eventId });
        expect(event.time).toBe(sent?.attributes['ce-time']);
      }
    } finally {
      await client.close();
    }
  }, 120_000);
});

// Of threat 93 in docs/threats.md.
describe('a service that receives pushes', () => {
  const AUDIENCE = 'https://shop.example/events';
  let service: ChildProcess;
  let url = '';
  let keys: ReturnType<typeof createServer>;
  const said: Record<string, unknown>[] = [];
  const stored = () =>
    readdirSync(join(dApp.path, 'events'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(dApp.path, 'events', name), 'utf8')));
  const account = () => accountEmail(test.lab.world, 'push');
  const mint = (email: string, audience: string) => test.lab.servers.idTokens.mint(email, audience);

  beforeAll(async () => {
    keys = createServer((_, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(test.lab.servers.idTokens.jwks()));
    });
    const jwks = `http://127.0.0.1:${await listen(keys)}`;
    service = dApp.start('receive-pushes.ts', { AUDIENCE, PUSH_ACCOUNT: account(), JWKS_URL: jwks, PORT: '0' });
    if (service.stdout === null) throw new Error('no output');
    createInterface(service.stdout).on('line', (line) => said.push(JSON.parse(line)));
    await test.until('the service to listen', () => said[0]?.listening);
    url = `http://127.0.0.1:${said[0]?.listening}/`;
    const topics = topicsOf(test.lab.config.law.name);
    test.lab.servers.topics.subscriptions.create(OWNER, {
      name: `projects/${test.lab.world.project.id}/subscriptions/shop-push`,
      topic: `projects/${test.lab.world.project.id}/topics/${topics.requestEvents}`,
      pushConfig: { pushEndpoint: url, oidcToken: { serviceAccountEmail: account(), audience: AUDIENCE } },
    });
  }, 60_000);
  afterAll(async () => {
    service.kill('SIGTERM');
    await closeServer(keys);
  });

  it('stores each event once, however often it comes', async () => {
    const id = await test.ask({ reference: 'by-push' });
    const [event] = await test.until('the event to be stored', () => {
      const found = stored().filter((one) => one.subject === id);
      return found.length > 0 && found;
    });
    expect(event).toMatchObject({ type: 'keyturn.request.accepted', id, reference: 'by-push' });
    const seen = await test.event('keyturn.request.accepted', { id });
    const before = stored().length;
    // Pub/Sub adds its own attributes, and takes them from nobody.
    const attributes = Object.entries(seen.attributes).filter(([name]) => !name.startsWith('goog'));
    await test.publish(Buffer.from(seen.text), 'requestEvents', Object.fromEntries(attributes));
    await test.until('the second one to be known', () => said.some(({ what }) => what === 'known'));
    expect(stored()).toHaveLength(before);
  }, 60_000);

  it('takes nothing from who does not prove that it is Pub/Sub', async () => {
    const before = stored().length;
    const body = JSON.stringify({
      message: { data: Buffer.from('{}').toString('base64'), attributes: {}, messageId: '1' },
      subscription: 'projects/p/subscriptions/s',
    });
    const status = async (token: string | undefined, method = 'POST') => {
      const headers = {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const response = await fetch(url, { method, headers, ...(method === 'POST' ? { body } : {}) });
      await response.arrayBuffer();
      return response.status;
    };
    const good = mint(account(), AUDIENCE);
    const [head, claims] = good.split('.');
    const tokens = [
      undefined,
      'x.y.z',
      mint(account(), 'https://another.example'),
      mint(accountEmail(test.lab.world, 'dapp'), AUDIENCE),
      `${head}.${claims}.${'A'.repeat(342)}`,
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`,
    ];
    for (const token of tokens) expect(await status(token)).toBe(401);
    expect(await status(good, 'GET')).toBe(405);
    expect(stored()).toHaveLength(before);
    // What Pub/Sub itself brings and nobody can read is kept, and not sent for ever.
    expect(await status(good)).toBe(204);
    expect(stored().filter(({ type }) => type === 'unreadable')).toMatchObject([{ data: 'e30=', given: '' }]);
  }, 60_000);
});

const tools = ['gcloud', 'python3'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
if (tools.length > 0) console.warn(`SKIPPED: asking by gcloud alone (${tools.join(', ')} is not installed)`);

describe.skipIf(tools.length > 0)('gcloud alone', () => {
  const run = promisify(execFile);
  const ask = (request: Record<string, unknown>, name: string) => {
    writeFileSync(join(dApp.path, name), JSON.stringify(request));
    const { description } = test.lab;
    const lines = [
      ...environmentLines(description, description.tokens.dapp),
      'export PAUSE=1',
      `exec sh ask-with-gcloud.sh lab ${name} keyturn.json`,
    ];
    const own = {
      PATH: process.env.PATH ?? '',
      HOME: dApp.path,
      CLOUDSDK_CONFIG: join(dApp.path, 'config'),
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
    };
    return run('sh', ['-e', '-c', lines.join('\n')], { env: own, cwd: dApp.path }).then(
      ({ stdout }) => ({ status: 0, lines: stdout.trim().split('\n') }),
      (error: { code: number; stdout: string }) => ({ status: error.code, lines: error.stdout.trim().split('\n') }),
    );
  };

  it('asks, knows the id before, and reads the outcome', async () => {
    const asked = ask(draft({ reference: 'by-gcloud', to: payee(75), value: `${ETHER}` }), 'request.json');
    const id = await approveOf('by-gcloud');
    const { status, lines } = await asked;
    expect([status, lines[0], lines.at(-1)]).toEqual([
      0,
      `id ${id}`,
      expect.stringMatching(/^outcome \{.*"outcome":"finalized"/),
    ]);
    expect(await balanceOf(test.lab.chain.url, payee(75))).toBe(ETHER);
  }, 120_000);

  it('reads its refusal', async () => {
    const { status, lines } = await ask(draft({ reference: 'by-gcloud-2', value: `${10n ** 30n}` }), 'denied.json');
    expect([status, lines.at(-1)]).toEqual([1, expect.stringMatching(/^refused \{.*"code":"POLICY_DENIED"/)]);
  }, 120_000);
});
