import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvedObject, openObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { startTestLab, type TestLab } from './support/lab.ts';
import { bytesOf, draft } from './support/requests.ts';

/** Any 2 of alice, bob and carol. */
let test: TestLab;
beforeAll(async () => {
  test = await startTestLab({ threshold: 2, coSigners: 3 });
}, 90_000);
afterAll(() => test.close(), 30_000);

const closes = (id: string): unknown[] =>
  test.list('register', 'seals/').flatMap((name) => {
    const { kind, items } = test.json('register', name) ?? {};
    return kind === 'close' && Array.isArray(items) ? items.filter((item) => item.id === id) : [];
  });
const reject = (who: string, id: string) =>
  test.upload(who, `rejections/${id}`, Buffer.from(JSON.stringify({ reason: 'not our supplier' })));

describe('enough rejections', () => {
  let id = '';
  beforeAll(async () => {
    id = await test.ask({ reference: 'contested' });
    await test.approve('alice', id);
    await reject('bob', id);
    await test.event('keyturn.request.rejected-by', { id, coSigner: 'bob' });
  });

  it('one of three does not end a request that two can still approve', async () => {
    await test.line('collect.count', { id, have: 'alice', rejected: 'bob' });
    // A rejection beats the share of whoever changes their mind: it cannot be taken back by a machine that somebody else uses.
    await test.approve('bob', id);
    await test.until(
      'bob to be counted again',
      () => test.events('keyturn.request.share-seen', { id, coSigner: 'bob' }).length > 0,
    );
    expect(test.read('results', approvedObject(id))).toBeUndefined();
    expect(closes(id)).toEqual([]);
  });

  it('the second is a close in the register, then the outcome', async () => {
    await reject('carol', id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'rejected', code: 'REJECTED', transactionHash: '' });
    expect(closes(id)).toEqual([{ id, code: 'REJECTED', reason: expect.stringContaining('bob, carol') }]);
    const { body } = await test.event('keyturn.request.outcome', { id });
    expect(body).toMatchObject({
      outcome: 'rejected',
      code: 'REJECTED',
      reason: expect.stringContaining('bob, carol'),
    });
    await test.until('the open mark to go', () => test.read('work', openObject('treasury', id)) === undefined);
    expect(test.events('keyturn.receipt')).toEqual([]);
    expect(test.list('signed')).toEqual([]);
  });

  it('its reference is free again, for other content too', async () => {
    const again = await test.ask({ reference: 'contested', value: '5' });
    expect(again).not.toBe(id);
    await test.approve('alice', again);
    await test.approve('bob', again);
    expect(await test.outcome(again)).toMatchObject({ outcome: 'finalized' });
    const third = draft({ reference: 'contested', value: '6' });
    await test.publish(bytesOf(third));
    expect((await test.event('keyturn.request.refused', { reference: 'contested' })).body).toMatchObject({
      code: 'REFERENCE_USED',
      existingId: again,
    });
  });
});

describe('validUntil passes', () => {
  it('unapproved: a close, outcome expired; what comes after is late', async () => {
    const id = await test.ask({ validUntil: timeText(Date.now() + 4_000) });
    await test.approve('alice', id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'expired', code: 'NOT_APPROVED_IN_TIME' });
    expect(closes(id)).toMatchObject([{ id, code: 'NOT_APPROVED_IN_TIME' }]);
    expect((await test.event('keyturn.request.outcome', { id })).body).toMatchObject({ outcome: 'expired' });
    await test.approve('bob', id);
    expect((await test.line('collect.ignore', { id, coSigner: 'bob' })).fields.code).toBe('SHARE_LATE');
    expect(test.read('results', approvedObject(id))).toBeUndefined();
  });
});
