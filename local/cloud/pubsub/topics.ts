import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { Delivery } from './delivery.ts';
import { checkDrafts, type MessageDraft, newMessageId } from './message.ts';
import type { Message, Topic } from './model.ts';
import { projectOf, projectResource, resourceOf } from './names.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';
import type { PushPorts } from './push.ts';
import { Schemas } from './schemas.ts';
import { State } from './state.ts';
import { Subscriptions } from './subscriptions.ts';

/** A topic as a caller asks for it. */
export interface TopicDraft {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly schemaSettings?:
    | {
        readonly schema?: string | undefined;
        readonly encoding?: string | undefined;
        readonly firstRevisionId?: string | undefined;
        readonly lastRevisionId?: string | undefined;
      }
    | undefined;
}

/**
 * Pub/Sub in memory: topics here, the rest in `subscriptions` and `schemas`. Delivery is at least once and unordered; nothing runs
 * inside a caller's call, everything later goes through the world's clock.
 */
export class Topics {
  readonly schemas: Schemas;
  readonly subscriptions: Subscriptions;
  readonly #world: World;
  readonly #state: State;
  readonly #delivery: Delivery;

  constructor(world: World, ports: PushPorts) {
    this.#world = world;
    this.#state = new State(world);
    this.schemas = new Schemas(world, this.#state);
    this.#delivery = new Delivery(world, this.#state, this.schemas);
    this.subscriptions = new Subscriptions(world, this.#state, this.#delivery, ports);
  }

  create(caller: Caller, draft: TopicDraft): Topic {
    this.#world.iam.require(caller, 'pubsub.topics.create', projectOf('topics', draft.name));
    return this.#around('topics.create', draft.name, () => {
      const topic = this.#check(caller, draft);
      if (this.#state.topics.has(draft.name))
        throw new CloudError('ALREADY_EXISTS', `Topic already exists: ${draft.name}`);
      this.#state.commit({ op: 'topic.put', topic });
      return topic;
    });
  }

  get(caller: Caller, name: string): Topic {
    return this.#find(caller, 'pubsub.topics.get', name);
  }

  list(caller: Caller, parent: string, page: PageRequest): Page<Topic> {
    this.#world.iam.require(caller, 'pubsub.topics.list', projectResource(parent));
    const mine = [...this.#state.topics.values()].filter(({ name }) => name.startsWith(`${parent}/`));
    return pageOf(mine, ({ name }) => name, page);
  }

  /** Names of the attached subscriptions. */
  listSubscriptions(caller: Caller, name: string, page: PageRequest): Page<string> {
    this.#find(caller, 'pubsub.topics.get', name);
    const names = this.#state.attached(name).map(({ config }) => config.name);
    return pageOf(names, (one) => one, page);
  }

  /** Sets the fields of `mask`, `labels` and `schemaSettings`, to those of `draft`. */
  update(caller: Caller, draft: TopicDraft, mask: readonly string[]): Topic {
    const known = this.#find(caller, 'pubsub.topics.update', draft.name);
    return this.#around('topics.update', draft.name, () => {
      if (mask.length === 0)
        throw new CloudError(
          'INVALID_ARGUMENT',
          'The update_mask must be set, and must contain a non-empty paths list.',
        );
      const unknown = mask.find((field) => field !== 'labels' && field !== 'schemaSettings');
      if (unknown !== undefined) throw new CloudError('INVALID_ARGUMENT', `Invalid update_mask path: ${unknown}`);
      const next = mask.includes('schemaSettings') ? this.#check(caller, draft) : known;
      const topic = { ...next, labels: mask.includes('labels') ? { ...draft.labels } : known.labels };
      this.#state.commit({ op: 'topic.put', topic });
      return topic;
    });
  }

  /** Its subscriptions stay, with what they hold, on the topic `_deleted-topic_`. */
  delete(caller: Caller, name: string): void {
    this.#find(caller, 'pubsub.topics.delete', name);
    this.#around('topics.delete', name, () => this.#state.commit({ op: 'topic.delete', name }));
  }

  /** All or none. Returns the message ids. Throws INVALID_ARGUMENT on a limit or a schema that is not met. */
  publish(caller: Caller, name: string, drafts: readonly MessageDraft[]): string[] {
    const topic = this.#find(caller, 'pubsub.topics.publish', name);
    return this.#around('publish', name, () => {
      checkDrafts(drafts);
      const publishTime = this.#world.clock.now();
      const messages = drafts.map(({ data = new Uint8Array(), attributes }): Message => {
        const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
        return {
          messageId: newMessageId(this.#world),
          data: bytes.toString('base64'),
          attributes: { ...attributes, ...this.schemas.stamp(topic, bytes) },
          publishTime,
        };
      });
      this.#state.commit({ op: 'publish', topic: name, messages });
      this.#delivery.published(name);
      return messages.map(({ messageId }) => messageId);
    });
  }

  /** Whether the topic is there and this caller may publish to it. */
  mayPublish(caller: Caller, name: string): boolean {
    return (
      this.#state.topics.has(name) &&
      this.#world.iam.allows(caller, 'pubsub.topics.publish', resourceOf('topics', name))
    );
  }

  #find(caller: Caller, permission: string, name: string): Topic {
    this.#world.iam.require(caller, permission, resourceOf('topics', name));
    const found = this.#state.topics.get(name);
    if (found === undefined) throw new CloudError('NOT_FOUND', `Topic not found (resource=${name}).`);
    return found;
  }

  #check(caller: Caller, { name, labels, schemaSettings: settings }: TopicDraft): Topic {
    if (settings === undefined) return { name, labels: { ...labels } };
    const { schema = '', encoding, firstRevisionId = '', lastRevisionId = '' } = settings;
    if (encoding !== 'JSON' && encoding !== 'BINARY')
      throw new CloudError(
        'INVALID_ARGUMENT',
        `Invalid schema encoding provided: ${encoding ?? 'ENCODING_UNSPECIFIED'}`,
      );
    const schemaSettings = {
      schema,
      encoding,
      ...(firstRevisionId === '' ? {} : { firstRevisionId }),
      ...(lastRevisionId === '' ? {} : { lastRevisionId }),
    } as const;
    this.schemas.attach(caller, schemaSettings);
    return { name, labels: { ...labels }, schemaSettings };
  }

  #around<T>(call: string, name: string, run: () => T): T {
    return this.#world.faults.around(`pubsub.${call}`, name, run);
  }
}
