import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { asCloudError, CloudError, unimplemented } from './cloud-error.ts';
import type { Caller } from './iam.ts';
import type { World } from './world.ts';

/** One request as a route sees it: authenticated (unless the route is open), path parameters decoded, body whole. */
export interface Call {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly json: () => unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, bytes and strings as they are. */
  readonly body?: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Named groups are the path parameters; matched against the raw (still percent-encoded) path. */
  readonly path: RegExp;
  /** Query parameters this route honours; any other is refused by name. */
  readonly query: readonly string[];
  /** Parameters that clients send at their default, with the value that asks for nothing; any other value is refused by name. */
  readonly atDefault?: Readonly<Record<string, string>>;
  /** Request headers with a meaning of their own that this route honours; any other of the kind is refused by name. */
  readonly headers?: readonly string[];
  /** No bearer token asked for (token endpoints, upload sessions whose URL is the secret). */
  readonly open?: boolean;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

/** Parameters that Google clients add to any call and that change nothing here. */
const HARMLESS = new Set(['alt', '$alt', 'prettyPrint', 'quotaUser', 'userProject', '$.xgafv', 'key', 'uploadType']);
/** Headers that say who asks and who pays, or that repeat the body's own. None of them changes an answer. */
const HARMLESS_HEADERS = new Set([
  'x-goog-api-client',
  'x-goog-api-version',
  'x-goog-request-params',
  'x-goog-request-reason',
  'x-goog-user-project',
  'x-goog-gcs-idempotency-token',
]);
/** Headers by which a client asks for something: an encryption key, a condition, another method. */
const ASKS = /^(?:x-goog-|if-|x-http-method-override$|expect$)/;

const requireKnown = (service: string, route: Route, url: URL, headers: IncomingMessage['headers']): void => {
  const what = `${route.method} ${url.pathname}`;
  for (const [name, value] of url.searchParams)
    if (!route.query.includes(name) && !HARMLESS.has(name) && route.atDefault?.[name] !== value.toLowerCase())
      throw unimplemented(`${service}: query parameter ${name} of ${what}`);
  for (const name of Object.keys(headers))
    if (ASKS.test(name) && !HARMLESS_HEADERS.has(name) && !route.headers?.includes(name))
      throw unimplemented(`${service}: header ${name} of ${what}`);
};

const nobody: Caller = { name: 'anonymous', members: new Set() };

/** Bytes of one inflated body. */
const MOST_INFLATED = 64 * 1024 * 1024;

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') throw unimplemented(`header content-encoding: ${encoding}`);
  try {
    return gunzipSync(body, { maxOutputLength: MOST_INFLATED });
  } catch (cause) {
    throw new CloudError('INVALID_ARGUMENT', 'The request body is not gzip, as its content-encoding says.', { cause });
  }
};

const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new CloudError('INVALID_ARGUMENT', 'Malformed percent-encoding in the path.', { cause });
  }
};

const parseJson = (body: Buffer): unknown => {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new CloudError('INVALID_ARGUMENT', 'Request body is not valid JSON.', { cause });
  }
};

const send = (world: World, response: ServerResponse, reply: Reply): void => {
  const body = reply.body;
  const raw =
    body === undefined
      ? Buffer.alloc(0)
      : Buffer.isBuffer(body)
        ? body
        : typeof body === 'string'
          ? Buffer.from(body)
          : undefined;
  const bytes = raw ?? Buffer.from(JSON.stringify(body));
  const status = reply.status ?? (bytes.length === 0 ? 204 : 200);
  const bodiless = status === 204 || status === 304;
  response.writeHead(status, {
    ...(raw === undefined ? { 'content-type': 'application/json; charset=UTF-8' } : {}),
    ...(bodiless ? {} : { 'content-length': String(bytes.length) }),
    // Clients take the time of a listing from it, so it must be the world's time.
    date: new Date(world.clock.now()).toUTCString(),
    ...reply.headers,
  });
  response.end(bodiless ? undefined : bytes);
};

const sendError = (
  world: World,
  response: ServerResponse,
  thrown: unknown,
  { statusInBody = true }: ServerOptions,
): void => {
  const error = asCloudError(thrown);
  const { http: code, message, reason } = error;
  const status = statusInBody ? { status: error.status } : {};
  const details = error.details.length === 0 ? {} : { details: error.details };
  send(world, response, {
    status: code,
    body: { error: { code, message, ...status, errors: [{ message, domain: 'global', reason }], ...details } },
  });
};

export interface ServerOptions {
  /** Older APIs (Compute) do not name the canonical status in `error.status`, and clients then make a code of the HTTP status. */
  readonly statusInBody?: boolean;
}

/** The REST face that all local Google services share: route, authenticate, refuse what is not implemented, answer in Google's form. */
export const restServer = (
  world: World,
  service: string,
  routes: readonly Route[],
  options: ServerOptions = {},
): Server =>
  createServer(async (request, response) => {
    try {
      const url = new URL(request.url ?? '/', 'http://local');
      const body = await readBody(request);
      const candidates = routes.flatMap((route) => {
        const match = route.path.exec(url.pathname);
        return match === null ? [] : [{ route, match }];
      });
      const found = candidates.find(({ route }) => route.method === request.method);
      if (found === undefined) throw unimplemented(`${service}: ${request.method} ${url.pathname}`);
      const { route, match } = found;
      requireKnown(service, route, url, request.headers);
      const params = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodePart(value ?? '')]),
      );
      const caller = route.open ? nobody : world.iam.callerOf(request.headers.authorization);
      const reply = await route.handle({
        caller,
        params,
        query: url.searchParams,
        headers: request.headers,
        body,
        json: () => parseJson(body),
      });
      send(world, response, reply);
    } catch (error) {
      if (!(error instanceof CloudError))
        world.note(`${service}: ${error instanceof Error ? error.stack : String(error)}`);
      sendError(world, response, error, options);
    }
  });

/** ms. A connection that is ended in the very moment of a client's next call is a reset. Google's front ends keep an idle one for 10 minutes. */
const IDLE_MS = 600_000;

/** Listens on loopback only; port 0 lets the OS choose. Resolves to the port in use. */
export const listen = (server: Server, port = 0, host = '127.0.0.1'): Promise<number> =>
  new Promise((resolve, reject) => {
    server.keepAliveTimeout = IDLE_MS;
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });

export const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
