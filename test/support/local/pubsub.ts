import { expect } from 'vitest';
import type { PushRequest } from '#local/cloud/pubsub/push.ts';
import { Topics } from '#local/cloud/pubsub/topics.ts';
import { type Caller, callerNamed } from '#local/cloud/runtime/iam.ts';
import type { Journal, Json } from '#local/cloud/runtime/journal.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

export const PROJECT = 'projects/keyturn-local';
export const topic = (id: string): string => `${PROJECT}/topics/${id}`;
export const subscription = (id: string): string => `${PROJECT}/subscriptions/${id}`;
export const schema = (id: string): string => `${PROJECT}/schemas/${id}`;
export const text = (value: string): Buffer => Buffer.from(value);
export const AGENT = 'serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com';
export const admin: Caller = callerNamed('user:admin@keyturn.local');

export class MemoryJournal implements Journal {
  readonly lines: { service: string; record: Json }[] = [];
  append(service: string, record: Json): void {
    this.lines.push({ service, record: JSON.parse(JSON.stringify(record)) });
  }
  replay(service: string, apply: (record: Json) => void): void {
    for (const line of [...this.lines]) if (line.service === service) apply(line.record);
  }
}

/** A world on a virtual clock with an admin, and pushes answered by `answer`. */
export const kit = (journal: Journal = new MemoryJournal(), startMs = Date.UTC(2026, 0, 1)) => {
  const clock = new VirtualClock(startMs);
  const notes: string[] = [];
  const pushes: PushRequest[] = [];
  const world = createWorld({ clock, journal, note: (line) => notes.push(line) });
  let seed = 0;
  const seeded = { ...world, randomHex: (length: number) => (++seed).toString(16).padStart(length * 2, '0') };
  const roles = ['roles/pubsub.admin', 'roles/iam.serviceAccountUser'];
  for (const role of roles)
    world.iam.bind({ id: role, resource: PROJECT, role, members: ['user:admin@keyturn.local'] });
  const outside: { answer: (request: PushRequest) => Promise<number> } = { answer: async () => 204 };
  const topics = new Topics(seeded, {
    deliver: (request) => {
      pushes.push(request);
      return outside.answer(request);
    },
    mintIdToken: (email, audience) => `token(${email},${audience})`,
  });
  return { world: seeded, clock, topics, notes, pushes, outside };
};

/** Lets promises of answered pushes settle. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

/** A CloudError of this status whose message matches. */
export const refusal = (status: string, message: string | RegExp) =>
  expect.objectContaining({ status, message: expect.stringMatching(message) });

/** A topic `orders` with one subscription. */
export const withSubscription = (more: object = {}, journal = new MemoryJournal()) => {
  const made = kit(journal);
  made.topics.create(admin, { name: topic('orders') });
  made.topics.subscriptions.create(admin, { name: subscription('orders-sub'), topic: topic('orders'), ...more });
  const pull = (max = 10) => made.topics.subscriptions.pull(admin, subscription('orders-sub'), max);
  const publish = (value = 'hello') => made.topics.publish(admin, topic('orders'), [{ data: text(value) }])[0] ?? '';
  const nack = (ackIds: readonly string[]) =>
    made.topics.subscriptions.modifyAckDeadline(admin, subscription('orders-sub'), ackIds, 0);
  const ack = (ackIds: readonly string[]) =>
    made.topics.subscriptions.acknowledge(admin, subscription('orders-sub'), ackIds);
  return { ...made, pull, publish, nack, ack };
};

export const record = (...fields: object[]): string => JSON.stringify({ type: 'record', name: 'R', fields });
export const definition = record(
  { name: 'id', type: 'string' },
  { name: 'note', type: ['null', 'string'], default: null },
  { name: 'hash', type: { type: 'fixed', name: 'H', size: 2 } },
  { name: 'count', type: 'int' },
);
export const valid = { id: 'a', note: { string: 'n' }, hash: '\u0000\u00ff', count: 1 };

/** A topic `orders` whose messages a schema checks, and its subscription. */
export const withSchema = (encoding = 'JSON', text_ = definition, journal = new MemoryJournal()) => {
  const made = kit(journal);
  made.topics.schemas.create(admin, schema('orders'), { type: 'AVRO', definition: text_ });
  made.topics.create(admin, { name: topic('orders'), schemaSettings: { schema: schema('orders'), encoding } });
  made.topics.subscriptions.create(admin, { name: subscription('orders-sub'), topic: topic('orders') });
  const publish = (value: unknown) =>
    made.topics.publish(admin, topic('orders'), [
      { data: typeof value === 'string' ? text(value) : text(JSON.stringify(value)) },
    ]);
  return { ...made, publish };
};
