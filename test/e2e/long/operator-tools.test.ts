import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { computeAddress } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startMetadataServer } from '#local/cloud/identity/metadata.ts';
import { accountEmail, OWNER } from '#local/lab/people.ts';
import { bucketsOf, OPERATIONS_OBJECT } from '#schemas/names.ts';
import { parseShareText } from '#schemas/share-text.ts';
import { DIST } from '../../../build/build.ts';
import { zipFunctions } from '../../../build/zip.ts';
import { keyturn, type Ran } from '../support/cli.ts';
import { keyturnHere } from '../support/in-process.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { commandLine } from '../support/operators.ts';
import { bytesOf, draft } from '../support/requests.ts';
import { startUnpacked, unpack } from '../support/unzipped.ts';

/** What operators and holders type; one lab for what needs a deployment. A process of its own makes the shares. */
let test: TestLab;
let cli: (...args: readonly string[]) => Promise<Ran>;
const folder = mkdtempSync(join(tmpdir(), 'keyturn-tools-'));
beforeAll(async () => {
  test = await startTestLab();
  cli = commandLine(test);
}, 120_000);
afterAll(async () => {
  await test.close();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const findings = z.array(z.object({ area: z.string(), level: z.string(), what: z.string(), todo: z.string() }));

describe('keyturn doctor', () => {
  it('finds nothing bad in a lab that has just started, and says what a lab has no part for', async () => {
    const { code, json } = await cli('doctor');
    const found = findings.parse(json.findings);
    expect(found.filter(({ level }) => level === 'bad' || level === 'unread')).toEqual([]);
    expect(code).toBe(0);
    const looked = new Set(found.filter(({ level }) => level === 'ok').map(({ area }) => area));
    for (const area of ['law', 'wallets', 'buckets', 'operations', 'schemas', 'rpc', 'balances', 'dead letters'])
      expect([...looked]).toContain(area);
  });

  it('says what is missing and what to do, with exit code 1', async () => {
    const { store } = test.lab.servers;
    const { work } = bucketsOf('lab');
    const { bytes } = store.read(OWNER, work, OPERATIONS_OBJECT);
    store.delete(OWNER, work, OPERATIONS_OBJECT);
    const { code, json } = await cli('doctor');
    store.insert(OWNER, work, OPERATIONS_OBJECT, bytes, {});
    const bad = findings.parse(json.findings).filter(({ level }) => level === 'bad');
    expect([code, bad.map(({ area }) => area)]).toEqual([1, ['operations']]);
    expect(bad[0]?.todo).not.toBe('');
  });

  it('as somebody who may not look: no pass, exit code 2, and what it takes', async () => {
    const { code, json } = await cli('doctor', '--as', 'dapp');
    const unread = findings.parse(json.findings).filter(({ level }) => level === 'unread');
    expect([code, json.ok]).toEqual([2, false]);
    expect(unread.map(({ what }) => what)).toContainEqual(expect.stringContaining('needs storage.buckets.get'));
  });
});

it('keyturn deploy has nothing to do in a lab', async () => {
  const { code, json } = await cli('deploy');
  expect([code, json]).toMatchObject([0, { ok: true, lab: true, next: null }]);
});

describe('a wallet from a key that exists', () => {
  const key = `0x${'42'.repeat(32)}`;
  const config = join(folder, 'keyturn.json');
  const sticks = ['alice', 'bob'].map((name) => join(folder, name, `${name}.share`));
  const IMPORT = [
    ...['wallet', 'import', 'savings', '--config', config, '--key', join(folder, 'old.key'), '--threshold', '2'],
    ...sticks.flatMap((file, i) => ['--share', `${['alice', 'bob'][i]}=${file}`]),
  ];
  beforeAll(() => {
    const { law, operations } = JSON.parse(readFileSync(test.lab.description.config, 'utf8'));
    writeFileSync(config, JSON.stringify({ law, operations }, null, 2));
    writeFileSync(join(folder, 'old.key'), key, { mode: 0o600 });
    for (const name of ['alice', 'bob']) mkdirSync(join(folder, name));
  });

  it('goes to its holders alone, with address and commitments in the law', async () => {
    const { code, json } = await keyturn(folder, ...IMPORT, '--json');
    expect([code, json.ok]).toEqual([0, true]);
    test.leaks.guard(
      { name: 'the key of savings', bytes: Buffer.from(key.slice(2), 'hex') },
      ...sticks.map((file) => ({ name: `the share in ${file}`, bytes: parseShareText(readFileSync(file)).scalar })),
    );
    for (const file of sticks) expect(statSync(file).mode & 0o777).toBe(0o600);
    const { law } = z
      .object({ law: z.object({ wallets: z.array(z.looseObject({ name: z.string(), address: z.string() })) }) })
      .parse(JSON.parse(readFileSync(config, 'utf8')));
    const made = law.wallets.find(({ name }) => name === 'savings');
    expect(made).toMatchObject({
      address: computeAddress(key),
      threshold: 2,
      commitments: [expect.any(String), expect.any(String)],
    });
    // Neither in the law, nor in what was said.
    const said = `${JSON.stringify(json)}${readFileSync(config, 'utf8')}`;
    for (const file of sticks) expect(said).not.toContain(readFileSync(file, 'utf8').trim());
    expect(said).not.toContain('42'.repeat(32));
  });

  it('each holder finds a good share, and not one of another', async () => {
    const [alice = '', bob = ''] = sticks;
    const verify = (file: string, who: string) =>
      keyturnHere(folder, 'wallet', 'verify', file, '--config', config, '--as', who);
    expect((await verify(alice, 'alice')).json.ok).toBe(true);
    expect((await verify(bob, 'alice')).code).toBe(1);
  });

  it('a second time is refused, and nothing is written over', async () => {
    const before = sticks.map((file) => readFileSync(file, 'utf8'));
    expect((await keyturnHere(folder, ...IMPORT)).code).not.toBe(0);
    expect(sticks.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
  });
});

describe('the archive of a function', () => {
  it('unpacked, with what its lock lists and nothing else, takes a push and does its work', async () => {
    // Beside dist/, whose list of zips Terraform reads.
    const dist = join(folder, 'dist');
    cpSync(join(DIST, 'functions', 'intake'), join(dist, 'functions', 'intake'), { recursive: true });
    const [zip] = await zipFunctions(dist, ['intake']);
    const own = join(folder, 'intake');
    expect(unpack(zip?.file ?? '', own)).toEqual(['index.js', 'package-lock.json', 'package.json', 'telemetry.js']);
    const { world, servers } = test.lab;
    const metadata = await startMetadataServer({
      world,
      idTokens: servers.idTokens,
      email: accountEmail(world, 'intake'),
    });
    const lines: string[] = [];
    const env = {
      KEYTURN_CONFIG: readFileSync(test.lab.description.config, 'utf8'),
      GOOGLE_CLOUD_PROJECT: world.project.id,
      GCE_METADATA_HOST: metadata.host,
      METADATA_SERVER_DETECTION: 'assume-present',
    };
    const { url, child } = await startUnpacked(own, 'intake', env, (line) => lines.push(line));
    try {
      const data = bytesOf(draft({ reference: 'by-the-archive' })).toString('base64');
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ message: { data, attributes: {}, messageId: '1' }, subscription: 's' }),
      });
      expect([response.status, lines.filter((line) => /fault/.test(line))]).toEqual([204, []]);
      const { body } = await test.event('keyturn.request.accepted', { reference: 'by-the-archive' });
      expect(test.json('results', `requests/${body.id}/request.json`)).toMatchObject({ id: body.id });
    } finally {
      await child.stop();
      await metadata.close();
    }
  });
});
