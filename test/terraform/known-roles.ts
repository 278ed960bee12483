import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Every predefined role of Google Cloud, from the public data set iann0036/iam-dataset (MIT). */
export const KNOWN_ROLES: ReadonlySet<string> = new Set(
  gunzipSync(readFileSync(new URL('known/roles.txt.gz', import.meta.url)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== ''),
);

/**
 * Every permission that a custom role of terraform/ may hold, each with a predefined role that carries it in the same data set. Google
 * refuses a misspelt permission only when it is applied.
 */
export const KNOWN_PERMISSIONS: ReadonlyMap<string, string> = new Map(
  readFileSync(new URL('known/permissions.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [permission = '', role = ''] = line.split(' ');
      return [permission, role] as const;
    }),
);
