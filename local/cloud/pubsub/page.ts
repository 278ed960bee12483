import { CloudError } from '#local/cloud/runtime/cloud-error.ts';

export interface PageRequest {
  /** 0: as many as the service likes. */
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
}

export interface Page<T> {
  readonly items: T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

const LARGEST_PAGE = 1000;

/** One page of `items` in the order of their names; the token is the last name of the page before. */
export const pageOf = <T>(items: readonly T[], nameOf: (item: T) => string, request: PageRequest): Page<T> => {
  const size = request.pageSize ?? 0;
  if (size < 0) throw new CloudError('INVALID_ARGUMENT', 'Page size cannot be negative.');
  const after = Buffer.from(request.pageToken ?? '', 'base64url').toString('utf8');
  const rest = items
    .filter((item) => nameOf(item) > after)
    .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const page = rest.slice(0, Math.min(size || LARGEST_PAGE, LARGEST_PAGE));
  const last = page.at(-1);
  return {
    items: page,
    nextPageToken:
      last === undefined || page.length === rest.length ? '' : Buffer.from(nameOf(last)).toString('base64url'),
  };
};
