import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { World } from '#local/cloud/runtime/world.ts';

/** A message as a publisher gives it. `data` or at least one attribute is needed. */
export interface MessageDraft {
  readonly data?: Uint8Array | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly orderingKey?: string | undefined;
}

/** https://cloud.google.com/pubsub/quotas#resource_limits, bytes. */
const MAX_REQUEST = 10 * 1024 * 1024;
const MAX_MESSAGES = 1000;
const MAX_ATTRIBUTES = 100;
const MAX_KEY = 256;
const MAX_VALUE = 1024;

const refuse = (why: string): CloudError => new CloudError('INVALID_ARGUMENT', why);

const checkAttribute = ([key, value]: [string, string]): void => {
  if (key === '') throw refuse('Attribute keys cannot be empty.');
  if (key.startsWith('goog')) throw refuse(`Attribute keys cannot start with "goog": ${key}`);
  if (Buffer.byteLength(key) > MAX_KEY) throw refuse(`Attribute key exceeds ${MAX_KEY} bytes.`);
  if (Buffer.byteLength(value) > MAX_VALUE) throw refuse(`Value of attribute ${key} exceeds ${MAX_VALUE} bytes.`);
};

const sizeOf = ({ data, attributes = {} }: MessageDraft): number =>
  Object.entries(attributes).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    data?.length ?? 0,
  );

/** Throws INVALID_ARGUMENT unless the service would take these messages in one publish call. */
export const checkDrafts = (drafts: readonly MessageDraft[]): void => {
  if (drafts.length === 0) throw refuse('No messages to publish');
  if (drafts.length > MAX_MESSAGES)
    throw refuse(`The publish request has ${drafts.length} messages; the maximum is ${MAX_MESSAGES}.`);
  for (const draft of drafts) {
    if ((draft.orderingKey ?? '') !== '') throw unimplemented('Pub/Sub message ordering (orderingKey)');
    const attributes = Object.entries(draft.attributes ?? {});
    if ((draft.data?.length ?? 0) === 0 && attributes.length === 0) throw refuse('Some messages are empty');
    if (attributes.length > MAX_ATTRIBUTES) throw refuse(`A message has more than ${MAX_ATTRIBUTES} attributes.`);
    attributes.forEach(checkAttribute);
  }
  const size = drafts.reduce((sum, draft) => sum + sizeOf(draft), 0);
  if (size > MAX_REQUEST)
    throw refuse(`Request payload size exceeds the limit: ${MAX_REQUEST} bytes (${size} bytes were sent).`);
};

/** Decimal, as Google's are. */
export const newMessageId = (world: World): string => BigInt(`0x1${world.randomHex(6)}`).toString();
