import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyturnEvent } from '#client/event-types.ts';
import { openClient } from '#client/index.ts';
import { type Caller, callerNamed } from '#local/cloud/runtime/iam.ts';
import { account, attestedBy, user } from '#local/lab/people.ts';
import { groupOfShape } from '#local/lab/shapes.ts';
import { approvedObject, bucketsOf, topicsOf } from '#schemas/names.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { alarms, approved, paid } from '../support/payments.ts';
import { type Draft, ETHER, payee } from '../support/requests.ts';
import { balanceOf } from '../support/rpc.ts';

/** The law and the plan of terraform/examples/split, with a payment through them. */
let test: TestLab;
beforeAll(async () => {
  test = await startTestLab({ shape: 'split', ...groupOfShape('split') });
}, 90_000);
afterAll(() => test?.close(), 30_000);

/** 204600: that chain's law names no date of a fork, so the stricter rules hold. */
const pay = (over: Draft): Draft => ({ chainId: '11155111', gasLimit: '210000', ...over });

describe('a deployment split among several projects', () => {
  it('has a locked register, a bucket of each co-signer, and urls that only secrets hold', () => {
    const { config, servers, world } = test.lab;
    const { law, operations } = config;
    expect(law.register).toMatchObject({ lock: 'required', projectNumber: '444444444444' });
    const owner = callerNamed('user:dev@keyturn.local');
    expect(servers.store.getBucket(owner, bucketsOf(law.name).register)).toMatchObject({
      projectNumber: '444444444444',
      retention: { seconds: law.register.retentionSeconds, locked: true },
    });
    expect(law.coSigners.map(({ shareLocation }) => shareLocation.bucket)).toEqual([
      'pay-1-shares-of-alice',
      'pay-1-shares-of-bob',
      'pay-1-shares-of-carol',
    ]);
    expect(operations.rpc.flatMap(({ urls }) => urls).filter((url) => !url.startsWith('secret:'))).toEqual([]);
    // Each in a project of its own.
    const keyOf = (who: string) => law.coSigners.find(({ name }) => name === who)?.releaseKey ?? '';
    const digest = operations.image.split('@')[1] ?? '';
    const decrypts = (pool: string, key: string): boolean =>
      world.iam.allows(callerNamed('image', attestedBy(law, pool, digest)), 'cloudkms.cryptoKeyVersions.useToDecrypt', {
        name: key,
        type: 'cloudkms.googleapis.com/CryptoKey',
        service: 'cloudkms.googleapis.com',
        policies: [`keys/${key}`, `projects/${key.split('/')[1]}`],
      });
    expect(decrypts('alice', keyOf('alice'))).toBe(true);
    expect(decrypts('operator', keyOf('alice'))).toBe(false);
    expect(decrypts('bob', keyOf('alice'))).toBe(false);
  });

  it('opens its secrets to finalize, reconcile and the image, and to nobody else', async () => {
    const { servers, world, config } = test.lab;
    const [name = ''] = config.operations.rpc.flatMap(({ urls }) => urls);
    const secret = name.replace('secret:', '');
    for (const who of ['finalize', 'reconcile'])
      expect(`${servers.secrets.access(account(world, who), secret, 'latest').bytes}`).toMatch(/^http:/);
    for (const caller of [account(world, 'intake'), account(world, 'launch'), user('alice'), user('operator')])
      expect(() => servers.secrets.access(caller, secret, 'latest')).toThrow(
        /does not have secretmanager.versions.access/,
      );
  });

  it('pays what two co-signers approve, each in the own bucket', async () => {
    const [id = ''] = await paid(test, [pay({ to: payee(300), value: `${ETHER / 2n}` })]);
    expect(await balanceOf(test.lab.chain.url, payee(300))).toBe(ETHER / 2n);
    expect(test.json('results', approvedObject(id))).toBeDefined();
    expect((await test.event('keyturn.receipt', { id })).body).toMatchObject({
      chainId: '11155111',
      finality: 'finalized',
    });
  });

  it('signs what finalize said, and the law names the key: finance and dApp verify it, and openssl agrees', async () => {
    const { law, lawText } = test.lab.config;
    const [id = ''] = await paid(test, [pay({ to: payee(302), value: '7' })]);
    const { receipts, requestEvents } = topicsOf(law.name);
    const { dapp, finance } = test.lab.description.tokens;
    const heard = async (tokenFile: string, subscription: string, last: (event: KeyturnEvent) => boolean) => {
      const client = openClient({ config: JSON.parse(lawText), requester: 'shop', tokenFile });
      const all: KeyturnEvent[] = [];
      for await (const event of client.events({ subscription, signal: AbortSignal.timeout(60_000) })) {
        all.push(event);
        if (last(event)) break;
      }
      await client.close();
      return all;
    };
    const booked = await heard(
      finance,
      `${receipts}-finance`,
      (event) => event.type === 'keyturn.receipt' && event.receipt.id === id,
    );
    expect(booked.map(({ type, signed }) => [type, signed])).toEqual(booked.map(() => ['keyturn.receipt', 'valid']));
    const told = await heard(
      dapp,
      `${requestEvents}-dapp`,
      (event) => event.type === 'keyturn.request.outcome' && event.id === id,
    );
    const signedOf = (type: string) => new Set(told.filter((event) => event.type === type).map(({ signed }) => signed));
    expect(signedOf('keyturn.request.outcome')).toEqual(new Set(['valid']));
    // Intake may not sign. Only what reconcile repeats of it is signed, and then rightly.
    expect(signedOf('keyturn.request.accepted').has('absent')).toBe(true);
    expect(told.map(({ signed }) => signed)).not.toContain('invalid');
    // Node's own openssl, over the bytes as anybody makes them.
    const { attributes, text } = await test.event('keyturn.receipt', { id });
    const part = (bytes: string) => `${Buffer.byteLength(bytes)}:${bytes},`;
    const named = ['ce-id', 'ce-type', 'ce-source', 'ce-time'].map((name) => attributes[name] ?? '');
    const bytes = ['keyturn-event-v1', ...named, text].map(part).join('');
    const key = createPublicKey({
      key: Buffer.from(law.eventKeys?.[0]?.publicKey ?? '', 'base64'),
      format: 'der',
      type: 'spki',
    });
    const signature = Buffer.from(attributes['keyturn-signature'] ?? '', 'base64');
    expect(verify('sha256', Buffer.from(bytes), key, signature)).toBe(true);
    expect(verify('sha256', Buffer.from(bytes.replace('"7"', '"8"')), key, signature)).toBe(false);
  }, 90_000);

  it('lets finalize and reconcile sign, and nobody else', () => {
    const { servers, world, config } = test.lab;
    const [{ version } = { version: '' }] = config.law.eventKeys ?? [];
    const sign = (caller: Caller) =>
      servers.keys.asymmetricSign(caller, { name: version, digest: Buffer.alloc(32, 1) });
    const digest = config.operations.image.split('@')[1] ?? '';
    for (const who of ['finalize', 'reconcile']) expect(sign(account(world, who)).signature.length).toBeGreaterThan(60);
    for (const caller of [
      ...['intake', 'collect', 'launch', 'push', 'workload'].map((who) => account(world, who)),
      ...['alice', 'operator', 'dapp', 'finance'].map(user),
      callerNamed('image', attestedBy(config.law, 'operator', digest)),
    ])
      expect(() => sign(caller)).toThrow(/does not have cloudkms\.cryptoKeyVersions\.useToSign/);
  });

  it('and asks a third for what is large', async () => {
    const drafts = [pay({ to: payee(301), value: `${2n * ETHER}` })];
    const [id = ''] = await approved(test, drafts);
    for (const coSigner of ['alice', 'bob']) await test.event('keyturn.request.share-seen', { id, coSigner });
    expect(test.read('results', approvedObject(id))).toBeUndefined();
    await test.approve('carol', id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(await balanceOf(test.lab.chain.url, payee(301))).toBe(2n * ETHER);
  });

  it('while nobody is alarmed', () => {
    expect(alarms(test)).toEqual([]);
  });
});
