import type { World } from '#local/cloud/runtime/world.ts';
import type { Consumer, Delivery } from './delivery.ts';
import type { PushConfig, Received } from './model.ts';
import type { State } from './state.ts';

export interface PushRequest {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** ms; the ack deadline. After that the delivery has failed, whatever the answer. */
  readonly timeoutMs: number;
}

/** What pushing needs from outside; a simulation gives its own. */
export interface PushPorts {
  /** Sends one request; resolves to the HTTP status. */
  readonly deliver: (request: PushRequest) => Promise<number>;
  /** A signed OIDC token of this service account for this audience. */
  readonly mintIdToken: (email: string, audience: string) => string;
}

const MAX_OUTSTANDING = 20;
/** https://cloud.google.com/pubsub/docs/push#receive_push */
const ACKED = new Set([102, 200, 201, 202, 204]);

/** The wrapped form of https://cloud.google.com/pubsub/docs/push#receive_push, both spellings of id and time included. */
const pushBody = (subscription: string, { message, deliveryAttempt }: Received): string => {
  const { data, attributes, messageId } = message;
  const publishTime = new Date(message.publishTime).toISOString();
  return JSON.stringify({
    ...(deliveryAttempt === undefined ? {} : { deliveryAttempt }),
    message: {
      ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
      ...(data === '' ? {} : { data }),
      messageId,
      message_id: messageId,
      publishTime,
      publish_time: publishTime,
    },
    subscription,
  });
};

/** Pushes the messages of one subscription, at most 20 at a time, until `close`. */
export class Pusher implements Consumer {
  readonly #world: World;
  readonly #state: State;
  readonly #delivery: Delivery;
  readonly #ports: PushPorts;
  readonly #name: string;
  readonly #line: { kick: () => void; detach: () => void };
  #outstanding = 0;

  constructor(world: World, state: State, delivery: Delivery, ports: PushPorts, name: string) {
    this.#world = world;
    this.#state = state;
    this.#delivery = delivery;
    this.#ports = ports;
    this.#name = name;
    this.#line = delivery.attach(name, this);
  }

  wants(count: number): boolean {
    return this.#outstanding + count < MAX_OUTSTANDING;
  }

  receive(batch: readonly Received[]): void {
    this.#outstanding += batch.length;
    for (const received of batch) void this.#push(received);
  }

  released(): void {
    this.#outstanding -= 1;
    this.#line.kick();
  }

  gone(): void {
    this.close();
  }

  /** Pushes no more; what is under way may still be answered. */
  close(): void {
    this.#line.detach();
  }

  async #push(received: Received): Promise<void> {
    const subscription = this.#state.subscriptions.get(this.#name);
    const push = subscription?.config.pushConfig;
    if (subscription === undefined || push === undefined) return;
    const acked = await this.#send(push, received, subscription.config.ackDeadlineSeconds * 1000);
    // Deleted, or answered after the deadline: the delivery has failed already.
    if (this.#state.subscriptions.get(this.#name) !== subscription) return;
    if (!this.#delivery.isCurrent(subscription, received.ackId)) return;
    if (acked) this.#delivery.acknowledge(subscription, [received.ackId]);
    else this.#delivery.modify(subscription, [received.ackId], 0);
  }

  async #send(push: PushConfig, received: Received, timeoutMs: number): Promise<boolean> {
    const id = received.message.messageId;
    try {
      const request = {
        endpoint: push.pushEndpoint,
        headers: this.#headers(push),
        body: pushBody(this.#name, received),
        timeoutMs,
      };
      const sent = this.#world.faults.around('pubsub.push', this.#name, () => {
        const answer = this.#ports.deliver(request);
        // A planned fault after the call leaves nobody who waits for this answer.
        answer.catch(() => {});
        return answer;
      });
      const status = await sent;
      if (!ACKED.has(status)) this.#world.note(`pubsub: push of ${id} by ${this.#name} was answered ${status}`);
      return ACKED.has(status);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#world.note(`pubsub: push of ${id} by ${this.#name} failed: ${why}`);
      return false;
    }
  }

  #headers({ oidcToken, pushEndpoint }: PushConfig): Record<string, string> {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'CloudPubSub-Google',
    };
    if (oidcToken === undefined) return headers;
    const token = this.#ports.mintIdToken(oidcToken.serviceAccountEmail, oidcToken.audience ?? pushEndpoint);
    return { ...headers, authorization: `Bearer ${token}` };
  }
}
