import { Wallet as Signer } from 'ethers';
import { expect, test } from 'vitest';
import { stage } from '#test/support/stage.ts';

const SIGNER = new Signer(`0x${'2'.repeat(64)}`);

test('threat 78: a thousand unsigned requests shut no wallet: one that is signed is accepted and paid', async () => {
  const s = stage();
  let accepted = 0;
  for (let n = 0; n < 1000; n++) {
    const id = await s.ask({ reference: `flood-${n}`, requester: `nobody-${n % 10}`, maxPriorityFeePerGas: '1' });
    if (s.fact(id, 'request') !== undefined) accepted++;
  }
  expect(accepted).toBe(800);
  const plain = s.requestOf({ requester: SIGNER.address });
  const id = s.idOf(plain);
  const requesterSignature = SIGNER.signingKey.sign(`0x${id}`).serialized;
  await s.deliver(s.messageOf({ ...plain, requesterSignature }));
  expect(s.fact(id, 'request')).toBeDefined();
  await s.approve(id);
  await s.turn();
  expect(s.fact(id, 'submitted')).toMatchObject({ id, approvedBy: ['alice', 'bob'] });
}, 60_000);
