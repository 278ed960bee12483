import { Wallet as Signer } from 'ethers';
import { expect, test } from 'vitest';
import { approvedObject, requestObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** Whoever initiates a payment does not approve it (threat 76). The law ties this key's address to alice. */
const ALICES = new Signer(`0x${'2'.repeat(64)}`);
const tied = () => stage({ tied: { alice: [ALICES.address] } });

const askedByAlice = (s: Pipeline) => {
  const plain = s.requestOf({ requester: ALICES.address });
  const id = s.idOf(plain);
  return { id, request: { ...plain, requesterSignature: ALICES.signingKey.sign(`0x${id}`).serialized } };
};
const approvers = (s: Pipeline, id: string): unknown => Reflect.get(Object(s.fact(id, 'submitted')), 'approvedBy');
/** What a taken function can write: that it is approved, in whose name ever. */
const forgeApproval = (s: Pipeline, id: string): void => {
  const fact = { id, wallet: 'hot', coSigners: ['alice', 'bob'] };
  s.storage.put(s.buckets.results, approvedObject(id), Buffer.from(JSON.stringify(fact)));
};

test('threat 76: collect counts the others alone, and says whose share it passes over', async () => {
  const s = tied();
  const { id, request } = askedByAlice(s);
  await s.deliver(s.messageOf(request));
  await s.approve(id);
  expect(s.fact(id, 'approved')).toBeUndefined();
  const passedOver = s.log.lines.filter(({ event }) => event === 'collect.share').map(({ fields }) => fields);
  expect(passedOver).toMatchObject([{ id, coSigner: 'alice', code: 'SHARE_OF_INITIATOR' }]);
  await s.upload('holder-3', id);
  await s.turn();
  expect(approvers(s, id)).toEqual(['bob', 'holder-3']);
});

test('threat 76: a machine that a hostile collect sends does not count the share of who asked, nor open it', async () => {
  const s = tied();
  const { id, request } = askedByAlice(s);
  await s.deliver(s.messageOf(request));
  await s.approve(id);
  forgeApproval(s, id);
  await s.tick();
  await s.turn();
  expect([s.seals(), s.chain().sends, s.keys.decryptions]).toEqual([[], [], 0]);
  expect(s.log.codes('info')).toContain('NOT_ENOUGH_SHARES');
  await s.upload('holder-3', id);
  await s.turn(2n);
  expect(approvers(s, id)).toEqual(['bob', 'holder-3']);
  expect(s.keys.decryptions).toBe(2);
});

test('threat 76: what too few others can approve is refused by the machine too, where intake is hostile', async () => {
  const s = stage({ tied: { alice: [ALICES.address], bob: [ALICES.address] } });
  const { id, request } = askedByAlice(s);
  await s.deliver(s.messageOf(request));
  expect(s.fact(id, 'request')).toBeUndefined();
  const fact = { id, walletAddress: s.wallet.address, lawHash: s.config.lawHash, request };
  s.storage.put(s.buckets.results, requestObject(id), Buffer.from(JSON.stringify(fact)));
  forgeApproval(s, id);
  s.storage.put(s.buckets.work, `open/hot/${id}`, s.messageOf(request), { metadata: { stage: 'approved' } });
  await s.approve(id);
  await s.upload('holder-3', id);
  await s.turn();
  expect(s.chain().sends).toEqual([]);
  await s.tick();
  expect(s.outcome(id)).toMatchObject({ outcome: 'refused', code: 'TOO_FEW_APPROVERS' });
});
