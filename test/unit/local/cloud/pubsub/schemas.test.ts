import avsc from 'avsc';
import { describe, expect, it } from 'vitest';
import {
  admin,
  definition,
  kit,
  PROJECT,
  record,
  refusal,
  schema,
  subscription,
  text,
  topic,
  valid,
  withSchema,
} from '#test/support/local/pubsub.ts';

describe('Avro JSON at publish', () => {
  it.each([
    ['no JSON', 'hello'],
    ['nothing', ' '],
    ['an unknown field', { ...valid, extra: '' }],
    ['an unknown field that shadows an object method', `${JSON.stringify(valid).slice(0, -1)},"__proto__":{}}`],
    ['a missing field', { id: 'a', note: null, hash: 'ab' }],
    ['a missing field with a default', { id: 'a', hash: 'ab', count: 1 }],
    ['a wrong type', { ...valid, id: 1 }],
    ['a fraction for an int', { ...valid, count: 1.5 }],
    ['a number that is no int', { ...valid, count: 2 ** 31 }],
    ['an untagged union', { ...valid, note: 'n' }],
    ['a wrongly tagged union', { ...valid, note: { int: 1 } }],
    ['bytes of another length', { ...valid, hash: 'abc' }],
    ['a character that is no byte', { ...valid, hash: 'a\u0100' }],
    ['a list', [valid]],
  ])('refuses %s', (_, value) => {
    expect(() => withSchema().publish(value)).toThrow(refusal('INVALID_ARGUMENT', /failed schema validation/));
  });

  it('refuses bytes that are not UTF-8', () => {
    const { topics } = withSchema('JSON', '"string"');
    const data = Buffer.from([0x22, 0xff, 0x22]);
    expect(() => topics.publish(admin, topic('orders'), [{ data }])).toThrow(refusal('INVALID_ARGUMENT', /schema/));
  });

  it('publishes none of a batch with one bad message', () => {
    const { topics } = withSchema();
    const drafts = [{ data: text(JSON.stringify(valid)) }, { data: text('{}') }];
    expect(() => topics.publish(admin, topic('orders'), drafts)).toThrow(refusal('INVALID_ARGUMENT', /schema/));
    expect(topics.subscriptions.pull(admin, subscription('orders-sub'), 10)).toEqual([]);
  });

  it('takes a valid message whatever the order of its fields, and stamps it', () => {
    const { topics, publish } = withSchema();
    publish(valid);
    publish({ count: -1, hash: 'ab', note: null, id: '' });
    const got = topics.subscriptions.pull(admin, subscription('orders-sub'), 10);
    expect(got).toHaveLength(2);
    expect(got[0]?.message.attributes).toEqual({
      googclient_schemaname: schema('orders'),
      googclient_schemaencoding: 'JSON',
      googclient_schemarevisionid: topics.schemas.get(admin, schema('orders')).revisionId,
    });
  });
});

describe('binary Avro at publish', () => {
  const type = avsc.Type.forSchema(JSON.parse(definition));
  const bytes = type.toBuffer({ id: 'a', note: null, hash: Buffer.from([0, 255]), count: 1 });
  const send = (data: Buffer) => withSchema('BINARY').topics.publish(admin, topic('orders'), [{ data }]);
  it('takes exactly one value', () => expect(send(bytes)).toHaveLength(1));
  it.each([
    ['cut short', bytes.subarray(0, -1)],
    ['with a byte too many', Buffer.concat([bytes, Buffer.from([0])])],
    ['JSON', text(JSON.stringify(valid))],
  ])('refuses a message %s', (_, data) => {
    expect(() => send(data)).toThrow(refusal('INVALID_ARGUMENT', /failed schema validation/));
  });
});

