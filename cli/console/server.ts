import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { failureOf } from '#cli/app/failure.ts';
import { jsonText } from '#cli/app/output.ts';
import { type Code, isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { type CallName, type ConsoleEvent, EVENTS, MAX_BODY, SECRET_HEADER } from './api.ts';
import { BODIES } from './bodies.ts';
import type { PageFiles } from './files.ts';
import { type Endpoint, judge } from './guard.ts';
import { ALWAYS } from './headers.ts';

/** What the server serves. */
export interface Served {
  readonly files: PageFiles;
  /** Whether the secret is that of the page that is open. */
  holds(secret: string): boolean;
  /** One call, its body parsed. */
  call(name: CallName, body: unknown): Promise<object>;
  /** Tells each event until what it gives is called. */
  listen(tell: (event: ConsoleEvent) => void): () => void;
}

export interface Running {
  /** 127.0.0.1 and the port, as a browser writes it. */
  readonly host: string;
  /** Ends every connection. Nothing is answered afterwards. */
  close(): Promise<void>;
}

/** Streams at a time, and bytes that one may lag behind: whoever reads no more is cut off. */
const MOST_STREAMS = 4;
const MOST_LAG = 1_000_000;
/** ms that a request may take to arrive. */
const ARRIVAL_MS = 10_000;

const STATUS: Readonly<Partial<Record<Code, number>>> = {
  CONSOLE_SESSION: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  TOO_LARGE: 413,
  INVALID_ARGUMENT: 400,
  USAGE: 400,
};

const statusOf = (error: unknown): number => {
  if (!isKeyturnError(error)) return 500;
  return STATUS[error.code] ?? (error.retry ? 503 : 409);
};

const send = (response: ServerResponse, status: number, value: object): void => {
  // Whoever is refused may not have been read to the end, so nothing else can come on that connection.
  const connection: Readonly<Record<string, string>> = status === 200 ? {} : { connection: 'close' };
  response.writeHead(status, { ...ALWAYS, 'content-type': 'application/json', ...connection });
  response.end(jsonText(value));
};

const refuse = (response: ServerResponse, status: number, error: unknown): void =>
  send(response, status, { ok: false, ...failureOf(error) });

/** The body, parsed by the shape of its call. Throws TOO_LARGE, and INVALID_ARGUMENT naming each member at fault. */
const bodyOf = async (request: IncomingMessage, name: Endpoint): Promise<unknown> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    const bytes: Uint8Array = part;
    size += bytes.length;
    if (size > MAX_BODY) throw new KeyturnError('TOO_LARGE', `a body has at most ${MAX_BODY} bytes`);
    parts.push(bytes);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)));
  } catch (cause) {
    throw new KeyturnError('INVALID_ARGUMENT', 'the body is no JSON', { cause });
  }
  const parsed = BODIES[name].safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new KeyturnError('INVALID_ARGUMENT', `the body is not one of ${name}: ${issue?.message ?? ''}`, { field });
};

const mustHold = (request: IncomingMessage, served: Served): void => {
  const secrets = request.headersDistinct[SECRET_HEADER] ?? [];
  if (secrets.length !== 1 || !served.holds(secrets[0] ?? ''))
    throw new KeyturnError('CONSOLE_SESSION', 'This page is not the one that was opened last, or its process ended.');
};

class Streams {
  readonly #open = new Set<ServerResponse>();

  /** One more; the oldest goes where there are too many. */
  add(response: ServerResponse, served: Served): void {
    const [oldest] = this.#open;
    if (this.#open.size >= MOST_STREAMS) oldest?.destroy();
    response.writeHead(200, { ...ALWAYS, 'content-type': 'application/x-ndjson' });
    const end = served.listen((event) => {
      if (response.writableLength > MOST_LAG) response.destroy();
      else response.write(`${jsonText(event)}\n`);
    });
    this.#open.add(response);
    response.on('close', () => {
      this.#open.delete(response);
      end();
    });
  }

  end(): void {
    for (const response of this.#open) response.end();
  }
}

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  { served, host, streams }: { readonly served: Served; readonly host: string; readonly streams: Streams },
): Promise<void> => {
  const { method = '', url: target = '', rawHeaders } = request;
  const judged = judge({ method, target, rawHeaders }, host);
  if (judged.kind === 'refused') {
    refuse(response, judged.status, new KeyturnError('INVALID_ARGUMENT', `Refused: ${judged.why}.`));
    return;
  }
  if (judged.kind === 'file') {
    const file = served.files.get(judged.name);
    if (file === undefined) throw new KeyturnError('NOT_FOUND', 'there is no such page');
    response.writeHead(200, { ...ALWAYS, 'content-type': file.type });
    response.end(file.bytes);
    return;
  }
  const { name } = judged;
  if (name !== 'session') mustHold(request, served);
  const body = await bodyOf(request, name);
  // A body may come slowly, and another page be opened meanwhile.
  if (name !== 'session') mustHold(request, served);
  if (name === EVENTS) {
    streams.add(response, served);
    return;
  }
  const value = await served.call(name, body);
  // The page before it is over, and hears nothing more.
  if (name === 'session') streams.end();
  send(response, 200, value);
};

const listening = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

/** Serves on 127.0.0.1 alone. `port`: 0 lets the system choose. Throws what listening throws. */
export const serve = async (port: number, served: Served): Promise<Running> => {
  const streams = new Streams();
  let host = '';
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: ARRIVAL_MS, requestTimeout: ARRIVAL_MS, insecureHTTPParser: false },
    (request, response) => {
      request.on('error', () => {});
      response.on('error', () => {});
      answer(request, response, { served, host, streams }).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else refuse(response, statusOf(error), error);
      });
    },
  );
  server.maxConnections = 64;
  server.on('clientError', (_, socket) => socket.destroy());
  host = `127.0.0.1:${await listening(server, port)}`;
  return {
    host,
    close: async () => {
      streams.end();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      setImmediate(() => server.closeAllConnections());
      await closed;
    },
  };
};
