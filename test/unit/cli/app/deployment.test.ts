import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfigFile } from '#cli/app/config-file.ts';
import { deploymentOf, loadDeployment, principalOf, tokenFileOf } from '#cli/app/deployment.ts';
import { typedIn } from '#cli/app/typed.ts';
import { configOf, LAB, lawJson } from '#test/support/cli/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, value: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
};
const { operations } = configOf();
const config = write('keyturn.json', { law: lawJson(), operations });
const dev = (over: object = {}) => ({
  ready: true,
  ...LAB,
  pid: 4711,
  started: 'monday',
  config,
  project: 'lab-project',
  ...over,
});
const load = (path: string | undefined, alive = true) =>
  loadDeployment(path, folder, ({ pid, started }) => alive && pid === 4711 && started === 'monday');

describe('--config', () => {
  test('names a keyturn.json: a real deployment', async () => {
    const deployment = await load('keyturn.json');
    expect(deployment.lab).toBeUndefined();
    expect(deployment.buckets.results).toBe('lab-results');
  });

  test('names a dev.json: a lab, with the law that it points to', async () => {
    const deployment = await load(write('dev.json', dev()));
    expect(deployment.config.law.name).toBe('lab');
    expect(deployment.lab?.tokens.dapp).toBe('/lab/dapp.token');
  });

  test('left out, it is the lab of this folder', async () => {
    await expect(load(undefined)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(`start the local cloud with "${typedIn(folder)} dev"`),
    });
    mkdirSync(join(folder, '.keyturn'));
    write('.keyturn/dev.json', dev());
    const here = await load(undefined);
    expect([here.path, here.isAbove]).toEqual([join(folder, '.keyturn/dev.json'), undefined]);
    // And of every folder below, as git does it.
    const below = join(folder, 'a', 'b');
    mkdirSync(below, { recursive: true });
    const found = await loadDeployment(undefined, below, () => true);
    expect([found.path, found.isAbove]).toEqual([here.path, true]);
    expect((await readConfigFile(below, undefined)).path).toBe(config);
    // A name that is given means the folder where one stands.
    await expect(loadDeployment('.keyturn/dev.json', below, () => true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each<[string, unknown, string, string]>([
    ['not JSON', '{', 'CONFIG', 'is not JSON'],
    ['neither', { hello: 1 }, 'CONFIG', 'is neither a keyturn.json (no law) nor the dev.json of a running lab'],
    ['null', 'null', 'CONFIG', 'is neither'],
    ['a lab that is not ready', dev({ ready: false }), 'CONFIG', 'ready: '],
    ['a lab without tokens', dev({ tokens: undefined }), 'CONFIG', 'tokens: '],
    ['a bad law', { law: { ...lawJson(), chains: [] }, operations }, 'CONFIG', 'law.chains'],
    ['a lab whose law is gone', dev({ config: join(folder, 'gone.json') }), 'NOT_FOUND', 'cannot be read'],
  ])('%s is refused', async (_, value, code, words) => {
    await expect(load(write('bad.json', value))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  test('a lab that has ended is told from one that fails', async () => {
    await expect(load(write('dev.json', dev()), false)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`is not running: start it with "${typedIn(folder)} dev"`),
    });
    await expect(load(write('dev.json', dev({ started: 'sunday' })))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(load(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('--as', () => {
  const lab = deploymentOf('/lab/dev.json', configOf(), LAB);
  const cloud = deploymentOf('/keyturn.json', configOf());

  test('has a sensible default in a lab', () => {
    expect(principalOf(lab, undefined, 'requester')).toBe('dapp');
    expect(principalOf(lab, undefined, 'co-signer')).toBe('alice');
    expect(principalOf(lab, undefined, 'operator')).toBe('operator');
    expect(principalOf(lab, undefined, 'finance')).toBe('finance');
    expect(principalOf(lab, 'bob', 'requester')).toBe('bob');
    expect(tokenFileOf(lab, 'bob')).toBe('/lab/bob.token');
    expect(tokenFileOf(lab, 'dapp')).toBe('/lab/dapp.token');
  });

  test('without alice the first co-signer stands in', () => {
    const others = { ...LAB, coSigners: LAB.coSigners.filter(({ name }) => name !== 'alice') };
    expect(principalOf(deploymentOf('/lab/dev.json', configOf(), others), undefined, 'co-signer')).toBe('bob');
  });

  test('where dev.json is of one person alone, it is that person, who still says as whom they answer', () => {
    const finance = deploymentOf('/f/dev.json', configOf(), { ...LAB, coSigners: [], tokens: { finance: '/f/token' } });
    for (const role of ['requester', 'co-signer', 'operator', 'finance', 'owner'] as const)
      expect(principalOf(finance, undefined, role)).toBe('finance');
    expect(() => principalOf(finance, undefined, 'answering co-signer')).toThrow('say which co-signer you are');
    expect(() => principalOf(finance, 'operator', 'operator')).toThrow('this lab knows only finance');
  });

  test('must be known', () => {
    expect(() => principalOf(lab, 'mallory', 'co-signer')).toThrow(
      '--as: this lab knows only alice, bob, carol, dapp, finance, operator',
    );
    expect(() => principalOf(cloud, 'dapp', 'co-signer')).toThrow(
      '--as: dapp is no co-signer of this law; these are: alice, bob, carol',
    );
  });

  test('of who approves or rejects is never guessed, neither in a lab nor in the cloud', () => {
    for (const deployment of [lab, cloud]) {
      expect(() => principalOf(deployment, undefined, 'answering co-signer')).toThrow(
        expect.objectContaining({
          code: 'USAGE',
          field: 'as',
          message: 'say which co-signer you are: --as NAME, one of alice, bob, carol',
        }),
      );
      expect(principalOf(deployment, 'bob', 'answering co-signer')).toBe('bob');
    }
  });

  test('in the cloud it only says which co-signer one is', () => {
    expect(principalOf(cloud, undefined, 'co-signer')).toBeUndefined();
    expect(principalOf(cloud, 'alice', 'co-signer')).toBe('alice');
    expect(tokenFileOf(cloud, 'alice')).toBeUndefined();
  });
});
