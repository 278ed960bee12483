import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER } from '#local/lab/people.ts';
import { digestOf } from '#schemas/digest.ts';
import { approvedObject, bucketsOf, shareAad, submittedObject } from '#schemas/names.ts';
import { parseRequest } from '#schemas/request.ts';
import { type Fields, startTestLab, type TestLab } from './support/lab.ts';
import { REFUSED } from './support/refused.ts';
import { bytesOf, draft, payee } from './support/requests.ts';

/** Any 2 of alice, bob and carol; carol sends nothing that is any good. */
let test: TestLab;
beforeAll(async () => {
  test = await startTestLab({ threshold: 2, coSigners: 3 });
}, 90_000);
afterAll(() => test.close(), 30_000);

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
/** The stored refusal of exactly these bytes; `event` is what was said about it. */
const refusal = async (data: Buffer): Promise<Fields> => {
  const name = await test.until(`a refusal of ${data.toString('utf8', 0, 200)}`, () =>
    test.list('results', `refusals/${sha256(data)}-`).at(0),
  );
  const said = await test.until(`the event of ${name}`, () =>
    test.events('keyturn.request.refused').find(({ eventId }) => eventId === `lab-results/${name}`),
  );
  const fact = test.json('results', name) ?? {};
  expect(said.body).toMatchObject({
    code: fact.code,
    field: fact.field,
    reason: fact.reason,
    existingId: fact.existingId,
  });
  return fact;
};

describe('requests', () => {
  it('the topic itself takes nothing that is not of its schema', async () => {
    const { memo: _, ...incomplete } = draft();
    const spoilt = [
      Buffer.from('{'),
      Buffer.from(''),
      Buffer.from([0xff, 0xfe]),
      bytesOf([]),
      bytesOf(incomplete),
      bytesOf({ ...draft(), value: 1 }),
    ];
    for (const data of spoilt)
      await expect(test.publish(data), data.toString()).rejects.toMatchObject({
        code: 3,
        message: expect.stringMatching(/INVALID_ARGUMENT/),
      });
    expect(test.list('results').filter((name) => !name.startsWith('laws/'))).toEqual([]);
  });

  it('what comes past the topic meets the same parser, and is acknowledged', async () => {
    const { memo: _, ...incomplete } = draft();
    const cases: readonly (readonly [Buffer, string, string])[] = [
      [Buffer.from('{'), 'MALFORMED', ''],
      [Buffer.from([0xff, 0xfe, 0x00]), 'MALFORMED', ''],
      [Buffer.from(''), 'MALFORMED', ''],
      [bytesOf([draft()]), 'MALFORMED', ''],
      [bytesOf(null), 'MALFORMED', ''],
      [bytesOf({ ...draft(), value: 1 }), 'BAD_FIELD', 'value'],
      [bytesOf({ ...draft(), colour: 'red' }), 'UNKNOWN_FIELD', 'colour'],
      [bytesOf(incomplete), 'MISSING_FIELD', 'memo'],
      [bytesOf({ ...draft(), memo: 'x'.repeat(140 * 1024) }), 'TOO_LARGE', ''],
    ];
    for (const [data, code, field] of cases) {
      expect(await test.push('intake', data)).toBe(204);
      expect(await refusal(data)).toMatchObject({ code, field });
    }
  });

  it('each one that says something wrong is refused by code and field, and under its own reference', async () => {
    const sent = REFUSED.map(([what, over, code, field]) => ({ what, code, field, data: bytesOf(draft(over())) }));
    await Promise.all(sent.map(({ data }) => test.publish(data)));
    for (const { what, code, field, data } of sent) {
      const fact = await refusal(data);
      expect([what, fact.code, fact.field]).toEqual([what, code, field]);
      expect(fact.reason, what).toMatch(/\w+ \w+/);
      if (field !== 'reference') expect(data.toString()).toContain(`"reference":"${fact.reference}"`);
    }
    expect(test.list('results', 'requests/')).toEqual([]);
    expect(test.list('work', 'open/')).toEqual([]);
  });

  it('repeated: the same id and the same answer; the same reference with other content: refused with the first id', async () => {
    const first = draft({ reference: 'invoice-1' });
    await test.publish(bytesOf(first));
    const { body, eventId } = await test.event('keyturn.request.accepted', { reference: 'invoice-1' });
    // Other bytes, same request: the id is of what is said, not of how it is written.
    await test.publish(Buffer.from(JSON.stringify(first, null, 2)));
    const twice = await test.until('a second answer', () => {
      const found = test.events('keyturn.request.accepted', { reference: 'invoice-1' });
      return found.length > 1 && found;
    });
    expect(new Set(twice.map((one) => one.eventId + one.text))).toEqual(new Set([eventId + twice[0]?.text]));
    const other = bytesOf({ ...first, value: '2' });
    await test.publish(other);
    expect(await refusal(other)).toMatchObject({ code: 'REFERENCE_USED', field: 'reference', existingId: body.id });
    expect(test.list('results', 'requests/').filter((name) => name.endsWith('request.json'))).toHaveLength(1);
  });
});

