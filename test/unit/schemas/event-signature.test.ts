import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { EventKey } from '#schemas/event-keys.ts';
import { type EventMessage, type Signed, signedBy, signedBytes, signedDigest } from '#schemas/event-signature.ts';
import { table } from '#test/support/table.ts';

const message = (id: string, type: string, source: string, time: string, data: string): EventMessage => ({
  data: Buffer.from(data),
  attributes: { 'ce-id': id, 'ce-type': type, 'ce-source': source, 'ce-time': time, wallet: 'hot', requester: 'shop' },
});

// Lengths are counted by hand, in bytes.
table<EventMessage, undefined, string>('what is signed', (given) => Buffer.from(signedBytes(given)).toString('utf8'), [
  [
    'Domain, ce-id, ce-type, ce-source, ce-time and data, each with its length.',
    message('b/o', 'keyturn.receipt', '//s', '2026-11-22T00:00:00Z', '{}'),
    undefined,
    '16:keyturn-event-v1,3:b/o,15:keyturn.receipt,3://s,20:2026-11-22T00:00:00Z,2:{},',
  ],
  [
    'Lengths count bytes of UTF-8.',
    message('ä', '€', '', '', '{"m":"😀"}'),
    undefined,
    '16:keyturn-event-v1,2:ä,3:€,0:,0:,12:{"m":"😀"},',
  ],
  [
    'What looks like the end of a part stays inside it.',
    message('a,1:b', '', '', '', ','),
    undefined,
    '16:keyturn-event-v1,5:a,1:b,0:,0:,0:,1:,,',
  ],
  [
    'An attribute that is missing is empty, and no other attribute is signed.',
    { data: Buffer.from('x'), attributes: { 'ce-subject': 's', wallet: 'hot' } },
    undefined,
    '16:keyturn-event-v1,0:,0:,0:,0:,1:x,',
  ],
]);

test('Cloud KMS signs its sha256', () => {
  const given = message('a', 'b', 'c', 'd', 'e');
  expect(Buffer.from(signedDigest(given))).toEqual(
    createHash('sha256').update('16:keyturn-event-v1,1:a,1:b,1:c,1:d,1:e,').digest(),
  );
});

describe('who said it', () => {
  const pairOf = (name: string) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const key: EventKey = { name, version: `v/${name}`, publicKey: spki };
    const by = (given: EventMessage): EventMessage => ({
      data: given.data,
      attributes: {
        ...given.attributes,
        'keyturn-signature': sign('sha256', signedBytes(given), privateKey).toString('base64'),
        'keyturn-signature-key': name,
      },
    });
    return { key, by };
  };
  const [first, second, other] = [pairOf('e-1'), pairOf('e-2'), pairOf('e-1')];
  const given = message('b/o', 'keyturn.receipt', '//s', '2026-11-22T00:00:00Z', '{"a":"1"}');
  const changed = (over: Record<string, string | undefined>): EventMessage => {
    const signed = first.by(given);
    const all = Object.entries({ ...signed.attributes, ...over });
    const attributes = Object.fromEntries(all.flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
    return { data: signed.data, attributes };
  };
  const signature = first.by(given).attributes['keyturn-signature'] ?? '';
  table<EventMessage, readonly EventKey[], Signed>('signedBy', (event, keys) => signedBy(keys, event), [
    ['The key that signs.', first.by(given), [first.key, second.key], 'valid'],
    ['The other key of the law.', second.by(given), [first.key, second.key], 'valid'],
    ['The key alone, once the other is gone.', second.by(given), [second.key], 'valid'],
    ['A key that was taken out of the law.', first.by(given), [second.key], 'unknown-key'],
    ['A law without keys.', first.by(given), [], 'unknown-key'],
    ['Nobody signed.', given, [first.key], 'absent'],
    ['Another key under the name of one.', other.by(given), [first.key, second.key], 'invalid'],
    [
      'The signature of one under the name of the other.',
      changed({ 'keyturn-signature-key': 'e-2' }),
      [first.key, second.key],
      'invalid',
    ],
    ['The name without a signature.', changed({ 'keyturn-signature': undefined }), [first.key], 'invalid'],
    ['A signature without a name.', changed({ 'keyturn-signature-key': undefined }), [first.key], 'invalid'],
    ['An empty signature.', changed({ 'keyturn-signature': '' }), [first.key], 'invalid'],
    ['Base64 in another spelling.', changed({ 'keyturn-signature': `${signature}\n` }), [first.key], 'invalid'],
    [
      'Bytes behind the signature.',
      changed({
        'keyturn-signature': Buffer.concat([Buffer.from(signature, 'base64'), Buffer.of(0)]).toString('base64'),
      }),
      [first.key],
      'invalid',
    ],
    ['Another ce-id.', changed({ 'ce-id': 'b/p' }), [first.key], 'invalid'],
    ['Another ce-type.', changed({ 'ce-type': 'keyturn.request.outcome' }), [first.key], 'invalid'],
    ['Another ce-source.', changed({ 'ce-source': '//t' }), [first.key], 'invalid'],
    ['Another ce-time.', changed({ 'ce-time': '2026-11-22T00:00:01Z' }), [first.key], 'invalid'],
    ['No ce-time.', changed({ 'ce-time': undefined }), [first.key], 'invalid'],
    ['Other data.', { ...first.by(given), data: Buffer.from('{"a":"2"}') }, [first.key], 'invalid'],
    [
      'A part that moved into the one before it.',
      changed({ 'ce-id': 'b/o,15:keyturn.receipt', 'ce-type': '' }),
      [first.key],
      'invalid',
    ],
    [
      'Attributes that are not signed may differ: a replay, another wallet to filter by.',
      changed({ replayed: '1', wallet: 'cold' }),
      [first.key],
      'valid',
    ],
  ]);
});