describe('schemas', () => {
  it.each([
    ['text that is no JSON', { type: 'AVRO', definition: '{' }, 'INVALID_ARGUMENT', /parse schema/],
    ['an unknown Avro type', { type: 'AVRO', definition: '{"type":"nope"}' }, 'INVALID_ARGUMENT', /parse schema/],
    ['a huge one', { type: 'AVRO', definition: ' '.repeat(307_201) }, 'INVALID_ARGUMENT', /307200/],
    ['no type', { definition: '"string"' }, 'INVALID_ARGUMENT', /TYPE_UNSPECIFIED/],
    ['protocol buffers', { type: 'PROTOCOL_BUFFER', definition: 'x' }, 'UNIMPLEMENTED', /PROTOCOL_BUFFER/],
  ])('refuses %s', (_, draft, status, message) => {
    expect(() => kit().topics.schemas.create(admin, schema('bad'), draft)).toThrow(refusal(status, message));
    expect(() => kit().topics.schemas.validateSchema(admin, PROJECT, draft)).toThrow(refusal(status, message));
  });

  it('takes a revision that adds an optional field, and messages of either', () => {
    const { topics, publish } = withSchema('JSON', record({ name: 'id', type: 'string' }));
    const more = record({ name: 'id', type: 'string' }, { name: 'memo', type: 'string', default: '' });
    const second = topics.schemas.commit(admin, schema('orders'), { type: 'AVRO', definition: more });
    publish({ id: 'a' });
    publish({ id: 'a', memo: 'm' });
    const stamps = topics.subscriptions
      .pull(admin, subscription('orders-sub'), 10)
      .map(({ message }) => message.attributes.googclient_schemarevisionid);
    const [newest, oldest] = topics.schemas.listRevisions(admin, schema('orders')).map(({ revisionId }) => revisionId);
    expect(newest).toBe(second.revisionId);
    expect(stamps).toEqual([oldest, newest]);
    expect(topics.schemas.get(admin, `${schema('orders')}@${oldest}`).definition).toBe(
      record({ name: 'id', type: 'string' }),
    );
  });

  it('stamps the newest of the revisions that fit', () => {
    const { topics, publish } = withSchema();
    const newest = topics.schemas.commit(admin, schema('orders'), { type: 'AVRO', definition });
    publish(valid);
    const [got] = topics.subscriptions.pull(admin, subscription('orders-sub'), 1);
    expect(got?.message.attributes.googclient_schemarevisionid).toBe(newest.revisionId);
  });

  it('refuses a revision that breaks readers, and an unknown revision', () => {
    const { topics } = withSchema();
    const other = { type: 'AVRO', definition: record({ name: 'id', type: 'int' }) };
    expect(() => topics.schemas.commit(admin, schema('orders'), other)).toThrow(
      refusal('INVALID_ARGUMENT', /compatible/),
    );
    expect(() => topics.schemas.get(admin, `${schema('orders')}@ffffffff`)).toThrow(refusal('NOT_FOUND', /revision/));
  });

  it('keeps a topic to its range of revisions', () => {
    const { topics } = withSchema('JSON', record({ name: 'id', type: 'string' }));
    const first = topics.schemas.get(admin, schema('orders')).revisionId;
    const more = record({ name: 'id', type: 'string' }, { name: 'memo', type: 'string', default: '' });
    topics.schemas.commit(admin, schema('orders'), { type: 'AVRO', definition: more });
    const settings = { schema: schema('orders'), encoding: 'JSON', lastRevisionId: first };
    topics.create(admin, { name: topic('pinned'), schemaSettings: settings });
    const send = (value: object) => topics.publish(admin, topic('pinned'), [{ data: text(JSON.stringify(value)) }]);
    expect(send({ id: 'a' })).toHaveLength(1);
    expect(() => send({ id: 'a', memo: 'm' })).toThrow(refusal('INVALID_ARGUMENT', /schema/));
  });

  it('refuses a topic whose schema, encoding or revision is not there', () => {
    const { topics } = withSchema();
    const make = (schemaSettings: object) => () => topics.create(admin, { name: topic('other'), schemaSettings });
    expect(make({ schema: schema('none'), encoding: 'JSON' })).toThrow(refusal('NOT_FOUND', /none/));
    expect(make({ schema: schema('orders') })).toThrow(refusal('INVALID_ARGUMENT', /encoding/));
    expect(make({ schema: schema('orders'), encoding: 'JSON', firstRevisionId: 'x' })).toThrow(
      refusal('NOT_FOUND', /@x/),
    );
  });
});
