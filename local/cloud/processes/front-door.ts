import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { asCloudError, CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';

export interface FrontDoorOptions {
  /** Of the Cloud Run service; bindings are on `services/<name>`. */
  readonly service: string;
  readonly region?: string;
  /** Port of the function's process on loopback; undefined while it is down. */
  readonly target: () => number | undefined;
  /** The e-mail in a valid OIDC token for `audience`. Throws on any other token. */
  readonly verifyIdToken: (token: string, audience: string) => string | Promise<string>;
  /** ms until 504. Default 60 000, as a second-generation function has. */
  readonly timeoutMs?: number;
  /** 0, the default, lets the OS choose. */
  readonly port?: number;
}

export interface FrontDoor {
  /** The service root, without a path: push endpoint and OIDC audience. */
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** Cloud Run refuses larger requests with 413. */
const BODY_LIMIT = 32 * 1024 * 1024;
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'host',
]);

/** Cloud Run answers in pages, not in JSON, and a request without any token gets 403, one with a bad token 401. */
const page = (status: number, title: string, text: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/html; charset=UTF-8', ...headers },
  body: Buffer.from(
    `<html><head><title>${status} ${title}</title></head><body><h1>Error: ${title}</h1><h2>${text}</h2></body></html>\n`,
  ),
});

const forbidden = page(403, 'Forbidden', 'Your client does not have permission to get this URL from this server.');
const unauthorized = page(401, 'Unauthorized', 'Your client does not have permission to the requested URL.', {
  'www-authenticate': 'Bearer error="invalid_token" error_description="The access token could not be verified"',
});
const unavailable = page(503, 'Service Unavailable', 'The service you requested is not available yet.');
const timedOut: Answer = {
  status: 504,
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from('upstream request timeout'),
};
const tooLarge = page(413, 'Request Entity Too Large', 'Your client issued a request that was too large.');

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    // Read to the end, or the caller would see a broken connection in the place of the answer.
    if (size > BODY_LIMIT) chunks.length = 0;
    else chunks.push(chunk);
  }
  return size > BODY_LIMIT ? undefined : Buffer.concat(chunks);
};

/** A function sees who called, but cannot use the token to call others. */
const withoutSignature = (authorization: string): string =>
  authorization.replace(/^(Bearer [^.]*\.[^.]*)\..*$/i, '$1.SIGNATURE_REMOVED_BY_GOOGLE');

/** The front end begins a trace for each call that comes without one (https://cloud.google.com/run/docs/trace). */
const traceOf = (world: World, { traceparent }: IncomingMessage['headers']): Readonly<Record<string, string>> => {
  if (traceparent !== undefined) return {};
  const [trace, span] = [world.randomHex(16), world.randomHex(8)];
  return { traceparent: `00-${trace}-${span}-01`, 'x-cloud-trace-context': `${trace}/${BigInt(`0x${span}`)};o=1` };
};

const forward = (
  request: IncomingMessage,
  trace: Readonly<Record<string, string>>,
  body: Buffer,
  port: number,
  timeoutMs: number,
): Promise<Answer> =>
  new Promise((resolve) => {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    const upstream = httpRequest({
      host: '127.0.0.1',
      port,
      method: request.method,
      path: request.url,
      headers: {
        ...headers,
        ...trace,
        host: request.headers.host,
        authorization: withoutSignature(request.headers.authorization ?? ''),
        'content-length': body.length,
      },
    });
    // Wall time on purpose: it bounds another process.
    const timer = setTimeout(() => {
      resolve(timedOut);
      upstream.destroy();
    }, timeoutMs);
    const settle = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    upstream.once('error', () => settle(unavailable));
    upstream.once('response', async (response) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const kept = Object.entries(response.headers).flatMap(([name, value]) =>
          value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value] as const],
        );
        settle({ status: response.statusCode ?? 502, headers: Object.fromEntries(kept), body: Buffer.concat(chunks) });
      } catch {
        // It died in the middle of its answer.
        settle(unavailable);
      }
    });
    upstream.end(body);
  });

const send = (response: ServerResponse, { status, headers, body }: Answer): void => {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
};

/**
 * Plays Cloud Run's front end for one private service: checks the OIDC token and run.routes.invoke, then proxies. Faults:
 * `run.routes.invoke`, detail = the service; before: the function is not reached; after: it ran, the answer is lost.
 */
export const openFrontDoor = async (world: World, options: FrontDoorOptions): Promise<FrontDoor> => {
  const { service, region = 'us-central1', target, verifyIdToken, timeoutMs = 60_000 } = options;
  const resource = {
    name: `projects/${world.project.id}/locations/${region}/services/${service}`,
    type: 'run.googleapis.com/Service',
    service: 'run.googleapis.com',
    policies: [`services/${service}`, `projects/${world.project.id}`],
  };
  let url = '';

  const handle = async (request: IncomingMessage): Promise<Answer> => {
    const body = await readBody(request);
    if (body === undefined) return tooLarge;
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return forbidden;
    let email: string;
    try {
      email = await verifyIdToken(token, url);
    } catch {
      return unauthorized;
    }
    const caller = callerNamed(`serviceAccount:${email}`);
    if (!world.iam.allows(caller, 'run.routes.invoke', resource)) return forbidden;
    const delay = world.faults.delayFor('run.routes.invoke', service);
    if (delay > 0) await new Promise<void>((resolve) => world.clock.after(delay, resolve));
    return world.faults.aroundAsync('run.routes.invoke', service, async () => {
      const port = target();
      return port === undefined
        ? unavailable
        : forward(request, traceOf(world, request.headers), body, port, timeoutMs);
    });
  };

  const server = createServer(async (request, response) => {
    try {
      send(response, await handle(request));
    } catch (thrown) {
      const error = asCloudError(thrown);
      if (!(thrown instanceof CloudError)) world.note(`front door of ${service}: ${error.message}`);
      send(response, page(error.http, error.status, error.message));
    }
  });
  url = `http://127.0.0.1:${await listen(server, options.port)}`;
  return { url, close: () => closeServer(server) };
};
