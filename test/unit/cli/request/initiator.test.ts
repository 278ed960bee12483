import { Wallet as Signer } from 'ethers';
import { describe, expect, test } from 'vitest';
import { run as approve } from '#cli/commands/approve.ts';
import { run as pending } from '#cli/commands/pending.ts';
import { run as reject } from '#cli/commands/reject.ts';
import { run as show } from '#cli/commands/show.ts';
import { run as status } from '#cli/commands/status.ts';
import { run as why } from '#cli/commands/why.ts';
import { openObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { type CliHarnessOptions, idOf, lawJson, NOW, requestOf, shareLine, stageOf } from '#test/support/cli/people.ts';

/** What people are told of a request whose requester the law ties to alice (threat 76). */
const ALICES = new Signer(`0x${'2'.repeat(64)}`);

const scene = (options: CliHarnessOptions = {}) => {
  const coSigners = (lawJson().coSigners as { name: string }[]).map((one) =>
    one.name === 'alice' ? { ...one, requesters: [ALICES.address] } : one,
  );
  const stage = stageOf({ law: { coSigners }, ...options });
  const plain = requestOf({ requester: ALICES.address });
  const requesterSignature = ALICES.signingKey.sign(`0x${idOf(plain)}`).serialized;
  const id = stage.accept({ ...plain, requesterSignature });
  for (const who of ['alice', 'bob']) stage.storage.put('lab-keys', `${who}/shares/${id}`, new Uint8Array(9));
  stage.storage.put('lab-work', openObject('treasury', id), new Uint8Array(), { metadata: { stage: 'accepted' } });
  return { stage, id };
};
const WORDS =
  'The share of alice does not count: the law ties the requester to that co-signer, and who asks does not approve.';
const LINE = 'alice asked for it: the law ties its requester to this co-signer, whose share does not count';
const VOTE = { coSigner: 'alice', answer: 'initiator', code: 'SHARE_OF_INITIATOR' };

describe('whose share does not count, and why, is told where approvals are missing', () => {
  test('by show', async () => {
    const text = scene();
    await show(text.stage.session, text.id);
    expect(text.stage.stdout.text).toContain('1 of 2');
    expect(text.stage.stdout.text).toContain(LINE);
    const { stage, id } = scene({ json: true });
    await show(stage.session, id);
    expect(stage.json()).toMatchObject({
      votes: [VOTE, { coSigner: 'bob', answer: 'approved' }, { coSigner: 'carol' }],
    });
  });

  test('by status and by why', async () => {
    for (const run of [status, why]) {
      const { stage, id } = scene({ me: 'operator' });
      await run(stage.session, id);
      expect(stage.stdout.text).toContain('It waits for approvals: it has 1 of 2.');
      expect(stage.stdout.text).toContain(WORDS);
    }
    const { stage, id } = scene({ me: 'operator', json: true });
    await why(stage.session, id);
    expect(stage.json()).toMatchObject({ code: 'NOT_ENOUGH_SHARES', initiators: ['alice'] });
  });

  test('by pending, to alice and to others', async () => {
    const alice = scene({ me: 'alice' });
    await pending(alice.stage.session, {});
    expect(alice.stage.stdout.text).toContain('1 of 2, without alice, who asked');
    expect(alice.stage.stdout.text).toContain('does not count: you asked');
    const bob = scene({ me: 'bob', json: true });
    await pending(bob.stage.session, {});
    expect(bob.stage.json()).toMatchObject({
      requests: [{ approvals: 1, needed: 2, initiators: ['alice'], mine: 'approved' }],
    });
  });
});

test('threat 76: approve is refused before the share is read, with and without --manual', async () => {
  for (const manual of [false, true]) {
    let read = 0;
    const { stage, id } = scene({ me: 'alice', lab: undefined });
    const session = {
      ...stage.session,
      stdin: async () => {
        read++;
        return shareLine(1);
      },
    };
    await expect(approve(session, id, { share: '-', yes: true, manual })).rejects.toMatchObject({
      code: 'SHARE_OF_INITIATOR',
      message: `your law ties requester ${ALICES.address} to you, so your share does not count`,
    });
    expect([read, stage.encrypted]).toEqual([0, []]);
  }
});

test('a rejection by one of the two others leaves too few, and says so', async () => {
  const { stage, id } = scene({ me: 'bob', json: true });
  await reject(stage.session, id, { yes: true });
  expect(stage.json()).toMatchObject({ closes: true });
});

test('threat 78: pending lists signed requests first, however urgent others are', async () => {
  const { stage, id } = scene({ me: 'bob', json: true });
  const urgent = stage.accept(requestOf({ validUntil: timeText(NOW + 60_000), reference: 'urgent' }));
  stage.storage.put('lab-work', openObject('treasury', urgent), new Uint8Array(), { metadata: { stage: 'accepted' } });
  await pending(stage.session, {});
  expect(stage.json()).toMatchObject({
    requests: [
      { id, signed: true },
      { id: urgent, signed: false },
    ],
  });
});
