import type { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { ackIdOf, parseAckId } from './ack-id.ts';
import type { Held, Holder } from './backlog.ts';
import { forward } from './dead-letter.ts';
import type { Received } from './model.ts';
import { backoffMs } from './retry.ts';
import type { Schemas } from './schemas.ts';
import type { State, SubscriptionState } from './state.ts';

/** Who is given messages as they become ready: a stream, a waiting pull, the pusher. */
export interface Consumer extends Holder {
  /** Whether one more may be added to a batch that holds `count` messages of `bytes` bytes (base64 length) already. */
  wants(count: number, bytes: number): boolean;
  receive(batch: readonly Received[]): void;
  /** No more comes: the subscription was deleted, or is pushed from now on. */
  gone(why: CloudError): void;
  /** ms of a lease that this consumer is given; the subscription's own where absent. */
  readonly ackDeadlineMs?: number | undefined;
}

interface Line {
  readonly consumers: Consumer[];
  pumping: boolean;
  timer: { readonly due: number; readonly cancel: () => void } | undefined;
}

const MAX_BATCH = 100;

/**
 * Hands messages out and takes answers. It calls itself only when something is due. A lease or a retry's wait ends, or a message is ready
 * for a consumer with room. Callers are checked by Subscriptions, not here.
 */
export class Delivery {
  readonly #world: World;
  readonly #state: State;
  readonly #schemas: Schemas;
  readonly #lines = new Map<string, Line>();

  constructor(world: World, state: State, schemas: Schemas) {
    this.#world = world;
    this.#state = state;
    this.#schemas = schemas;
  }

  /** Gives `consumer` what is ready now and later, in turn with the others, until `detach`. `kick` when it has room again. */
  attach(name: string, consumer: Consumer): { kick: () => void; detach: () => void } {
    const { consumers } = this.#line(name);
    consumers.push(consumer);
    const subscription = this.#state.subscriptions.get(name);
    if (subscription !== undefined) this.#watch(subscription);
    return {
      kick: () => this.kick(name),
      detach: () => {
        const index = consumers.indexOf(consumer);
        if (index >= 0) consumers.splice(index, 1);
        const subscription = this.#state.subscriptions.get(name);
        if (subscription !== undefined) subscription.lastActive = this.#world.clock.now();
      },
    };
  }

  isConsumed(name: string): boolean {
    return this.#line(name).consumers.length > 0;
  }

  published(topic: string): void {
    for (const { config } of this.#state.attached(topic)) this.kick(config.name);
  }

  /** Sends the consumers of a subscription away and forgets its timer. */
  drop(name: string, why: CloudError): void {
    const line = this.#lines.get(name);
    this.#lines.delete(name);
    line?.timer?.cancel();
    for (const consumer of [...(line?.consumers ?? [])]) consumer.gone(why);
  }

  pull(subscription: SubscriptionState, max: number): Received[] {
    this.#expire(subscription);
    const batch = subscription.backlog.take(max, this.#leaseEnd(subscription), () => this.#world.randomHex(6));
    this.#watch(subscription);
    return batch.map((held) => this.#received(subscription, held));
  }

  /** Acks by any id once given for a message, however late, settle it. Throws INVALID_ARGUMENT on an id that was never given. */
  acknowledge(subscription: SubscriptionState, ackIds: readonly string[]): void {
    const { config, backlog } = subscription;
    const ids = ackIds
      .map((ackId) => parseAckId(config.name, ackId).messageId)
      .filter((id) => backlog.get(id) !== undefined);
    if (ids.length > 0) this.#state.commit({ op: 'settle', subscription: config.name, ids: [...new Set(ids)] });
    this.#watch(subscription);
  }

  /** 0 seconds is a nack. An id of an older delivery of the message changes nothing. */
  modify(subscription: SubscriptionState, ackIds: readonly string[], seconds: number): void {
    const held = ackIds.flatMap((ackId) => this.#leased(subscription, ackId) ?? []);
    if (seconds === 0) this.#fail(subscription, [...new Set(held)]);
    else for (const one of held) subscription.backlog.extend(one, this.#world.clock.now() + seconds * 1000);
    this.#watch(subscription);
  }

  /** Whether this delivery is still the one that counts. */
  isCurrent(subscription: SubscriptionState, ackId: string): boolean {
    return this.#leased(subscription, ackId) !== undefined;
  }

  /** Schedules one hand-out round, never runs it at once: a publisher is not kept waiting by its subscribers. */
  kick(name: string): void {
    const line = this.#line(name);
    if (line.pumping || !line.consumers.some((consumer) => consumer.wants(0, 0))) return;
    line.pumping = true;
    this.#world.clock.after(0, () => {
      line.pumping = false;
      this.#pump(name, line);
    });
  }

  #pump(name: string, { consumers }: Line): void {
    const subscription = this.#state.subscriptions.get(name);
    if (subscription === undefined) return;
    this.#expire(subscription);
    for (let full = 0; full < consumers.length && subscription.backlog.readyCount > 0; ) {
      const consumer = consumers.shift();
      if (consumer === undefined) break;
      consumers.push(consumer);
      const batch = this.#batchFor(subscription, consumer);
      full = batch.length === 0 ? full + 1 : 0;
      if (batch.length > 0) consumer.receive(batch);
    }
    this.#watch(subscription);
  }

  #batchFor(subscription: SubscriptionState, consumer: Consumer): Received[] {
    const batch: Received[] = [];
    let bytes = 0;
    while (batch.length < MAX_BATCH && consumer.wants(batch.length, bytes)) {
      const due = this.#leaseEnd(subscription, consumer.ackDeadlineMs);
      const [held] = subscription.backlog.take(1, due, () => this.#world.randomHex(6), consumer);
      if (held === undefined) break;
      bytes += held.message.data.length;
      batch.push(this.#received(subscription, held));
    }
    return batch;
  }

  #leaseEnd({ config }: SubscriptionState, ms = config.ackDeadlineSeconds * 1000): number {
    return this.#world.clock.now() + ms;
  }

  #received({ config }: SubscriptionState, { message, lease, failed }: Held): Received {
    const ackId = ackIdOf(config.name, message.messageId, lease);
    return config.deadLetterPolicy === undefined ? { ackId, message } : { ackId, message, deliveryAttempt: failed + 1 };
  }

  #leased({ config, backlog }: SubscriptionState, ackId: string): Held | undefined {
    const { messageId, lease } = parseAckId(config.name, ackId);
    const held = backlog.get(messageId);
    return held?.state === 'leased' && held.lease === lease ? held : undefined;
  }

  #fail(subscription: SubscriptionState, failed: readonly Held[]): void {
    const { config } = subscription;
    const limit = config.deadLetterPolicy?.maxDeliveryAttempts ?? Number.POSITIVE_INFINITY;
    const failures = failed
      .filter(
        (held) =>
          held.failed + 1 < limit ||
          !forward(this.#world, this.#state, this.#schemas, subscription, held, held.failed + 1),
      )
      .map((held) => ({
        id: held.message.messageId,
        due: this.#world.clock.now() + backoffMs(config, held.failed + 1),
      }));
    if (failures.length > 0) this.#state.commit({ op: 'fail', subscription: config.name, failures });
    if (failures.length < failed.length) this.published(config.deadLetterPolicy?.deadLetterTopic ?? '');
  }

  #expire({ config, backlog }: SubscriptionState): void {
    const ids = backlog.olderThan(this.#world.clock.now() - config.messageRetentionMs);
    if (ids.length === 0) return;
    this.#state.commit({ op: 'settle', subscription: config.name, ids });
    this.#world.note(`pubsub: ${ids.length} messages of ${config.name} were older than its retention`);
  }

  /** Sets the one timer of a subscription to what is due next, and starts a round if something is ready. */
  #watch(subscription: SubscriptionState): void {
    const { config, backlog } = subscription;
    const line = this.#line(config.name);
    if (backlog.readyCount > 0) this.kick(config.name);
    const due = backlog.nextDue();
    if (due === line.timer?.due) return;
    line.timer?.cancel();
    line.timer =
      due === undefined
        ? undefined
        : {
            due,
            cancel: this.#world.clock.after(due - this.#world.clock.now(), () => {
              line.timer = undefined;
              this.#fail(subscription, backlog.wake(this.#world.clock.now()));
              this.#watch(subscription);
            }),
          };
  }

  /** After a restart: what waits for its retry needs its timer again. */
  resume(): void {
    for (const subscription of this.#state.subscriptions.values()) this.#watch(subscription);
  }

  #line(name: string): Line {
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const line: Line = { consumers: [], pumping: false, timer: undefined };
    this.#lines.set(name, line);
    return line;
  }
}
