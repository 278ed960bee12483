import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { OWNER } from '#local/lab/people.ts';
import type { Cloud } from './cloud.ts';
import type { Plan } from './plan.ts';
import type { Kept } from './record-types.ts';

export type Deed = (cloud: Cloud, plan: Plan) => string | undefined;

export const liveIn = ({ observer, store }: Cloud, bucket: string): Kept[] =>
  [...observer.objects.values()]
    .flatMap((all) => all.at(-1) ?? [])
    .filter((kept) => {
      if (kept.bucket !== bucket) return false;
      try {
        return store.get(OWNER, bucket, kept.name).generation === kept.generation;
      } catch {
        return false;
      }
    });

export const some = <T>(cloud: Cloud, list: readonly T[]): T | undefined =>
  list.length === 0 ? undefined : cloud.faults.pick(list);

/** From here on nobody can hold keyturn to what it owes this request, or this wallet: the operator took what that rests on. */
export const harm = ({ observer }: Cloud, { bucket, name }: Pick<Kept, 'bucket' | 'name'>): void => {
  const [id] = /[0-9a-f]{64}/.exec(name) ?? [];
  const [, wallet] = /^(?:turns|stopped)\/([^/]+)\//.exec(name) ?? [];
  if (id !== undefined && !bucket.endsWith('-keys') && !bucket.endsWith('-register')) observer.harmed.add(id);
  if (wallet !== undefined) observer.harmed.add(wallet);
};

export const put = (
  cloud: Cloud,
  bucket: string,
  name: string,
  bytes: Buffer,
  metadata: Readonly<Record<string, string>> = {},
): void => {
  try {
    cloud.store.insert(OWNER, bucket, name, bytes, { preconditions: { ifGenerationMatch: 0 }, metadata });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
  }
};
