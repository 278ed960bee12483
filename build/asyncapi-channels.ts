import { readFileSync } from 'node:fs';
import { SIGNATURE_ATTRIBUTES } from '../schemas/event-signature.ts';
import { EVENT_TYPES, type EventType } from '../schemas/event-types.ts';
import type { Topics } from '../schemas/names.ts';

/** What goes over each topic, as JSON Schema: bodies from the Avro files, types of events from their table. */
interface AvroField {
  readonly name: string;
  readonly type: 'string' | { readonly type: 'array'; readonly items: 'string' | AvroRecord };
  readonly doc: string;
}
interface AvroRecord {
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly AvroField[];
}
export type Schema = Readonly<Record<string, unknown>>;

const avroOf = (topic: string): AvroRecord =>
  JSON.parse(readFileSync(new URL(`../schemas/${topic}.avsc`, import.meta.url), 'utf8')) as AvroRecord;

const itemSchema = (items: 'string' | AvroRecord): Schema => (items === 'string' ? { type: items } : bodySchema(items));

/** Every field is there, and no other: so the parsers have it. `fixed` are fields with one possible value. */
const bodySchema = (
  { name: record, doc = record, fields }: AvroRecord,
  fixed: Readonly<Record<string, string>> = {},
): Schema => ({
  type: 'object',
  description: doc,
  additionalProperties: false,
  required: fields.map(({ name }) => name),
  properties: Object.fromEntries(
    fields.map(({ name, type, doc: description }) => {
      const value = fixed[name];
      const shape = type === 'string' ? { type } : { type: 'array', items: itemSchema(type.items) };
      return [name, { ...shape, ...(value === undefined ? {} : { const: value }), description }];
    }),
  ),
});

const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });

/** Of what people read. The topics between functions carry none. */
const signatureHeaders = (topic: keyof Topics): Schema =>
  topic === 'requestEvents' || topic === 'receipts'
    ? {
        [SIGNATURE_ATTRIBUTES.signature]: text(
          'Who said it: ECDSA P-256 with SHA-256 by the law’s event key, DER in base64. Only finalize and reconcile sign, and only under a law that names such a key (docs/formats.md, "Signed events"). Another one at each repetition.',
        ),
        [SIGNATURE_ATTRIBUTES.key]: text('Name of that key in the law (eventKeys).'),
      }
    : {};

const eventHeaders = (type: EventType, topic: keyof Topics): Schema => ({
  type: 'object',
  description: 'Attributes of the Pub/Sub message: CloudEvents 1.0 in binary mode, and two to filter by.',
  required: ['ce-id', 'ce-specversion', 'ce-type', 'ce-source', 'ce-time', 'content-type', 'wallet', 'requester'],
  properties: {
    'ce-id': text('The fact behind the event, bucket/object: the same at each repetition. Deduplicate by it.'),
    'ce-specversion': text('CloudEvents version.', { const: '1.0' }),
    'ce-type': text('Type of the event.', { const: type }),
    'ce-source': text('Bucket of the fact.', { format: 'uri-reference' }),
    'ce-subject': text('Request id; left out where there is none.'),
    'ce-time': text('When the fact was stored, RFC 3339.', { format: 'date-time' }),
    'content-type': text('Of the body.', { const: 'application/json' }),
    wallet: text('Name of the wallet.'),
    requester: text('As in the request.'),
    ...signatureHeaders(topic),
    ...(type === 'keyturn.receipt'
      ? { replayed: text('Name of the replay that sends it once more; left out where it is none.') }
      : {}),
  },
});

export interface MessageDocument {
  readonly name: string;
  readonly summary: string;
  readonly body: Schema;
  readonly headers: Schema;
}

/** keyturn.request.share-seen → requestShareSeen */
const nameOf = (type: EventType): string =>
  type.slice('keyturn.'.length).replaceAll(/[.-]([a-z])/g, (_, letter: string) => letter.toUpperCase());

