import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { v1 } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '#adapters/pubsub/options.ts';
import { IMAGE_REPOSITORY } from '#local/lab/config.ts';
import { account, type FunctionName, OWNER } from '#local/lab/people.ts';
import { bucketsOf, OPERATIONS_OBJECT, sealObject, shareAad, signedObject, topicsOf } from '#schemas/names.ts';
import { boot, ZONE } from './support/boot.ts';
import { clientOf, googleKms, googleStorage, tokenOf } from './support/clients.ts';
import { startTestLab, type TestLab } from './support/lab.ts';

const BUCKETS = bucketsOf('lab');
const ID = 'a'.repeat(64);

let test: TestLab;
const tokens = new Map<string, string>();
/** A person by name, or a function's own account. */
const token = (who: string): string => {
  const known = tokens.get(who);
  if (known === undefined) throw new Error(`no token for ${who}`);
  return known;
};
beforeAll(async () => {
  test = await startTestLab();
  const { lab } = test;
  for (const who of ['alice', 'bob', 'dapp', 'finance', 'operator']) tokens.set(who, tokenOf(lab, who));
  for (const name of ['intake', 'collect', 'launch', 'finalize', 'reconcile', 'workload', 'push'])
    tokens.set(name, lab.world.iam.issueToken(account(lab.world, name)));
  const put = (bucket: string, name: string) => lab.servers.store.insert(OWNER, bucket, name, Buffer.from('there'));
  put(BUCKETS.signed, signedObject(ID));
  put(BUCKETS.keys, `alice/shares/${ID}`);
  put(BUCKETS.keys, `bob/shares/${ID}`);
  put(BUCKETS.results, `requests/${ID}/approved.json`);
}, 90_000);
afterAll(() => test.close(), 30_000);

const status = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
/** `yes`, or the code of the refusal: 403 over REST, 7 (PERMISSION_DENIED) from KMS and Pub/Sub. */
const answered = (call: Promise<unknown>): Promise<string> => call.then(() => 'yes', status);

const file = (who: string, bucket: string, name: string) =>
  googleStorage(test.lab, token(who)).bucket(bucket).file(name);
const can = {
  read: (who: string, bucket: string, name: string) => answered(file(who, bucket, name).download()),
  create: (who: string, bucket: string, name: string) =>
    answered(file(who, bucket, name).save('x', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } })),
  overwrite: (who: string, bucket: string, name: string) =>
    answered(file(who, bucket, name).save('y', { resumable: false })),
  delete: (who: string, bucket: string, name: string) => answered(file(who, bucket, name).delete()),
  list: (who: string, bucket: string) =>
    answered(googleStorage(test.lab, token(who)).bucket(bucket).getFiles({ maxResults: 1 })),
  publish: async (who: string, topic: keyof ReturnType<typeof topicsOf>) => {
    const { law } = test.lab.config;
    const client = new v1.PublisherClient(
      clientOptions({
        projectId: law.operator.projectId,
        authClient: clientOf(token(who)),
        endpoint: law.endpoints?.pubsub,
      }),
    );
    try {
      // Data that no schema admits: whoever may publish is told INVALID_ARGUMENT (3), and nothing is sent.
      const topicName = `projects/${law.operator.projectId}/topics/${topicsOf(law.name)[topic]}`;
      return await answered(client.publish({ topic: topicName, messages: [{ data: Buffer.from('{') }] }));
    } finally {
      await client.close();
    }
  },
};

const KEYS = ['alice', 'bob'];
const FUNCTIONS: readonly FunctionName[] = ['intake', 'collect', 'launch', 'finalize', 'reconcile'];

