import { z } from 'zod';
import { recordModel } from '#local/cloud/pubsub/model.ts';
import type { Json } from '#local/cloud/runtime/journal.ts';
import { storageRecord } from '#local/cloud/storage/model.ts';
import type { Place } from './scan.ts';

/** One change of the local cloud, as its journal tells it. */
export interface Recorded {
  readonly service: string;
  readonly record: Json;
}

const json = (where: string, value: unknown): Place => ({ where, bytes: Buffer.from(JSON.stringify(value)) });
const base64 = (where: string, text: string): Place => ({ where, bytes: Buffer.from(text, 'base64') });

const stored = (record: Json): readonly Place[] => {
  const change = storageRecord.parse(record);
  switch (change.kind) {
    case 'bucket':
      return [json(`bucket ${change.bucket.name}`, change.bucket)];
    case 'insert': {
      const { object, bytes } = change;
      const name = `${object.bucket}/${object.name}#${object.generation}`;
      return [base64(`object ${name}`, bytes), json(`metadata of object ${name}`, object)];
    }
    case 'patch':
      return [
        json(
          `metadata of object ${change.object.bucket}/${change.object.name}#${change.object.generation}`,
          change.object,
        ),
      ];
    case 'archive':
    case 'remove':
    case 'bucketDeleted':
      return [];
  }
};

const told = (record: Json): readonly Place[] => {
  const change = recordModel.parse(record);
  const messages = change.op === 'publish' ? change.messages : change.op === 'forward' ? [change.message] : undefined;
  if (messages === undefined || !('topic' in change)) return [json(`Pub/Sub, ${change.op}`, change)];
  const topic = `${change.topic}`.replace(/^.*\//, '');
  return messages.flatMap(({ messageId, data, attributes }) => [
    base64(`message ${messageId} of ${topic}`, data),
    json(`attributes of message ${messageId} of ${topic}`, attributes),
  ]);
};

const instanceShape = z.object({ instance: z.object({ name: z.string() }) });

/** An instance whole: its metadata items among all else that it was made of. */
const computed = (record: Json): readonly Place[] => {
  const made = instanceShape.safeParse(record);
  return [json(made.success ? `metadata of VM ${made.data.instance.name}` : 'operation of Compute', record)];
};

/** All of it but key material, which is where it belongs. */
const keyed = (record: Json): readonly Place[] => [
  {
    where: 'record of the KMS',
    bytes: Buffer.from(JSON.stringify(record, (key, value) => (key === 'secret' ? '' : value))),
  },
];

/**
 * What somebody could read, or could have read, because of this change. The journal tells every change, so that what was overwritten,
 * archived or deleted since then is here as well.
 */
export const placesOf = ({ service, record }: Recorded): readonly Place[] => {
  switch (service) {
    case 'storage':
      return stored(record);
    case 'pubsub':
      return told(record);
    case 'compute':
      return computed(record);
    case 'kms':
      return keyed(record);
    default:
      return [json(`record of ${service}`, record)];
  }
};
