import type { Publisher, Storage, StoredObject } from '#core/ports.ts';
import { canonicalBytes, type Json } from '#schemas/canonical.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { type Announcement, messageOf } from '#schemas/events.ts';
import { type Fact, type FactKind, parseFact } from '#schemas/facts.ts';
import {
  approvedObject,
  type Buckets,
  outcomeObject,
  requestFolder,
  requestObject,
  submittedObject,
  topicsOf,
  withdrawnObject,
} from '#schemas/names.ts';
import { knownBadIn, type RequestFacts, type Stored } from './lifecycle.ts';

/** No fact is larger: a request of 128 KiB, doubled by JSON escapes, and some; `signed` holds five rungs, each with all its data. */
const largestOf = (kind: FactKind): number => (kind === 'signed' ? 2048 : 512) * 1024;

/** All objects below a prefix, page by page. */
export const listAll = async (
  storage: Pick<Storage, 'list'>,
  bucket: string,
  prefix: string,
  options: { versions?: boolean } = {},
): Promise<readonly StoredObject[]> => {
  const objects: StoredObject[] = [];
  let from: string | undefined;
  do {
    const page = await storage.list(bucket, prefix, { ...options, ...(from === undefined ? {} : { from }) });
    objects.push(...page.objects);
    from = page.next;
  } while (from !== undefined);
  return objects;
};

/** What `readFact` throws of an object that is no such fact, however often it is read. */
export const isNoFact = (error: unknown): error is KeyturnError =>
  isKeyturnError(error, 'MALFORMED') || isKeyturnError(error, 'TOO_LARGE');

/** `listed`: the object as a listing or a create gave it, where there was one. */
export const readFact = async <K extends FactKind>(
  storage: Pick<Storage, 'read'>,
  { kind, bucket, name }: { readonly kind: K; readonly bucket: string; readonly name: string },
  listed?: StoredObject,
): Promise<Stored<K> | undefined> => {
  const which = listed === undefined ? {} : { generation: listed.generation, listed };
  const content = await storage.read(bucket, name, { limit: largestOf(kind), ...which });
  return content === undefined ? undefined : { object: content.object, fact: parseFact(kind, content.bytes) };
};

interface FactsOf {
  readonly id: string;
  readonly objects: readonly StoredObject[];
  readonly known: Partial<RequestFacts>;
}

/** What was listed of a request: a GET for each fact of it that is not `known` yet (a fact never changes). */
const readListed = async (
  storage: Pick<Storage, 'read'>,
  buckets: Buckets,
  { id, objects, known }: FactsOf,
): Promise<RequestFacts> => {
  const listed = new Map(objects.map((object) => [object.name, object]));
  const read = async <K extends FactKind>(
    kind: K,
    name: string,
    before: Stored<K> | undefined,
  ): Promise<Stored<K> | undefined> => {
    const object = listed.get(name);
    if (object === undefined) return undefined;
    if (before?.object.generation === object.generation) return before;
    return readFact(storage, { kind, bucket: buckets.results, name }, object);
  };
  const [request, approved, submitted, outcome, withdrawn] = await Promise.all([
    read('request', requestObject(id), known.request),
    read('approved', approvedObject(id), known.approved),
    read('submitted', submittedObject(id), known.submitted),
    read('outcome', outcomeObject(id), known.outcome),
    read('withdrawn', withdrawnObject(id), known.withdrawn),
  ]);
  return { id, request, approved, submitted, outcome, withdrawn, knownBad: knownBadIn(objects) };
};

type FactsReader = Pick<Storage, 'list' | 'read'>;

/** Every fact of one request: one LIST and a GET for each fact that is there and not `known` yet. */
export const loadFacts = async (
  storage: FactsReader,
  buckets: Buckets,
  id: string,
  known: Partial<RequestFacts> = {},
): Promise<RequestFacts> =>
  readListed(storage, buckets, { id, objects: await listAll(storage, buckets.results, requestFolder(id)), known });

/**
 * What a turn asks. Of approved.json only whether it is there: a turn counts the shares itself, and believes nobody about who approved. So it
 * is left out of the facts, and not read.
 */
export const loadForTurn = async (
  storage: FactsReader,
  buckets: Buckets,
  id: string,
  known: Partial<RequestFacts> = {},
): Promise<{ readonly facts: RequestFacts; readonly isApproved: boolean }> => {
  const objects = await listAll(storage, buckets.results, requestFolder(id));
  const others = objects.filter(({ name }) => name !== approvedObject(id));
  const facts = await readListed(storage, buckets, { id, objects: others, known });
  return { facts, isApproved: others.length < objects.length };
};

/** Every fact, without approved.json where the request is submitted: a seal says more of who approved than that fact. */
export const loadSettling = async (storage: FactsReader, buckets: Buckets, id: string): Promise<RequestFacts> => {
  const objects = await listAll(storage, buckets.results, requestFolder(id));
  const isSubmitted = objects.some(({ name }) => name === submittedObject(id));
  const wanted = isSubmitted ? objects.filter(({ name }) => name !== approvedObject(id)) : objects;
  return readListed(storage, buckets, { id, objects: wanted, known: {} });
};

/**
 * Creates a fact, or finds it there: what is returned is what is *stored*, since only that may be announced. Throws MALFORMED where the
 * name holds something else.
 */
export const commitFact = async <K extends FactKind>(
  storage: Storage,
  { kind, bucket, name }: { readonly kind: K; readonly bucket: string; readonly name: string },
  fact: Fact<K>,
): Promise<Stored<K> & { readonly created: boolean }> => {
  const bytes = canonicalBytes(JSON.parse(JSON.stringify(fact)) as Json);
  // Create-once: what its readers could not parse would stand there for ever.
  parseFact(kind, bytes);
  const { created, object } = await storage.createOnce(bucket, name, bytes);
  if (created) return { created, object, fact };
  const stored = await readFact(storage, { kind, bucket, name });
  // There a moment ago, and gone: what is not stored must not be acted on as if it were.
  if (stored === undefined) throw new KeyturnError('UNAVAILABLE', `${bucket}/${name} was there and cannot be read`);
  return { created, ...stored };
};

/**
 * Announces what is committed: the same events, under the same ce-id, whoever does it and however often. One after the other: where the
 * hint to the next step got out, what is said to people did before.
 */
export const announce = async (
  publisher: Publisher,
  deployment: string,
  object: StoredObject,
  announcements: readonly Announcement[],
): Promise<void> => {
  const topics = topicsOf(deployment);
  for (const each of announcements) await publisher.publish(topics[each.topic], messageOf(each, object));
};
