import type { Storage } from '#core/ports.ts';
import {
  approvedObject,
  type Buckets,
  outcomeObject,
  requestObject,
  submittedObject,
  withdrawnObject,
} from '#schemas/names.ts';
import type { RequestFacts } from './lifecycle.ts';
import { loadFacts, readFact } from './store.ts';

const LATER = [approvedObject, submittedObject, outcomeObject, withdrawnObject];

/**
 * The facts of one that its mark calls accepted, asked for by name. Nearly always there is its request alone, and one listing costs as
 * much as twelve reads. Bad shares are found by turns only, so there are none before its approval.
 */
export const loadWaiting = async (
  storage: Pick<Storage, 'list' | 'read' | 'stat'>,
  buckets: Buckets,
  id: string,
): Promise<RequestFacts> => {
  const { results } = buckets;
  const [request, ...later] = await Promise.all([
    readFact(storage, { kind: 'request', bucket: results, name: requestObject(id) }),
    ...LATER.map((nameOf) => storage.stat(results, nameOf(id))),
  ]);
  if (request === undefined || later.some((object) => object !== undefined)) return loadFacts(storage, buckets, id);
  const none = { approved: undefined, submitted: undefined, outcome: undefined, withdrawn: undefined };
  return { id, request, ...none, knownBad: [] };
};
