import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { type AvroSchema, compatible, compileAvro } from './avro.ts';
import { DELETED_SCHEMA, type Schema, type Topic } from './model.ts';
import { parseName, projectOf, projectResource, resourceOf } from './names.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';
import type { State } from './state.ts';

/** What a caller gives: the kind and text of a schema. */
export interface SchemaDraft {
  readonly type?: string | undefined;
  readonly definition?: string | undefined;
}

const MAX_DEFINITION_BYTES = 300 * 1024;
const MAX_REVISIONS = 20;

/** Avro schemas and their revisions, and the check of every message published to a topic that has one. */
export class Schemas {
  readonly #world: World;
  readonly #state: State;
  readonly #compiled = new Map<string, AvroSchema>();

  constructor(world: World, state: State) {
    this.#world = world;
    this.#state = state;
  }

  create(caller: Caller, name: string, draft: SchemaDraft): Schema {
    this.#world.iam.require(caller, 'pubsub.schemas.create', projectOf('schemas', name));
    return this.#around('create', name, () => {
      const definition = this.#check(draft);
      if (this.#state.schemas.has(name)) throw new CloudError('ALREADY_EXISTS', `Schema already exists: ${name}`);
      return this.#commit(name, definition);
    });
  }

  /** Adds a revision, which must read and be read by every one before. */
  commit(caller: Caller, name: string, draft: SchemaDraft): Schema {
    this.#world.iam.require(caller, 'pubsub.schemas.commit', resourceOf('schemas', name));
    return this.#around('commit', name, () => {
      const revisions = this.#revisions(name);
      const definition = this.#check(draft);
      if (revisions.length >= MAX_REVISIONS)
        throw new CloudError('RESOURCE_EXHAUSTED', `Schema ${name} has ${MAX_REVISIONS} revisions already.`);
      const next = this.#compile(definition);
      if (!revisions.every((revision) => compatible(this.#compile(revision.definition), next)))
        throw new CloudError('INVALID_ARGUMENT', `Schema revision is not compatible with those before it: ${name}`);
      return this.#commit(name, definition);
    });
  }

  /** The newest revision, or the one named after `@`. */
  get(caller: Caller, name: string): Schema {
    const [base = '', revisionId] = name.split('@');
    this.#world.iam.require(caller, 'pubsub.schemas.get', resourceOf('schemas', base));
    const revisions = this.#revisions(base);
    const found = revisionId === undefined ? revisions.at(-1) : revisions.find((one) => one.revisionId === revisionId);
    if (found === undefined) throw new CloudError('NOT_FOUND', `Schema revision not found: ${name}`);
    return found;
  }

  list(caller: Caller, parent: string, page: PageRequest): Page<Schema> {
    this.#world.iam.require(caller, 'pubsub.schemas.list', projectResource(parent));
    const newest = [...this.#state.schemas.values()].flatMap((revisions) => revisions.slice(-1));
    return pageOf(
      newest.filter(({ name }) => name.startsWith(`${parent}/`)),
      ({ name }) => name,
      page,
    );
  }

  /** Newest revision first. */
  listRevisions(caller: Caller, name: string): Schema[] {
    this.#world.iam.require(caller, 'pubsub.schemas.listRevisions', resourceOf('schemas', name));
    return this.#revisions(name).toReversed();
  }

  delete(caller: Caller, name: string): void {
    this.#world.iam.require(caller, 'pubsub.schemas.delete', resourceOf('schemas', name));
    this.#around('delete', name, () => {
      this.#revisions(name);
      this.#state.commit({ op: 'schema.delete', name });
    });
  }

  validateSchema(caller: Caller, parent: string, draft: SchemaDraft): void {
    this.#world.iam.require(caller, 'pubsub.schemas.validate', projectResource(parent));
    this.#check(draft);
  }

  /** Throws INVALID_ARGUMENT unless `data` is a message of the schema, by name or given ad hoc. */
  validateMessage(caller: Caller, parent: string, schema: string | SchemaDraft, encoding: string, data: Buffer): void {
    this.#world.iam.require(caller, 'pubsub.schemas.validate', projectResource(parent));
    const definition = typeof schema === 'string' ? this.get(caller, schema).definition : this.#check(schema);
    if (!this.#accepts(definition, encoding, data))
      throw new CloudError('INVALID_ARGUMENT', 'Invalid data in message: Message failed schema validation.');
  }

  /** Throws unless a topic may be created with these settings. */
  attach(caller: Caller, settings: NonNullable<Topic['schemaSettings']>): void {
    this.#world.iam.require(caller, 'pubsub.schemas.attach', resourceOf('schemas', settings.schema));
    const revisions = this.#revisions(settings.schema);
    for (const id of [settings.firstRevisionId, settings.lastRevisionId])
      if (id !== undefined && !revisions.some(({ revisionId }) => revisionId === id))
        throw new CloudError('NOT_FOUND', `Schema revision not found: ${settings.schema}@${id}`);
  }

  /** The attributes that the service adds to a message which one of the topic's revisions accepts, tried newest first. */
  stamp({ schemaSettings: settings }: Topic, data: Buffer): Readonly<Record<string, string>> {
    if (settings === undefined) return {};
    const revisions = this.#state.schemas.get(settings.schema);
    if (settings.schema === DELETED_SCHEMA || revisions === undefined)
      throw new CloudError('NOT_FOUND', 'Schema associated with topic deleted.');
    const index = (id: string | undefined, otherwise: number) =>
      id === undefined ? otherwise : revisions.findIndex(({ revisionId }) => revisionId === id);
    const range = revisions.slice(
      index(settings.firstRevisionId, 0),
      index(settings.lastRevisionId, revisions.length - 1) + 1,
    );
    const revision = range.findLast(({ definition }) => this.#accepts(definition, settings.encoding, data));
    if (revision === undefined)
      throw new CloudError('INVALID_ARGUMENT', 'Invalid data in message: Message failed schema validation.');
    return {
      googclient_schemaname: settings.schema,
      googclient_schemaencoding: settings.encoding,
      googclient_schemarevisionid: revision.revisionId,
    };
  }

  #accepts(definition: string, encoding: string, data: Buffer): boolean {
    const schema = this.#compile(definition);
    if (encoding === 'JSON') return schema.json(data);
    if (encoding === 'BINARY') return schema.binary(data);
    throw new CloudError('INVALID_ARGUMENT', `Invalid schema encoding provided: ${encoding}`);
  }

  #check({ type, definition = '' }: SchemaDraft): string {
    if (type === 'PROTOCOL_BUFFER') throw unimplemented('Pub/Sub schemas of type PROTOCOL_BUFFER');
    if (type !== 'AVRO') throw new CloudError('INVALID_ARGUMENT', `Invalid schema type: ${type ?? 'TYPE_UNSPECIFIED'}`);
    if (Buffer.byteLength(definition) > MAX_DEFINITION_BYTES)
      throw new CloudError('INVALID_ARGUMENT', `Schema definition exceeds ${MAX_DEFINITION_BYTES} bytes`);
    this.#compile(definition);
    return definition;
  }

  #compile(definition: string): AvroSchema {
    const known = this.#compiled.get(definition) ?? compileAvro(definition);
    this.#compiled.set(definition, known);
    return known;
  }

  #revisions(name: string): readonly Schema[] {
    parseName('schemas', name);
    const revisions = this.#state.schemas.get(name);
    if (revisions === undefined) throw new CloudError('NOT_FOUND', `Schema not found: ${name}`);
    return revisions;
  }

  #commit(name: string, definition: string): Schema {
    const schema: Schema = {
      name,
      type: 'AVRO',
      definition,
      revisionId: this.#world.randomHex(4),
      revisionCreateTime: this.#world.clock.now(),
    };
    this.#state.commit({ op: 'schema.commit', schema });
    return schema;
  }

  #around<T>(call: string, name: string, run: () => T): T {
    return this.#world.faults.around(`pubsub.schemas.${call}`, name, run);
  }
}