describe('people', () => {
  it('a co-signer creates below the own prefix and nowhere else, and never deletes or replaces', async () => {
    const own = `alice/shares/${'b'.repeat(64)}`;
    expect(await can.create('alice', BUCKETS.keys, own)).toBe('yes');
    expect([
      await can.overwrite('alice', BUCKETS.keys, own),
      await can.delete('alice', BUCKETS.keys, own),
      await can.create('alice', BUCKETS.keys, `bob/shares/${'b'.repeat(64)}`),
      await can.create('alice', BUCKETS.keys, `bob/rejections/${'b'.repeat(64)}`),
      await can.create('alice', BUCKETS.keys, 'alice'),
      await can.read('alice', BUCKETS.keys, `bob/shares/${ID}`),
      await can.create('alice', BUCKETS.results, `requests/${ID}/outcome.json`),
      await can.create('alice', BUCKETS.work, 'paused'),
      await can.create('alice', BUCKETS.register, 'seals/x'),
      await can.read('alice', BUCKETS.signed, signedObject(ID)),
    ]).toEqual(Array.from({ length: 10 }, () => '403'));
  });

  it('a co-signer encrypts under the own release key, with no other, and decrypts with none', async () => {
    const { coSigners } = test.lab.config.law;
    const kms = googleKms(test.lab, token('alice'));
    const [mine = '', bobs = ''] = coSigners.map(({ releaseKey }) => releaseKey);
    const additionalAuthenticatedData = Buffer.from(shareAad(ID, 'alice'));
    try {
      const [answer] = await kms.encrypt({ name: mine, plaintext: Buffer.from('s'), additionalAuthenticatedData });
      const ciphertext = answer.ciphertext ?? '';
      expect(ciphertext.length).toBeGreaterThan(30);
      await expect(kms.decrypt({ name: mine, ciphertext, additionalAuthenticatedData })).rejects.toMatchObject({
        code: 7,
        message: expect.stringContaining('useToDecrypt'),
      });
      expect(await answered(kms.encrypt({ name: bobs, plaintext: Buffer.from('s') }))).toBe('7');
      expect(await answered(kms.decrypt({ name: bobs, ciphertext, additionalAuthenticatedData }))).toBe('7');
    } finally {
      await kms.close();
    }
  });

  it('dapp and finance read results; neither sees shares, signed bytes or writes anything', async () => {
    for (const who of ['dapp', 'finance']) {
      expect(await can.read(who, BUCKETS.results, `requests/${ID}/approved.json`)).toBe('yes');
      expect([
        await can.read(who, BUCKETS.signed, signedObject(ID)),
        await can.list(who, BUCKETS.signed),
        await can.read(who, BUCKETS.keys, `alice/shares/${ID}`),
        await can.create(who, BUCKETS.keys, `alice/shares/${'c'.repeat(64)}`),
        await can.create(who, BUCKETS.results, `receipts/2026/01/01/${ID}.json`),
        await can.create(who, BUCKETS.register, 'seals/x'),
        await can.create(who, BUCKETS.work, `open/treasury/${ID}`),
      ]).toEqual(Array.from({ length: 7 }, () => '403'));
    }
    expect([
      await can.publish('dapp', 'transactionRequests'),
      await can.publish('dapp', 'approved'),
      await can.publish('dapp', 'receipts'),
      await can.publish('finance', 'transactionRequests'),
      await can.publish('alice', 'submitted'),
    ]).toEqual(['3', '7', '7', '7', '7']);
  });

  it('the operator steers the work bucket, and reads neither shares nor signed bytes', async () => {
    expect([
      await can.read('operator', BUCKETS.work, OPERATIONS_OBJECT),
      await can.read('operator', BUCKETS.keys, `alice/shares/${ID}`),
      await can.read('operator', BUCKETS.signed, signedObject(ID)),
      await can.create('operator', BUCKETS.register, 'seals/x'),
      await can.create('operator', BUCKETS.results, `requests/${ID}/outcome.json`),
      await can.create('operator', BUCKETS.signed, 'x'),
    ]).toEqual(['yes', '403', '403', '403', '403', '403']);
  });
});