describe('shares', () => {
  let [mixed, sizes, early] = ['', '', ''];
  const badShares = (id: string) =>
    test
      .list('results', `requests/${id}/bad-share-`)
      .map((name) => test.json('results', name) ?? {})
      .map(({ coSigner, object, code }) => `${coSigner} ${`${object}`.split('/').at(-1)} ${code}`)
      .sort();

  beforeAll(async () => {
    // Before its request is there: who reads the terms elsewhere may be faster than intake.
    const ahead = draft({ to: payee(31) });
    early = digestOf(parseRequest(ahead), test.lab.wallet.address, bucketsOf('lab').register);
    await test.approve('alice', early);
    await test.line('collect.wait', { id: early, code: 'NO_REQUEST', coSigner: 'alice' });
    [mixed, sizes] = await Promise.all([test.ask({ to: payee(32) }), test.ask({ to: payee(33) })]);

    const garbage = Buffer.from('not what KMS made');
    const text = test.shareText('carol');
    const other = (from: RegExp, to: string) => text.replace(from, to);
    const [scalar = ''] = /[0-9a-f]{64}/.exec(text) ?? [];
    const { upload, approve } = test;
    await upload('carol', `shares/${mixed}/1`, garbage);
    await approve('carol', mixed, { attempt: '2', aad: shareAad(sizes, 'carol') });
    await approve('carol', mixed, { attempt: '3', aad: shareAad(mixed, 'bob') });
    await approve('carol', mixed, { attempt: '4', plaintext: other(/treasury/, 'savings') });
    await approve('carol', mixed, { attempt: '5', plaintext: other(/\/1\/3\//, '/2/3/') });

    await upload('carol', `shares/${sizes}/1`, Buffer.alloc(0));
    await upload('carol', `shares/${sizes}/2`, Buffer.alloc(10 * 1024 * 1024, 'x'));
    await approve('carol', sizes, { attempt: '3', plaintext: test.shareText('bob') });
    await approve('carol', sizes, { attempt: '4', plaintext: other(/[0-9a-f]{64}/, '0'.repeat(63).concat('7')) });
    await approve('carol', sizes, { attempt: '5', plaintext: 'my share is somewhere in this drawer' });
    await approve('carol', sizes, { attempt: '6', plaintext: text.replace(scalar, scalar.toUpperCase()) });

    // Alice, twice, by `echo`: under Linux, and under Windows with an editor's byte order mark. One approval all the same.
    for (const [attempt, before, end] of [
      ['1', '', '\n'],
      ['2', '\uFEFF', '\r\n'],
    ] as const)
      await approve('alice', mixed, {
        attempt,
        aad: `${before}${shareAad(mixed, 'alice')}${end}`,
        plaintext: `${before}${test.shareText('alice')}${end}`,
      });
    await approve('alice', sizes);
    await test.publish(bytesOf(ahead));
    await test.event('keyturn.request.accepted', { id: early });
    // Both have enough uploads for a turn by now, and too few that are any good.
    await test.until(
      'the turn to judge all of the bad ones',
      () => badShares(mixed).length + badShares(sizes).length === 9,
    );
    expect([submittedObject(mixed), submittedObject(sizes)].map((name) => test.read('results', name))).toEqual([
      undefined,
      undefined,
    ]);
    expect(test.read('results', approvedObject(early)), 'early and alone').toBeUndefined();
    await Promise.all([mixed, sizes, early].map((id) => approve('bob', id)));
    await Promise.all([mixed, sizes, early].map((id) => test.outcome(id)));
  }, 90_000);

  it('a bad one is blamed on its holder by name, with what was wrong', () => {
    expect(badShares(mixed)).toEqual([
      'carol 1 SHARE_CIPHERTEXT',
      'carol 2 SHARE_CIPHERTEXT',
      'carol 3 SHARE_CIPHERTEXT',
      'carol 4 SHARE_OTHER_WALLET',
      'carol 5 SHARE_OTHER_EPOCH',
    ]);
    expect(badShares(sizes)).toEqual([
      'carol 3 SHARE_OTHER_INDEX',
      'carol 4 SHARE_WRONG',
      'carol 5 SHARE_TEXT',
      'carol 6 SHARE_TEXT',
    ]);
    const said = test.events('keyturn.request.share-bad').map(({ body }) => `${body.coSigner} ${body.code}`);
    expect(new Set(said).size).toBe(6);
    for (const line of said) expect(line).toMatch(/^carol SHARE_/);
  });

  it('an empty and a huge one are named in the log, and never downloaded', () => {
    const named = test.logged('collect.share', { id: sizes, coSigner: 'carol' });
    const codes = new Set(named.map(({ fields }) => `${`${fields.object}`.split('/').at(-1)} ${fields.code}`));
    expect(codes).toEqual(new Set(['1 SHARE_EMPTY', '2 SHARE_TOO_LARGE']));
  });

  it('the requests go through with the good ones, and say by whom', async () => {
    for (const id of [mixed, sizes, early]) {
      expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
      expect(test.json('results', submittedObject(id))).toMatchObject({ approvedBy: ['alice', 'bob'] });
    }
  });

  it('too late: after the outcome it is ignored by name', async () => {
    await test.approve('carol', early);
    expect(await test.line('collect.ignore', { id: early, coSigner: 'carol' })).toMatchObject({
      fields: { code: 'SHARE_LATE' },
    });
    // What it waited for is told beside its facts, and is none of its stages.
    const facts = test.list('results', `requests/${early}/`).filter((name) => !name.endsWith('.waiting.json'));
    expect(facts).toHaveLength(4);
  });

  it('outside every share location, or under a name that says no request: refused by name', async () => {
    const { store } = test.lab.servers;
    const { keys } = bucketsOf('lab');
    store.insert(OWNER, keys, `mallet/shares/${mixed}`, Buffer.from('x'));
    await test.line('collect.refuse', { code: 'SHARE_UNKNOWN_CO_SIGNER', object: `mallet/shares/${mixed}` });
    await test.upload('alice', 'shares/not-an-id', Buffer.from('x'));
    await test.line('collect.refuse', { code: 'SHARE_NAME', coSigner: 'alice', object: 'alice/shares/not-an-id' });
  });

  it('twice by the same co-signer is one approval', async () => {
    const id = await test.ask();
    await test.approve('alice', id, { attempt: '1' });
    await test.approve('alice', id, { attempt: '2' });
    await test.until('both to be counted', () => test.logged('collect.count', { id, have: 'alice' }).length > 1);
    expect(test.read('results', approvedObject(id))).toBeUndefined();
  });
});

describe('after all of that', () => {
  it('a good request goes through, and nothing ended among the dead letters', async () => {
    const id = await test.ask({ to: payee(39) });
    await test.approve('alice', id);
    await test.approve('bob', id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(test.seen.filter(({ topic }) => topic === 'deadLetters')).toEqual([]);
    expect(test.lines.filter(({ message }) => /\.fault$/.test(message)).map(({ text }) => text)).toEqual([]);
  });
});
