import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { account, attestedBy, user } from '#local/lab/people.ts';
import { groupOfShape } from '#local/lab/shapes.ts';
import { approvedObject, bucketsOf } from '#schemas/names.ts';
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