const eventsOn = (topic: keyof Topics, file: string): MessageDocument[] => {
  const record = avroOf(file);
  const hasType = record.fields.some(({ name }) => name === 'type');
  return Object.entries(EVENT_TYPES).flatMap(([name, { topics, when }]) => {
    if (!(topics as readonly string[]).includes(topic)) return [];
    const type = name as EventType;
    const body = bodySchema(record, hasType ? { type } : {});
    return [{ name: nameOf(type), summary: `Says: ${when}.`, body, headers: eventHeaders(type, topic) }];
  });
};

const NO_HEADERS: Schema = { type: 'object', description: 'No attribute is read.' };

interface ChannelDocument {
  readonly description: string;
  /** From keyturn's side. */
  readonly action: 'receive' | 'send';
  readonly messages: readonly MessageDocument[];
}

export const CHANNELS: Readonly<Record<keyof Topics, ChannelDocument>> = {
  transactionRequests: {
    description: 'A dApp publishes one transaction request, or the withdrawal of one. At most 128 KiB.',
    action: 'receive',
    messages: [
      {
        name: 'transactionRequest',
        summary: 'Asks for one transaction.',
        body: bodySchema(avroOf('transaction-requests')),
        headers: NO_HEADERS,
      },
    ],
  },
  requestEvents: {
    description: 'What became of a request, for dApps and co-signers.',
    action: 'send',
    messages: eventsOn('requestEvents', 'request-events'),
  },
  receipts: {
    description: 'Settled transactions, for the ledger.',
    action: 'send',
    messages: eventsOn('receipts', 'receipts'),
  },
  approved: {
    description: 'Between two functions of keyturn: feeds launch.',
    action: 'send',
    messages: eventsOn('approved', 'approved'),
  },
  submitted: {
    description: 'Between the machine and a function of keyturn: feeds finalize.',
    action: 'send',
    messages: eventsOn('submitted', 'submitted'),
  },
  shares: {
    description: 'Cloud Storage notifications of the key buckets: feeds collect.',
    action: 'receive',
    messages: [
      {
        name: 'shareUploaded',
        summary: 'A co-signer uploaded an object.',
        body: { type: 'object', description: 'The object resource of Cloud Storage (JSON_API_V1). It is not read.' },
        headers: {
          type: 'object',
          required: ['eventType', 'bucketId', 'objectId'],
          properties: {
            eventType: text('Cloud Storage event.', { const: 'OBJECT_FINALIZE' }),
            bucketId: text('Key bucket.'),
            objectId: text('Name of the object.'),
          },
        },
      },
    ],
  },
  ticks: {
    description: 'Cloud Scheduler, each minute: feeds reconcile.',
    action: 'receive',
    messages: [
      {
        name: 'tick',
        summary: 'It is time to look at what is open.',
        body: { description: 'Empty. It is not read.' },
        headers: NO_HEADERS,
      },
    ],
  },
  deadLetters: {
    description: 'Messages that were given up, data and attributes as they were. `./keyturn redrive` restores them.',
    action: 'send',
    messages: [
      {
        name: 'deadLetter',
        summary: 'A message of another topic, with the reason why it was given up.',
        body: { description: 'The data of the message that was given up.' },
        headers: {
          type: 'object',
          description:
            'The attributes of that message and these. Where Pub/Sub itself gave it up, its own stand there instead.',
          properties: {
            'keyturn-buried-code': text('Why, as a code of schemas/codes.ts.'),
            'keyturn-buried-reason': text('Why, in words.'),
            'keyturn-buried-function': text('The function that gave it up.'),
            'keyturn-buried-subscription': text('The subscription that delivered it.'),
            'keyturn-buried-messageId': text('Its id when it was published first.'),
            'keyturn-buried-attempt': text('Which delivery was the last, from 1.'),
            'keyturn-buried-published': text('When it was published first.'),
          },
        },
      },
    ],
  },
};
