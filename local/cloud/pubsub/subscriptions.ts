import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Consumer, Delivery } from './delivery.ts';
import type { Received, Subscription } from './model.ts';
import { parseName, projectOf, projectResource, resourceOf, serviceAccountResource } from './names.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';
import { Pusher, type PushPorts } from './push.ts';
import type { State, SubscriptionState } from './state.ts';
import { checkSubscription, draftOf, type PushDraft, type SubscriptionDraft } from './subscription-draft.ts';

const MAX_PULL = 1000;
const IMMUTABLE = new Set(['name', 'topic', 'filter']);
const MUTABLE = new Set([
  'labels',
  'pushConfig',
  'ackDeadlineSeconds',
  'messageRetentionDuration',
  'expirationPolicy',
  'deadLetterPolicy',
  'retryPolicy',
]);

const notFound = (name: string): CloudError =>
  new CloudError('NOT_FOUND', `Subscription does not exist (resource=${name}).`);

const isPushed = (name: string): CloudError =>
  new CloudError('FAILED_PRECONDITION', `This method is not supported for push subscriptions: ${name}`);

/** Subscriptions and what subscribers do with them. Every public call asks IAM first. */
export class Subscriptions {
  readonly #world: World;
  readonly #state: State;
  readonly #delivery: Delivery;
  readonly #ports: PushPorts;
  readonly #pushers = new Map<string, Pusher>();

  constructor(world: World, state: State, delivery: Delivery, ports: PushPorts) {
    this.#world = world;
    this.#state = state;
    this.#delivery = delivery;
    this.#ports = ports;
    for (const name of state.subscriptions.keys()) this.#syncPush(name);
    delivery.resume();
  }

  create(caller: Caller, draft: SubscriptionDraft): Subscription {
    this.#world.iam.require(caller, 'pubsub.subscriptions.create', projectOf('subscriptions', draft.name));
    this.#world.iam.require(caller, 'pubsub.topics.attachSubscription', resourceOf('topics', draft.topic));
    return this.#around('create', draft.name, () => {
      const subscription = checkSubscription(draft);
      this.#mayActAs(caller, subscription);
      this.#lapse(draft.name);
      if (this.#state.subscriptions.has(draft.name))
        throw new CloudError('ALREADY_EXISTS', `Subscription already exists: ${draft.name}`);
      if (!this.#state.topics.has(draft.topic))
        throw new CloudError('NOT_FOUND', `Subscription topic does not exist: ${draft.topic}`);
      this.#commit(subscription);
      return subscription;
    });
  }

  get(caller: Caller, name: string): Subscription {
    return this.#find(caller, 'pubsub.subscriptions.get', name).config;
  }

