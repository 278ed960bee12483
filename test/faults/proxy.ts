import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';

export interface Passing {
  /** The JSON-RPC method, or the HTTP method of a call that is no JSON-RPC. */
  readonly method: string;
  readonly path: string;
}

/** `refuse`: 503; `reset`: the connection breaks, both before anything happened. `lose`: it happened, and the connection breaks then. */
export type Verdict = 'pass' | 'refuse' | 'reset' | 'lose';

export interface ProxyOptions {
  /** `http://host:port`, or the path of a Unix socket. */
  readonly target: string;
  /** The Unix socket to listen on; a port of loopback where absent. */
  readonly socketPath?: string;
  readonly judge: (call: Passing) => Verdict;
  /** After the target has answered, before the answer goes on. */
  readonly answered?: (call: Passing) => void;
}

export interface LossyProxy {
  /** Empty on a Unix socket. */
  readonly url: string;
  /** How often each verdict was given. */
  readonly counts: Readonly<Record<Verdict, number>>;
  close(): Promise<void>;
}

const rpcBody = z.object({ jsonrpc: z.string(), method: z.string() });

const methodOf = (request: IncomingMessage, body: Buffer): string => {
  try {
    return rpcBody.parse(JSON.parse(body.toString('utf8'))).method;
  } catch {
    return request.method ?? '';
  }
};

const readAll = async (stream: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const addressOf = (
  target: string,
): { readonly socketPath: string } | { readonly host: string; readonly port: string } => {
  if (target.startsWith('/')) return { socketPath: target };
  const { hostname: host, port } = new URL(target);
  return { host, port };
};

const forward = (target: string, request: IncomingMessage, body: Buffer): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { 'transfer-encoding': _, ...headers } = request.headers;
    const upstream = httpRequest({
      ...addressOf(target),
      method: request.method,
      path: request.url,
      // With the host that the client knows: links in answers then lead through here again.
      headers: { ...headers, 'content-length': body.length },
    });
    upstream.once('error', reject);
    upstream.once('response', (response) => {
      readAll(response).then((all) => {
        const { 'transfer-encoding': __, ...rest } = response.headers;
        resolve({ status: response.statusCode ?? 502, headers: rest, body: all });
      }, reject);
    });
    upstream.end(body);
  });

/** A small HTTP proxy on this machine that refuses calls, or forwards them and loses the reply. */
export const startProxy = async ({ target, socketPath, judge, answered }: ProxyOptions): Promise<LossyProxy> => {
  const counts: Record<Verdict, number> = { pass: 0, refuse: 0, reset: 0, lose: 0 };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readAll(request);
    const call = { method: methodOf(request, body), path: request.url ?? '' };
    const verdict = judge(call);
    counts[verdict] += 1;
    if (verdict === 'refuse') return void response.writeHead(503, { 'content-type': 'text/plain' }).end('overloaded');
    if (verdict === 'reset') return void request.socket.destroy();
    const answer = await forward(target, request, body);
    answered?.(call);
    if (verdict === 'lose') return void request.socket.destroy();
    const bodiless = answer.status === 204 || answer.status === 304;
    response.writeHead(answer.status, {
      ...answer.headers,
      ...(bodiless ? {} : { 'content-length': answer.body.length }),
    });
    response.end(bodiless ? undefined : answer.body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  const close = (): Promise<void> => closeServer(server);
  if (socketPath === undefined) return { url: `http://127.0.0.1:${await listen(server)}`, counts, close };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return { url: '', counts, close };
};

/** Numbers in [0, 1) from a seed (mulberry32): the same seed, the same losses. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Refuses `rate` of the calls (half of them by breaking the connection) and loses the reply of as many again. */
export const lossy = (rate: number, seed: number, concerns: (call: Passing) => boolean = () => true) => {
  const random = randomFrom(seed);
  return (call: Passing): Verdict => {
    if (!concerns(call)) return 'pass';
    const drawn = random();
    if (drawn < rate / 2) return 'refuse';
    if (drawn < rate) return 'reset';
    return drawn < 2 * rate ? 'lose' : 'pass';
  };
};
