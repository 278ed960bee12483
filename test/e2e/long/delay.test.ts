import { afterAll, beforeAll, expect, it } from 'vitest';
import { OWNER } from '#local/lab/people.ts';
import { approvedObject, signedObject } from '#schemas/names.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';

/** Above a thousandth of an ether: 6 seconds, in which any of alice, bob and carol may veto. By the built code, on a real node. */
const DELAY = 6_000;
const LARGE = { value: '1000000000000001' };
let test: TestLab;
beforeAll(async () => {
  test = await startTestLab({
    threshold: 2,
    coSigners: 3,
    law: (usual) => ({
      ...usual,
      wallets: usual.wallets.map((wallet) => ({
        ...wallet,
        policy: {
          ...wallet.policy,
          delays: [{ name: 'large', seconds: DELAY / 1000, aboveWei: '1000000000000000' }],
        },
      })),
    }),
  });
}, 90_000);
afterAll(() => test?.close(), 30_000);

const createdIn = (bucket: string, prefix: string): readonly number[] =>
  test.lab.servers.store.list(OWNER, bucket, { prefix }).items.map(({ created }) => created);
const approve = async (id: string): Promise<void> => {
  await test.approve('alice', id);
  await test.approve('bob', id);
};

it('a payment above the amount is paid after its delay, and it is said that it waits', async () => {
  const id = await test.ask(LARGE);
  await approve(id);
  const { body } = await test.event('keyturn.request.waiting', { id, code: 'DELAYED' });
  expect(body.reason).toMatch(/^It waits for the end of its delay, \d{4}-.*Z: any co-signer can veto it until then\.$/);
  expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
  const shares = ['alice', 'bob'].flatMap((name) => createdIn('lab-keys', `${name}/shares/${id}`));
  const [seal] = createdIn('lab-register', 'seals/');
  expect(shares).toHaveLength(2);
  expect((seal ?? 0) - Math.max(...shares)).toBeGreaterThanOrEqual(DELAY);
}, 60_000);

it('one co-signer of three stops it in its delay: a close, and nothing is signed', async () => {
  const id = await test.ask(LARGE);
  await approve(id);
  await test.line('collect.delay', { id });
  await test.upload('carol', `rejections/${id}`, Buffer.from(JSON.stringify({ reason: 'not our supplier' })));
  expect(await test.outcome(id)).toMatchObject({ outcome: 'rejected', code: 'REJECTED', transactionHash: '' });
  expect(test.read('results', approvedObject(id))).toBeUndefined();
  expect(test.read('signed', signedObject(id))).toBeUndefined();
}, 60_000);

it('at the amount nothing waits, and one rejection of three stops nothing', async () => {
  const id = await test.ask();
  await test.upload('carol', `rejections/${id}`, Buffer.from('{}'));
  await approve(id);
  expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
  expect(test.events('keyturn.request.waiting', { id, code: 'DELAYED' })).toEqual([]);
}, 60_000);
