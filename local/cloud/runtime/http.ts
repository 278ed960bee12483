import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  /** No bearer token asked for (token endpoints, upload sessions whose URL is the secret). */
  readonly open?: boolean;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

/** Parameters that Google clients add to any call and that change nothing here. */
const HARMLESS = new Set(['alt', '$alt', 'prettyPrint', 'quotaUser', 'userProject', '$.xgafv', 'key', 'uploadType']);
const nobody: Caller = { name: 'anonymous', members: new Set() };

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
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
      for (const name of url.searchParams.keys())
        if (!route.query.includes(name) && !HARMLESS.has(name))
          throw unimplemented(`${service}: query parameter ${name} of ${request.method} ${url.pathname}`);
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

/** Listens on loopback only; port 0 lets the OS choose. Resolves to the port in use. */
export const listen = (server: Server, port = 0, host = '127.0.0.1'): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });

export const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
