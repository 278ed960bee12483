import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { InstanceRecord } from './records.ts';

/** `maxResults` 0 to 500 (0 and none mean 500), `pageToken` from the page before, `filter` as parsed below. */
export interface ListOptions {
  readonly filter?: string;
  readonly maxResults?: string;
  readonly pageToken?: string;
}

type Filter = (record: InstanceRecord) => boolean;

const TERM = /^(name|status|labels\.[a-z][-_a-z0-9]*)\s*=\s*(?:"([^"]*)"|([-_.:a-zA-Z0-9]+))$/;

const term = (text: string): Filter => {
  const match = TERM.exec(text.trim());
  const field = match?.[1];
  const wanted = match?.[2] ?? match?.[3];
  if (field === undefined || wanted === undefined) throw unimplemented(`compute: filter ${text.trim()}`);
  if (field === 'name') return (record) => record.name === wanted;
  if (field === 'status') return (record) => record.status === wanted;
  const label = field.slice('labels.'.length);
  return (record) => Object.hasOwn(record.body.labels ?? {}, label) && record.body.labels?.[label] === wanted;
};

/** One `field=value` (name, status, labels.x), or several in parentheses, with or without AND. Anything else is refused by name. */
export const parseFilter = (text: string | undefined): Filter => {
  if (text === undefined || text.trim() === '') return () => true;
  const groups = text.trim().split(/\)\s*(?:AND\s*)?\(|\s+AND\s+(?=[a-z])/);
  const terms = groups.map((group) => term(group.replace(/^\(|\)$/g, '')));
  return (record) => terms.every((matches) => matches(record));
};

const limitOf = (text: string | undefined): number => {
  const limit = Number(text ?? '500');
  if (!/^[0-9]{1,3}$/.test(text ?? '0') || limit > 500)
    throw new CloudError('INVALID_ARGUMENT', `Invalid value for field 'maxResults': '${text}'. Must be 0 to 500.`);
  return limit === 0 ? 500 : limit;
};

const afterOf = (token: string | undefined): string => {
  if (token === undefined || token === '') return '';
  const name = Buffer.from(token, 'base64url').toString('utf8');
  if (!/^[-a-z0-9]{1,100}$/.test(name))
    throw new CloudError('INVALID_ARGUMENT', `Invalid value for field 'pageToken': '${token}'.`);
  return name;
};

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

/** The page of `records`, by name, that `options` ask for. */
export const pageOf = <T extends { readonly name: string }>(
  records: readonly T[],
  options: Pick<ListOptions, 'maxResults' | 'pageToken'>,
): Page<T> => {
  const after = afterOf(options.pageToken);
  const limit = limitOf(options.maxResults);
  const rest = records.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return last === undefined || rest.length <= limit
    ? { items }
    : { items, nextPageToken: Buffer.from(last.name).toString('base64url') };
};