describe('functions', () => {
  it.each(FUNCTIONS)('%s reads no share, decrypts nothing and creates no signed bytes', async (name) => {
    const kms = googleKms(test.lab, token(name));
    try {
      for (const who of KEYS) expect(await can.read(name, BUCKETS.keys, `${who}/shares/${ID}`)).toBe('403');
      for (const { releaseKey } of test.lab.config.law.coSigners) {
        expect(await answered(kms.decrypt({ name: releaseKey, ciphertext: Buffer.from('x') }))).toBe('7');
        expect(await answered(kms.encrypt({ name: releaseKey, plaintext: Buffer.from('x') }))).toBe('7');
      }
    } finally {
      await kms.close();
    }
    expect([
      await can.create(name, BUCKETS.keys, `alice/shares/${'d'.repeat(64)}`),
      await can.create(name, BUCKETS.signed, 'x'),
      await can.delete(name, BUCKETS.results, `requests/${ID}/approved.json`),
      await can.overwrite(name, BUCKETS.results, `requests/${ID}/approved.json`),
    ]).toEqual(['403', '403', '403', '403']);
    const settles = name === 'finalize' || name === 'reconcile';
    expect([
      await can.list(name, BUCKETS.keys),
      await can.read(name, BUCKETS.signed, signedObject(ID)),
      await can.create(name, BUCKETS.register, `seals/${name}`),
      await can.create(name, BUCKETS.results, `requests/${name}/outcome.json`),
      await can.create(name, BUCKETS.results, `receipts/2026/01/01/${name}.json`),
      await can.publish(name, 'approved'),
      await can.publish(name, 'receipts'),
      await can.publish(name, 'transactionRequests'),
    ]).toEqual([
      name === 'collect' || name === 'reconcile' ? 'yes' : '403',
      name === 'reconcile' ? 'yes' : '403',
      name === 'reconcile' ? 'yes' : '403',
      settles ? 'yes' : '403',
      settles ? 'yes' : '403',
      name === 'collect' || name === 'reconcile' ? '3' : '7',
      settles ? '3' : '7',
      '7',
    ]);
  });

  it("the machine's own account opens nothing: only what it proves does", async () => {
    expect([
      await can.read('workload', BUCKETS.work, OPERATIONS_OBJECT),
      await can.read('workload', BUCKETS.keys, `alice/shares/${ID}`),
      await can.list('workload', BUCKETS.register),
      await can.publish('workload', 'submitted'),
      await can.read('push', BUCKETS.results, `requests/${ID}/approved.json`),
    ]).toEqual(['403', '403', '403', '7', '403']);
  });
});

describe('machines that somebody else starts', () => {
  it('another image gets tokens and no rights: it cannot even read how long to idle', async () => {
    const folder = join(test.folder, 'tampered');
    cpSync(join(test.folder, 'image'), folder, { recursive: true });
    appendFileSync(join(folder, 'main.mjs'), '\n// one more line\n');
    const digest = test.lab.servers.images.add(IMAGE_REPOSITORY, folder);
    const name = boot(test, 900n, { image: `${IMAGE_REPOSITORY}@${digest}` });
    expect((await test.line('turn.fault', { source: name })).fields).toMatchObject({
      code: 'PERMISSION_DENIED',
      alarm: true,
      reason: expect.stringContaining(`lab-work/${OPERATIONS_OBJECT}`),
    });
    await test.line('workload finished with a non-zero return code: 1', { source: name });
  });

  it('the debug image is refused by STS, whatever it runs', async () => {
    const name = boot(test, 901n, { family: 'confidential-space-debug' });
    const { fields } = await test.line('turn.fault', { source: name });
    expect(fields).toMatchObject({
      code: 'ATTESTATION_REFUSED',
      alarm: true,
      reason: expect.stringContaining('HTTP 400 unauthorized_client'),
    });
    expect(test.logged('turn.end', { source: name })).toEqual([]);
    test.lab.servers.instances.delete(account(test.lab.world, 'reconcile'), ZONE, name);
  });

  it('the right image, started by hand, may work: it is the digest that counts', async () => {
    const name = boot(test, 902n);
    await test.line('turn.end', { source: name });
    expect(test.read('register', sealObject('31337', test.lab.wallet.address, 0n))).toBeUndefined();
  });
});