  list(caller: Caller, parent: string, page: PageRequest): Page<Subscription> {
    this.#world.iam.require(caller, 'pubsub.subscriptions.list', projectResource(parent));
    for (const name of [...this.#state.subscriptions.keys()]) this.#lapse(name);
    const all = [...this.#state.subscriptions.values()].map(({ config }) => config);
    return pageOf(
      all.filter(({ name }) => name.startsWith(`${parent}/`)),
      ({ name }) => name,
      page,
    );
  }

  /** Throws PERMISSION_DENIED unless the caller may list snapshots; there are none to list. */
  checkSnapshots(caller: Caller, parent: string): void {
    this.#world.iam.require(caller, 'pubsub.snapshots.list', projectResource(parent));
  }

  /** Sets the fields of `mask` (camelCase, as in REST) to those of `draft`. Filter and topic cannot change. */
  update(caller: Caller, draft: SubscriptionDraft, mask: readonly string[]): Subscription {
    const { config } = this.#find(caller, 'pubsub.subscriptions.update', draft.name);
    return this.#around('update', draft.name, () => {
      if (mask.length === 0)
        throw new CloudError(
          'INVALID_ARGUMENT',
          'The update_mask must be set, and must contain a non-empty paths list.',
        );
      for (const field of mask) {
        if (IMMUTABLE.has(field)) throw new CloudError('INVALID_ARGUMENT', `The field ${field} cannot be updated.`);
        if (!MUTABLE.has(field)) throw new CloudError('INVALID_ARGUMENT', `Invalid update_mask path: ${field}`);
      }
      const keep = draftOf(config);
      const from = <K extends keyof SubscriptionDraft>(key: K, field: string = key): SubscriptionDraft[K] =>
        (mask.includes(field) ? draft : keep)[key];
      const updated = checkSubscription({
        ...keep,
        labels: from('labels'),
        pushConfig: from('pushConfig'),
        ackDeadlineSeconds: from('ackDeadlineSeconds'),
        messageRetentionMs: from('messageRetentionMs', 'messageRetentionDuration'),
        expirationPolicy: from('expirationPolicy'),
        deadLetterPolicy: from('deadLetterPolicy'),
        retryPolicy: from('retryPolicy'),
      });
      if (mask.includes('pushConfig')) this.#mayActAs(caller, updated);
      this.#commit(updated);
      return updated;
    });
  }

  modifyPushConfig(caller: Caller, name: string, pushConfig: PushDraft): void {
    const { config } = this.#find(caller, 'pubsub.subscriptions.update', name);
    this.#around('modifyPushConfig', name, () => {
      const updated = checkSubscription({ ...draftOf(config), pushConfig });
      this.#mayActAs(caller, updated);
      this.#commit(updated);
    });
  }

  delete(caller: Caller, name: string): void {
    this.#find(caller, 'pubsub.subscriptions.delete', name);
    this.#around('delete', name, () => this.#remove(name));
  }

  /** Up to `max` messages that are ready now, each leased for the ack deadline. */
  pull(caller: Caller, name: string, max: number): Received[] {
    const subscription = this.#consume(caller, name);
    return this.#around('pull', name, () => {
      if (!(max > 0)) throw new CloudError('INVALID_ARGUMENT', 'No max_messages specified');
      return this.#delivery.pull(subscription, Math.min(max, MAX_PULL));
    });
  }

  /** Throws INVALID_ARGUMENT on an ack id that was never given for this subscription; a late or second ack is no error. */
  acknowledge(caller: Caller, name: string, ackIds: readonly string[]): void {
    const subscription = this.#consume(caller, name);
    this.#around('acknowledge', name, () => {
      if (ackIds.length === 0) throw new CloudError('INVALID_ARGUMENT', 'No ack ids specified.');
      this.#delivery.acknowledge(subscription, ackIds);
    });
  }

  /** 0 to 600 seconds from now; 0 is a nack. */
  modifyAckDeadline(caller: Caller, name: string, ackIds: readonly string[], seconds: number): void {
    const subscription = this.#consume(caller, name);
    this.#around('modifyAckDeadline', name, () => {
      if (ackIds.length === 0) throw new CloudError('INVALID_ARGUMENT', 'No ack ids specified.');
      if (!(seconds >= 0 && seconds <= 600))
        throw new CloudError('INVALID_ARGUMENT', `ack_deadline_seconds must be between 0 and 600, not ${seconds}.`);
      this.#delivery.modify(subscription, ackIds, seconds);
    });
  }

  /** Streams: gives `consumer` what is ready now and later, until `detach`. Rights are asked once, when the stream opens. */
  attach(caller: Caller, name: string, consumer: Consumer): { kick: () => void; detach: () => void } {
    this.#consume(caller, name);
    return this.#around('streamingPull', name, () => this.#delivery.attach(name, consumer));
  }

  #consume(caller: Caller, name: string): SubscriptionState {
    const subscription = this.#find(caller, 'pubsub.subscriptions.consume', name);
    if (subscription.config.pushConfig !== undefined) throw isPushed(name);
    return subscription;
  }

  #find(caller: Caller, permission: string, name: string): SubscriptionState {
    this.#world.iam.require(caller, permission, resourceOf('subscriptions', name));
    this.#lapse(name);
    const found = this.#state.subscriptions.get(name);
    if (found === undefined) throw notFound(name);
    found.lastActive = this.#world.clock.now();
    return found;
  }

  /** A subscription that nobody used for its ttl is gone when somebody next looks at it. */
  #lapse(name: string): void {
    const known = this.#state.subscriptions.get(name);
    if (known === undefined || known.config.expirationTtlMs === null || this.#delivery.isConsumed(name)) return;
    if (this.#world.clock.now() - known.lastActive < known.config.expirationTtlMs) return;
    this.#world.note(`pubsub: ${name} expired after ${known.config.expirationTtlMs} ms without activity`);
    this.#remove(name);
  }

  #mayActAs(caller: Caller, { name, pushConfig }: Subscription): void {
    const email = pushConfig?.oidcToken?.serviceAccountEmail;
    if (email === undefined) return;
    const { project } = parseName('subscriptions', name);
    this.#world.iam.require(caller, 'iam.serviceAccounts.actAs', serviceAccountResource(project, email));
  }

  #commit(subscription: Subscription): void {
    const target = subscription.deadLetterPolicy?.deadLetterTopic;
    if (target !== undefined && !this.#state.topics.has(target))
      throw new CloudError('NOT_FOUND', `Dead letter topic not found: ${target}`);
    this.#state.commit({ op: 'subscription.put', subscription });
    this.#syncPush(subscription.name);
  }

  #remove(name: string): void {
    this.#state.commit({ op: 'subscription.delete', name });
    this.#pushers.delete(name);
    this.#delivery.drop(name, notFound(name));
  }

  #syncPush(name: string): void {
    const pushed = this.#state.subscriptions.get(name)?.config.pushConfig !== undefined;
    const pusher = this.#pushers.get(name);
    if (pushed && pusher === undefined) {
      this.#delivery.drop(name, isPushed(name));
      this.#pushers.set(name, new Pusher(this.#world, this.#state, this.#delivery, this.#ports, name));
    }
    if (!pushed && pusher !== undefined) {
      pusher.close();
      this.#pushers.delete(name);
    }
  }

  #around<T>(call: string, name: string, run: () => T): T {
    const method = ['pull', 'acknowledge', 'modifyAckDeadline', 'streamingPull'].includes(call)
      ? `pubsub.${call}`
      : `pubsub.subscriptions.${call}`;
    return this.#world.faults.around(method, name, run);
  }
}
