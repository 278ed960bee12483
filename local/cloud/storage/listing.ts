import { z } from 'zod';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { StoredObject } from './model.ts';
import { compareNames, lowerBound } from './ordering.ts';

/** Parameters of https://cloud.google.com/storage/docs/json_api/v1/objects/list. */
export interface ListQuery {
  readonly prefix?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly versions?: boolean | undefined;
  readonly pageToken?: string | undefined;
  /** Items plus prefixes; at most 1000. */
  readonly maxResults?: number | undefined;
  /** First name, inclusive. */
  readonly startOffset?: string | undefined;
  /** Last name, exclusive. */
  readonly endOffset?: string | undefined;
}

export interface ListPage {
  readonly items: readonly StoredObject[];
  readonly prefixes: readonly string[];
  readonly nextPageToken?: string;
}

/** Where the last page ended: after a generation of a name, or after all names under a collapsed prefix. */
const pageEnd = z.union([
  z.strictObject({ name: z.string(), generation: z.int() }),
  z.strictObject({ under: z.string() }),
]);
type PageEnd = z.infer<typeof pageEnd>;

const encodeToken = (end: PageEnd): string => Buffer.from(JSON.stringify(end)).toString('base64url');

const decodeToken = (token: string): PageEnd => {
  try {
    return pageEnd.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new CloudError('INVALID_ARGUMENT', 'Invalid pageToken.', { cause });
  }
};

/** The common prefix that `name` collapses into, if the delimiter stands behind the asked prefix. */
const collapsed = (name: string, prefix: string, delimiter: string | undefined): string | undefined => {
  if (!delimiter) return undefined;
  const at = name.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : name.slice(0, at + delimiter.length);
};

const laterName = (a: string, b: string): string => (compareNames(a, b) < 0 ? b : a);

type ListedItem = { readonly end: PageEnd; readonly object?: StoredObject; readonly prefix?: string };

/** All that the query shows behind `from`, in order of name, then of generation. */
function* entries(
  names: readonly string[],
  generations: (name: string) => readonly StoredObject[],
  query: ListQuery,
  from: PageEnd | undefined,
): Generator<ListedItem> {
  const prefix = query.prefix ?? '';
  const after = from === undefined ? '' : 'name' in from ? from.name : from.under;
  let group = from !== undefined && 'under' in from ? from.under : undefined;
  for (let at = lowerBound(names, laterName(laterName(prefix, query.startOffset ?? ''), after)); ; at += 1) {
    const name = names[at];
    if (name === undefined || !name.startsWith(prefix)) return;
    if (query.endOffset !== undefined && compareNames(name, query.endOffset) >= 0) return;
    if (group !== undefined && name.startsWith(group)) continue;
    const shown = generations(name).filter(
      ({ deleted, generation }) =>
        (query.versions || deleted === null) &&
        !(from !== undefined && 'name' in from && from.name === name && generation <= from.generation),
    );
    if (shown.length === 0) continue;
    group = collapsed(name, prefix, query.delimiter);
    if (group !== undefined) yield { end: { under: group }, prefix: group };
    else for (const object of shown) yield { end: { name, generation: object.generation }, object };
  }
}

/**
 * One page. `names` are sorted; `generations` gives those of one name, oldest first. Costs what the page holds, not what the bucket holds
 * (names that collapse into one prefix aside). A page is no snapshot: what changes between two pages shows in neither, one or both.
 */
export const listPage = (
  names: readonly string[],
  generations: (name: string) => readonly StoredObject[],
  query: ListQuery,
): ListPage => {
  const limit = Math.min(query.maxResults ?? 1000, 1000);
  if (!(limit >= 1)) throw new CloudError('INVALID_ARGUMENT', 'maxResults must be positive.');
  const from = query.pageToken === undefined ? undefined : decodeToken(query.pageToken);
  const page: ListedItem[] = [];
  for (const entry of entries(names, generations, query, from)) {
    const last = page.at(-1);
    if (page.length === limit && last !== undefined) return { ...contents(page), nextPageToken: encodeToken(last.end) };
    page.push(entry);
  }
  return contents(page);
};

const contents = (page: readonly ListedItem[]): { items: StoredObject[]; prefixes: string[] } => ({
  items: page.flatMap(({ object }) => (object === undefined ? [] : [object])),
  prefixes: page.flatMap(({ prefix }) => (prefix === undefined ? [] : [prefix])),
});
