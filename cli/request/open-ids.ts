import type { Deployment } from '#cli/app/deployment.ts';
import { markOf } from '#core/facts/marks.ts';
import { listAll } from '#core/facts/store.ts';
import type { Storage } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { openFolder } from '#schemas/names.ts';
import { isRequestId } from '#schemas/spellings.ts';

/** Runs `work` over all items, at most `most` at a time; results in the order of the items. */
export const mapSome = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>, most = 8): Promise<R[]> => {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) {
      const item = items[i];
      if (item !== undefined) results[i] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  return results;
};

/** Ids out of a listing of the results bucket: accepted, and without an outcome. Its cost grows with history. */
const undecided = async (storage: Storage, results: string): Promise<readonly string[]> => {
  const objects = await listAll(storage, results, 'requests/');
  const having = (file: string) =>
    new Set(objects.flatMap(({ name }) => (name.endsWith(`/${file}`) ? [name.split('/')[1] ?? ''] : [])));
  const decided = having('outcome.json');
  return [...having('request.json')].filter((id) => isRequestId(id) && !decided.has(id));
};

/** Ids of open requests: the open marks, or, for an identity that may not list those, what the results bucket shows. */
export const openIds = async (storage: Storage, deployment: Deployment): Promise<readonly string[]> => {
  try {
    const marks = await listAll(storage, deployment.buckets.work, openFolder());
    return marks.flatMap((object) => markOf(object)?.id ?? []);
  } catch (error) {
    if (!isKeyturnError(error, 'PERMISSION_DENIED')) throw error;
    return undecided(storage, deployment.buckets.results);
  }
};
