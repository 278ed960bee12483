/** What the page shows. It stands in the fragment, which no browser sends anywhere. */
export type Route =
  /** `page`: from 0. */
  | { readonly view: 'queue'; readonly page: number }
  | { readonly view: 'request'; readonly id: string }
  | { readonly view: 'receipts'; readonly page: number }
  | { readonly view: 'wallets' };

export type View = Route['view'];

/** The one-time code of `#code=…`; undefined where the fragment is none. */
export const codeOf = (fragment: string): string | undefined => /^#code=([A-Za-z0-9_-]{1,256})$/.exec(fragment)?.[1];

/** A fragment is whatever somebody put into a link: what is none of ours is the queue. */
export const routeOf = (fragment: string): Route => {
  const path = fragment.replace(/^#\/?/, '');
  const [, id] = /^request\/([0-9a-f]{64})$/.exec(path) ?? [];
  if (id !== undefined) return { view: 'request', id };
  const [, view, page = '1'] = /^(queue|receipts)(?:\/([1-9][0-9]{0,4}))?$/.exec(path) ?? [];
  if (view === 'queue' || view === 'receipts') return { view, page: Number(page) - 1 };
  return path === 'wallets' ? { view: 'wallets' } : { view: 'queue', page: 0 };
};

export const fragmentOf = (route: Route): string => {
  switch (route.view) {
    case 'queue':
    case 'receipts':
      return route.page === 0 ? `#/${route.view}` : `#/${route.view}/${route.page + 1}`;
    case 'request':
      return `#/request/${route.id}`;
    case 'wallets':
      return '#/wallets';
    default:
      return route satisfies never;
  }
};

/** Whether going from one to the other shows something else, and the reader begins anew there. */
export const isElsewhere = (from: Route, to: Route): boolean => fragmentOf(from) !== fragmentOf(to);
