import { isDeepStrictEqual } from 'node:util';
import avsc from 'avsc';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';

/** Whether a message's bytes are exactly one value of the schema. */
export interface AvroSchema {
  readonly json: (data: Buffer) => boolean;
  readonly binary: (data: Buffer) => boolean;
  readonly type: avsc.Type;
}

const attempt = (check: () => boolean): boolean => {
  try {
    return check();
  } catch {
    return false;
  }
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Throws INVALID_ARGUMENT unless `definition` is an Avro schema (https://avro.apache.org/docs/1.11.1/specification/) in JSON. */
export const compileAvro = (definition: string): AvroSchema => {
  let type: avsc.Type;
  try {
    type = avsc.Type.forSchema(JSON.parse(definition), { wrapUnions: true });
  } catch (cause) {
    throw new CloudError('INVALID_ARGUMENT', 'Could not parse schema definition', { cause });
  }
  return {
    type,
    // avsc reads leniently: it drops unknown fields and fills in defaults, which the encoding of data does not know. What it read
    // therefore has to print as what was sent, or the message is refused.
    json: (data) =>
      attempt(() => {
        const text = utf8.decode(data);
        return isDeepStrictEqual(JSON.parse(type.toString(type.fromString(text))), JSON.parse(text));
      }),
    binary: (data) => attempt(() => type.isValid(type.fromBuffer(data))),
  };
};

/** Revisions of one schema must read each other's messages, both ways (https://cloud.google.com/pubsub/docs/schemas). */
export const compatible = (one: AvroSchema, other: AvroSchema): boolean =>
  attempt(() => {
    one.type.createResolver(other.type);
    other.type.createResolver(one.type);
    return true;
  });
