import { describe, expect, it } from 'vitest';
import { expectRefusal, storageLab } from '#test/contract/support-storage.ts';

const B = 'lab-keys';
const TOPIC = 'projects/keyturn-local/topics/shares';
const bytes = Buffer.from('share');
const lab = (versioning = false) => {
  const made = storageLab();
  made.store.createBucket(made.admin, B, { versioning });
  return made;
};

describe('notification configurations', () => {
  it.each([
    [{ topic: 'shares' }, 'Pub/Sub topic'],
    [{ topic: '//pubsub.googleapis.com/projects/p/subscriptions/s' }, 'Pub/Sub topic'],
    [{ topic: TOPIC, eventTypes: ['OBJECT_READ'] }, 'OBJECT_READ'],
    [{ topic: TOPIC, payloadFormat: 'XML' }, 'XML'],
  ])('%j is refused', (settings, message) => {
    const { store, admin } = lab();
    expectRefusal(() => store.createNotification(admin, B, settings), 400, 'invalid', message);
  });

  it('are refused where Cloud Storage may not publish, or there is no such topic', () => {
    const asked: string[] = [];
    const mayPublish = (topic: string): boolean => {
      asked.push(topic);
      return topic === TOPIC;
    };
    const { store, admin } = storageLab({ options: { mayPublish } });
    store.createBucket(admin, B);
    const other = 'projects/keyturn-local/topics/other';
    const create = (topic: string) => () => store.createNotification(admin, B, { topic });
    expectRefusal(create(`//pubsub.googleapis.com/${other}`), 403, 'forbidden', `topic ${other}, or that topic`);
    expect(store.listNotifications(admin, B)).toEqual([]);
    expect(create(TOPIC)()).toMatchObject({ id: '1', topic: TOPIC });
    expect(asked).toEqual([other, TOPIC]);
  });

  it('are numbered from 1 and never reuse a number', () => {
    const { store, admin } = lab();
    const first = store.createNotification(admin, B, { topic: TOPIC });
    store.deleteNotification(admin, B, first.id);
    expectRefusal(() => store.deleteNotification(admin, B, first.id), 404, 'notFound', 'Notification 1');
    expectRefusal(() => store.getNotification(admin, B, first.id), 404, 'notFound', 'Notification 1');
    const second = store.createNotification(admin, B, { topic: `//pubsub.googleapis.com/${TOPIC}` });
    expect(second).toMatchObject({ id: '2', topic: TOPIC });
    expect(store.listNotifications(admin, B)).toEqual([second]);
  });
});

describe('notifications', () => {
  it('tell a finalized object as Google does: attributes, and the object resource as JSON', () => {
    const { store, admin, published } = lab();
    store.createNotification(admin, B, { topic: TOPIC, customAttributes: { lab: 'yes' } });
    const made = store.insert(admin, B, 'shares/a', bytes);
    expect(published).toHaveLength(1);
    const [{ topic, data, attributes }] = published as [(typeof published)[number]];
    expect(topic).toBe(TOPIC);
    expect(attributes).toEqual({
      lab: 'yes',
      notificationConfig: `projects/_/buckets/${B}/notificationConfigs/1`,
      eventType: 'OBJECT_FINALIZE',
      payloadFormat: 'JSON_API_V1',
      bucketId: B,
      objectId: 'shares/a',
      objectGeneration: String(made.generation),
      eventTime: '2026-01-01T00:00:00.000Z',
    });
    expect(JSON.parse(data.toString())).toMatchObject({
      kind: 'storage#object',
      name: 'shares/a',
      bucket: B,
      generation: String(made.generation),
      metageneration: '1',
      size: '5',
      crc32c: made.crc32c,
      timeCreated: '2026-01-01T00:00:00.000Z',
    });
  });

  const story = (versioning: boolean): string[] => {
    const { store, admin, published } = lab(versioning);
    store.createNotification(admin, B, { topic: TOPIC });
    const first = store.insert(admin, B, 'a', bytes);
    store.patchObject(admin, B, 'a', { metadata: { k: 'v' } });
    const second = store.insert(admin, B, 'a', bytes);
    store.delete(admin, B, 'a');
    const label = (generation: string | undefined) =>
      generation === undefined ? '' : generation === String(first.generation) ? '1' : '2';
    expect(second.generation).toBeGreaterThan(first.generation);
    return published.map(({ attributes: a }) =>
      [a.eventType, label(a.objectGeneration), label(a.overwroteGeneration), label(a.overwrittenByGeneration)].join(
        ' ',
      ),
    );
  };

  it('tell overwriting and deleting apart from archiving', () => {
    expect(story(false)).toEqual([
      'OBJECT_FINALIZE 1  ',
      'OBJECT_METADATA_UPDATE 1  ',
      'OBJECT_FINALIZE 2 1 ',
      'OBJECT_DELETE 1  2',
      'OBJECT_DELETE 2  ',
    ]);
    expect(story(true)).toEqual([
      'OBJECT_FINALIZE 1  ',
      'OBJECT_METADATA_UPDATE 1  ',
      'OBJECT_FINALIZE 2 1 ',
      'OBJECT_ARCHIVE 1  2',
      'OBJECT_ARCHIVE 2  ',
    ]);
  });

  it('honour prefix, event types and payload format', () => {
    const { store, admin, published } = lab();
    const objectNamePrefix = 'shares/';
    store.createNotification(admin, B, {
      topic: TOPIC,
      objectNamePrefix,
      eventTypes: ['OBJECT_DELETE'],
      payloadFormat: 'NONE',
    });
    for (const name of ['shares/a', 'rejections/a']) {
      store.insert(admin, B, name, bytes);
      store.delete(admin, B, name);
    }
    expect(published.map(({ attributes, data }) => [attributes.eventType, attributes.objectId, data.length])).toEqual([
      ['OBJECT_DELETE', 'shares/a', 0],
    ]);
  });

  it('that cannot be delivered leave the object in place, and a note', () => {
    const { store, admin, notes } = storageLab({
      publish: () => {
        throw new Error('topic is gone');
      },
    });
    store.createBucket(admin, B);
    store.createNotification(admin, B, { topic: TOPIC });
    store.insert(admin, B, 'a', bytes);
    expect(store.get(admin, B, 'a').size).toBe(5);
    expect(notes).toEqual([expect.stringContaining('topic is gone')]);
  });

  it('are sent only for what happened', () => {
    const { store, admin, published, world } = lab();
    store.createNotification(admin, B, { topic: TOPIC });
    world.faults.add({ method: 'storage.objects.insert', kind: 'before' });
    expectRefusal(() => store.insert(admin, B, 'a', bytes), 503, 'backendError', 'before');
    expect(published).toEqual([]);
    world.faults.add({ method: 'storage.objects.insert', kind: 'after' });
    expectRefusal(() => store.insert(admin, B, 'a', bytes), 503, 'backendError', 'after');
    expect(published).toHaveLength(1);
  });
});
