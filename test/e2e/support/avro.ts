import { readFileSync } from 'node:fs';
import avro from 'avsc';

const AVSC = {
  transactionRequests: 'transaction-requests',
  requestEvents: 'request-events',
  approved: 'approved',
  submitted: 'submitted',
  receipts: 'receipts',
} as const;

/** The Avro type of each topic that has a schema, by the key of schemas/names.ts. */
export const avroOf: ReadonlyMap<string, avro.Type> = new Map<string, avro.Type>(
  Object.entries(AVSC).map(([topic, name]) => [
    topic,
    avro.Type.forSchema(JSON.parse(readFileSync(new URL(`../../../schemas/${name}.avsc`, import.meta.url), 'utf8'))),
  ]),
);
