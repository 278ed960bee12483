import type { Session } from '#cli/app/session.ts';
import { parseDay, parseDuration } from '#cli/app/units.ts';
import { listAll, readFact } from '#core/facts/store.ts';
import type { Storage, StoredObject } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { walletNamed } from '#schemas/config.ts';
import { digestOf } from '#schemas/digest.ts';
import type { RefusalFact, RequestFact } from '#schemas/facts.ts';
import { requestObject } from '#schemas/names.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { isRequestId } from '#schemas/spellings.ts';
import { mapSome } from './open-ids.ts';
import { findId } from './requests.ts';

export const storedIdOf = (name: string): string => name.split('/')[1] ?? '';

/** Whether this is the request.json of a request that was accepted since then (ms). */
export const isRequestSince = ({ name, timeCreated }: StoredObject, since: number): boolean => {
  const id = storedIdOf(name);
  return isRequestId(id) && name === requestObject(id) && timeCreated >= since;
};

/** request.json of each request that was accepted since then (ms). One LIST for each thousand facts: its cost grows with history. */
const requestsIn = async (storage: Storage, results: string, since: number): Promise<readonly StoredObject[]> =>
  (await listAll(storage, results, 'requests/')).filter((object) => isRequestSince(object, since));

/** ms, from a duration back from now (7d) or a day (2026-11-01). Throws USAGE naming the option. */
export const sinceOf = (text: string, option: string, now: number): number =>
  /^\d{4}-/.test(text) ? parseDay(text, option) : now - parseDuration(text, option) * 1000;

/** What a list of requests is narrowed to. Absent: any. */
export interface RequestFilter {
  readonly wallet?: string;
  readonly requester?: string;
  readonly reference?: string;
}

export const fitsFilter = (
  { wallet, requester, reference }: RequestFilter,
  one: Pick<TransactionRequest, 'wallet' | 'requester' | 'reference'>,
): boolean =>
  (wallet === undefined || one.wallet === wallet) &&
  (requester === undefined || one.requester.toLowerCase() === requester.toLowerCase()) &&
  (reference === undefined || one.reference === reference);

/** A request as it lies there, or why what lies there is none. `at`: ms, accepted. */
export type Stored =
  | {
      readonly kind: 'request';
      readonly id: string;
      readonly at: number;
      readonly object: StoredObject;
      readonly fact: RequestFact;
    }
  | { readonly kind: 'broken'; readonly id: string; readonly at: number; readonly code: string; readonly why: string };

const MISTAKEN: readonly string[] = ['MALFORMED', 'TOO_LARGE'];

const readStored = async ({ ports, deployment }: Session, object: StoredObject): Promise<Stored | undefined> => {
  const id = storedIdOf(object.name);
  const broken = (code: string, why: string): Stored => ({ kind: 'broken', id, at: object.timeCreated, code, why });
  const { results, register } = deployment.buckets;
  try {
    const found = await readFact(
      await ports.storage(),
      { kind: 'request', bucket: results, name: object.name },
      object,
    );
    if (found === undefined) return undefined;
    const { fact } = found;
    const address = walletNamed(deployment.config.law, fact.request.wallet)?.address;
    if (address === undefined) return broken('UNKNOWN_WALLET', `your law knows no wallet ${fact.request.wallet}`);
    const digest = digestOf(fact.request, address, register);
    if (digest !== id) return broken('ID_MISMATCH', `what is stored there hashes to ${digest} under your law`);
    return { kind: 'request', id, at: object.timeCreated, ...found };
  } catch (error) {
    // One that somebody altered hides no other.
    if (!isKeyturnError(error) || !MISTAKEN.includes(error.code)) throw error;
    return broken(error.code, error.message);
  }
};

/** Accepted requests that fit, the newest first; and what lies in the place of one and is none. */
export const storedRequests = async (
  session: Session,
  filter: RequestFilter,
  since: number,
): Promise<readonly Stored[]> => {
  const storage = await session.ports.storage();
  const { results } = session.deployment.buckets;
  const objects = await session.out.during('listing the requests', requestsIn(storage, results, since));
  const read = mapSome(objects, (object) => readStored(session, object));
  const all = await session.out.during(`reading ${objects.length} requests`, read);
  return all
    .filter((one) => one !== undefined)
    .filter((one) => one.kind === 'broken' || fitsFilter(filter, one.fact.request))
    .sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
};

/** A message that intake refused. Whoever wrote it claims its wallet, requester and reference. `at`: ms. */
export interface Refused {
  readonly at: number;
  readonly fact: RefusalFact;
}

/** Refusals that fit, the newest first. One that is no refusal is passed over: whoever may write there can leave such a thing. */
export const storedRefusals = async (
  { ports, deployment }: Session,
  filter: RequestFilter,
  since: number,
): Promise<readonly Refused[]> => {
  const storage = await ports.storage();
  const { results } = deployment.buckets;
  const objects = (await listAll(storage, results, 'refusals/')).filter(({ timeCreated }) => timeCreated >= since);
  const read = await mapSome(objects, async (object): Promise<Refused | undefined> => {
    try {
      const found = await readFact(storage, { kind: 'refusal', bucket: results, name: object.name }, object);
      return found && { at: object.timeCreated, fact: found.fact };
    } catch (error) {
      if (isKeyturnError(error) && MISTAKEN.includes(error.code)) return undefined;
      throw error;
    }
  });
  return read
    .filter((one) => one !== undefined)
    .filter(({ fact }) => fitsFilter(filter, fact))
    .sort((a, b) => b.at - a.at);
};

/** The one accepted request of a reference. Throws NOT_FOUND, and USAGE where there are more. */
export const findByReference = async (session: Session, reference: string): Promise<string> => {
  const found = await storedRequests(session, { reference }, 0);
  const ids = found.flatMap((one) => (one.kind === 'request' ? [one.id] : []));
  const [id] = ids;
  const list = session.commandLine(`list --reference ${reference}`);
  if (id === undefined)
    throw new KeyturnError('NOT_FOUND', `no accepted request has this reference; of refused ones: ${list}`, {
      field: 'reference',
    });
  if (ids.length > 1)
    throw new KeyturnError('USAGE', `${ids.length} requests have this reference. Give an id: ${list}`, {
      field: 'reference',
    });
  return id;
};

/** The id that an argument or --reference names. Throws USAGE where neither does, or both. */
export const idGiven = async (
  session: Session,
  given: string | undefined,
  reference: string | undefined,
): Promise<string> => {
  if (given !== undefined && reference === undefined)
    return findId(await session.ports.storage(), session.deployment, given);
  if (given === undefined && reference !== undefined) return findByReference(session, reference);
  throw new KeyturnError('USAGE', 'give an id, or --reference, and not both', { field: 'id' });
};
