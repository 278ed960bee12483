import { API_PATH, type CallName, EVENTS } from './api.ts';

/**
 * Who may speak to the console. Every site that its user visits can send requests to 127.0.0.1, and so can every program of this machine. What no
 * page of ours sends is refused before anything is read. A browser sets these headers by itself, and no script can change them
 * (https://www.w3.org/TR/fetch-metadata/, https://fetch.spec.whatwg.org/#forbidden-request-header).
 */
export interface Asked {
  readonly method: string;
  /** As it stands in the first line: a path, or whatever else somebody wrote there. */
  readonly target: string;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
}

export type Endpoint = CallName | typeof EVENTS;

export type Judged =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'call'; readonly name: Endpoint }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string };

/** The only paths that are files, and as what a browser must ask for each. Nothing of a request ever becomes the name of a file. */
const FILES: ReadonlyMap<string, { readonly name: string; readonly destination: string }> = new Map([
  ['/', { name: 'index.html', destination: 'document' }],
  ['/app.js', { name: 'app.js', destination: 'script' }],
  ['/app.css', { name: 'app.css', destination: 'style' }],
]);

const ENDPOINTS: readonly Endpoint[] = [
  ...(['session', 'queue', 'request', 'approve', 'reject', 'receipts', 'wallets'] as const),
  EVENTS,
];
const CALLS: ReadonlyMap<string, Endpoint> = new Map(ENDPOINTS.map((name) => [`${API_PATH}${name}`, name]));

const refused = (status: number, why: string): Judged => ({ kind: 'refused', status, why });

/** Of a header that stands twice, two readers may take another one each. So it counts as none of ours. */
const TWICE = Symbol('twice');

const headersOf = (rawHeaders: readonly string[]): ReadonlyMap<string, string | typeof TWICE> => {
  const headers = new Map<string, string | typeof TWICE>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    headers.set(name, headers.has(name) ? TWICE : (rawHeaders[i + 1] ?? ''));
  }
  return headers;
};

type Headers = ReturnType<typeof headersOf>;

const fileJudged = (target: string, headers: Headers, origin: string): Judged => {
  const file = FILES.get(target);
  if (file === undefined) return refused(404, 'there is no such page');
  const [site, mode, destination] = ['site', 'mode', 'dest'].map((name) => headers.get(`sec-fetch-${name}`));
  const from = headers.get('origin');
  if (from !== undefined && from !== origin) return refused(403, 'another site asks');
  if (destination !== file.destination) return refused(403, 'it is no page of a tab of its own');
  // A link elsewhere may lead here: it opens a page that knows no code.
  const isOpened = file.destination === 'document' && mode === 'navigate' && typeof site === 'string';
  return isOpened || (file.destination !== 'document' && site === 'same-origin')
    ? { kind: 'file', name: file.name }
    : refused(403, 'another site asks');
};

const callJudged = (target: string, headers: Headers, origin: string): Judged => {
  const name = CALLS.get(target);
  if (name === undefined) return refused(404, 'there is no such call');
  if (headers.get('origin') !== origin) return refused(403, 'another site asks');
  if (headers.get('sec-fetch-site') !== 'same-origin') return refused(403, 'another site asks');
  if (headers.get('sec-fetch-mode') !== 'cors' || headers.get('sec-fetch-dest') !== 'empty')
    return refused(403, 'no script of the page asks');
  if (headers.get('content-type') !== 'application/json' || headers.has('content-encoding'))
    return refused(415, 'a body is application/json, and nothing else');
  return { kind: 'call', name };
};

/** What a request is, or why it is refused. `host`: 127.0.0.1 and the port, as a browser must write it. A name may lead here from anywhere. */
export const judge = ({ method, target, rawHeaders }: Asked, host: string): Judged => {
  const headers = headersOf(rawHeaders);
  if (headers.get('host') !== host) return refused(421, 'it was sent to another name');
  const origin = `http://${host}`;
  if (method === 'GET') return fileJudged(target, headers, origin);
  if (method === 'POST') return callJudged(target, headers, origin);
  return refused(405, 'only GET and POST are known');
};
