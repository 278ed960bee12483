/**
 * What a function writes beside a message that it puts among the dead letters. A person can read why, and `keyturn redrive` can restore it.
 * The message itself, data and attributes, stays as it was.
 */

/** Deliveries after which a message is given up. terraform/ repeats it in the push subscriptions; a test compares the two. */
export const MOST_DELIVERIES = 30;

/** Reserved: nobody but a function that buries writes attributes under it. */
const OURS = 'keyturn-buried-';
/** Set by Pub/Sub when it forwards: https://cloud.google.com/pubsub/docs/handling-failures#track_delivery_attempts */
const FORWARDED = 'CloudPubSubDeadLetterSource';
/** Set by Pub/Sub and its clients; nobody may publish what begins so. */
const GOOGLES = 'goog';

/** https://cloud.google.com/pubsub/quotas#resource_limits, bytes. */
const LONGEST_VALUE = 1024;

export type Attributes = Readonly<Record<string, string>>;

export interface Burial {
  readonly code: string;
  readonly reason: string;
  /** The step that gave the message up. */
  readonly function: string;
  /** Short name of the subscription that delivered it. */
  readonly subscription: string;
  /** Of the message as it was published first. */
  readonly messageId: string;
  /** Which delivery was the last, from 1. */
  readonly attempt: number;
  /** When it was published first, as Pub/Sub said it; '' where it did not. */
  readonly published: string;
}

const within = (text: string, bytes: number): string => {
  const whole = new TextEncoder().encode(text);
  // Read back, because half a surrogate pair is no text for Pub/Sub.
  if (whole.length <= bytes) return new TextDecoder().decode(whole);
  let end = bytes - 3;
  // Never between the bytes of one character.
  while (((whole[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${new TextDecoder().decode(whole.subarray(0, end))}…`;
};

/** Without what Pub/Sub or a burial added: what was published first. */
export const originalAttributes = (attributes: Attributes): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).filter(([key]) => ![OURS, FORWARDED, GOOGLES].some((prefix) => key.startsWith(prefix))),
  );

/** A message that was among the dead letters already, and was not redriven by us: burying it again would go round in circles. */
export const wasBuried = (attributes: Attributes): boolean =>
  Object.keys(attributes).some((key) => key.startsWith(OURS));

/** Those of the message, and beside them why it is given up. Each value fits into an attribute. */
export const buriedAttributes = (attributes: Attributes, burial: Burial): Attributes => ({
  ...originalAttributes(attributes),
  ...Object.fromEntries(
    Object.entries(burial)
      .map(([key, value]) => [`${OURS}${key}`, within(String(value), LONGEST_VALUE)] as const)
      .filter(([, value]) => value !== ''),
  ),
});

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;

/** What a dead letter says of how it came to be one. */
export interface Told {
  /** A function of ours that gave its reason; `pubsub`: nobody could; undefined: neither says so. */
  readonly by: 'function' | 'pubsub' | undefined;
  readonly function: string;
  readonly code: string;
  readonly reason: string;
  readonly subscription: string;
  /** Undefined where it is not told: then the dead letter's own is all there is. */
  readonly messageId: string | undefined;
  readonly attempts: number | undefined;
  /** RFC 3339; '' where it is not told. */
  readonly published: string;
}

/**
 * What Pub/Sub says counts before what we say, because it overwrites its own attributes. Anyone who may publish to the topic may have
 * forged ours.
 */
export const toldBy = (attributes: Attributes): Told => {
  const forwarded = attributes[`${FORWARDED}Subscription`];
  const ours = (key: keyof Burial): string => attributes[`${OURS}${key}`] ?? '';
  if (forwarded === undefined && wasBuried(attributes))
    return {
      by: 'function',
      function: ours('function'),
      code: ours('code'),
      reason: ours('reason'),
      subscription: ours('subscription'),
      messageId: ours('messageId') || undefined,
      attempts: count(ours('attempt')),
      published: ours('published'),
    };
  return {
    by: forwarded === undefined ? undefined : 'pubsub',
    function: '',
    code: '',
    reason: '',
    subscription: forwarded ?? '',
    messageId: undefined,
    attempts: count(attributes[`${FORWARDED}DeliveryCount`]),
    published: attributes[`${FORWARDED}TopicPublishTime`] ?? '',
  };
};
