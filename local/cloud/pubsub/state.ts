import type { World } from '#local/cloud/runtime/world.ts';
import { Backlog } from './backlog.ts';
import { compileFilter, type Filter } from './filter.ts';
import {
  DELETED_SCHEMA,
  DELETED_TOPIC,
  type PubSubRecord,
  recordModel,
  type Schema,
  type Subscription,
  type Topic,
} from './model.ts';

export interface SubscriptionState {
  config: Subscription;
  readonly filter: Filter;
  readonly backlog: Backlog;
  /** ms; a subscription that nobody uses for its `expirationTtlMs` is gone. */
  lastActive: number;
}

const SERVICE = 'pubsub';

/** All that the local Pub/Sub remembers. `commit` is the one way to change it: journal first, then memory. */
export class State {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, SubscriptionState>();
  /** Revisions by schema name, oldest first. */
  readonly schemas = new Map<string, Schema[]>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    world.journal.replay(SERVICE, (record) => this.#apply(recordModel.parse(record)));
  }

  commit(record: PubSubRecord): void {
    this.#world.journal.append(SERVICE, record);
    this.#apply(record);
  }

  attached(topic: string): SubscriptionState[] {
    return [...this.subscriptions.values()].filter(({ config }) => config.topic === topic);
  }

  #apply(record: PubSubRecord): void {
    switch (record.op) {
      case 'topic.put':
        this.topics.set(record.topic.name, record.topic);
        return;
      case 'topic.delete':
        this.topics.delete(record.name);
        for (const subscription of this.attached(record.name))
          subscription.config = { ...subscription.config, topic: DELETED_TOPIC };
        return;
      case 'subscription.put':
        this.#putSubscription(record.subscription);
        return;
      case 'subscription.delete':
        this.subscriptions.get(record.name)?.backlog.releaseAll();
        this.subscriptions.delete(record.name);
        return;
      case 'schema.commit':
        this.schemas.set(record.schema.name, [...(this.schemas.get(record.schema.name) ?? []), record.schema]);
        return;
      case 'schema.delete':
        this.schemas.delete(record.name);
        for (const topic of this.topics.values())
          if (topic.schemaSettings?.schema === record.name)
            this.topics.set(topic.name, {
              ...topic,
              schemaSettings: { ...topic.schemaSettings, schema: DELETED_SCHEMA },
            });
        return;
      case 'publish':
        for (const { filter, backlog } of this.attached(record.topic))
          for (const message of record.messages) if (filter(message.attributes)) backlog.add(message);
        return;
      case 'settle':
        for (const id of record.ids) this.subscriptions.get(record.subscription)?.backlog.remove(id);
        return;
      case 'fail':
        for (const { id, due } of record.failures)
          this.subscriptions.get(record.subscription)?.backlog.fail(id, due, this.#world.clock.now());
        return;
      case 'forward':
        this.subscriptions.get(record.subscription)?.backlog.remove(record.id);
        this.#apply({ op: 'publish', topic: record.topic, messages: [record.message] });
        return;
    }
  }

  #putSubscription(config: Subscription): void {
    const known = this.subscriptions.get(config.name);
    if (known !== undefined) known.config = config;
    else
      this.subscriptions.set(config.name, {
        config,
        filter: compileFilter(config.filter),
        backlog: new Backlog(),
        lastActive: this.#world.clock.now(),
      });
  }
}
