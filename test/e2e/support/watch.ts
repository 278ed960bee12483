import type { Message, PubSub, Subscription } from '@google-cloud/pubsub';

/** One message as a subscriber got it. */
export interface Seen {
  /** Key of the topic in schemas/names.ts. */
  readonly topic: string;
  readonly type: string;
  /** CloudEvents id. */
  readonly eventId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const bodyOf = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
};

/** Subscribes to every topic, as anybody in the project could, by the streaming pull of Google's own client. */
export const watchTopics = async (
  pubsub: PubSub,
  topics: Readonly<Record<string, string>>,
): Promise<{ readonly seen: readonly Seen[]; close(): Promise<void> }> => {
  const seen: Seen[] = [];
  const open: Subscription[] = [];
  for (const [topic, name] of Object.entries(topics)) {
    const [subscription] = await pubsub.topic(name).createSubscription(`${name}-watch`);
    subscription.on('message', (message: Message) => {
      const text = message.data.toString('utf8');
      const attributes = { ...message.attributes };
      seen.push({
        topic,
        type: attributes['ce-type'] ?? '',
        eventId: attributes['ce-id'] ?? '',
        attributes,
        text,
        body: bodyOf(text),
      });
      message.ack();
    });
    subscription.on('error', () => {});
    open.push(subscription);
  }
  return {
    seen,
    close: async () => {
      await Promise.all(open.map((subscription) => subscription.close()));
    },
  };
};
