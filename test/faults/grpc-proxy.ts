import { connect, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createLocalTls } from '#local/cloud/runtime/tls.ts';
import type { Endpoints } from '#local/lab/config.ts';
import type { Verdict } from './proxy.ts';

type Endpoint = Endpoints['pubsub'];

export interface GrpcProxy {
  /** Where it listens, under a certificate authority of its own. */
  readonly endpoint: Endpoint;
  close(): Promise<void>;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** undefined: the headers were all, as in an error of gRPC. */
  readonly trailers: IncomingHttpHeaders | undefined;
}

const readAll = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const UNAVAILABLE = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': '14',
  'grpc-message': 'overloaded',
};

const send = (stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void => {
  if (stream.destroyed) return;
  if (trailers === undefined) {
    stream.respond(headers, { endStream: true });
    return;
  }
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.respond(headers, { waitForTrailers: true });
  stream.end(body);
};

/**
 * What the lossy proxy is for HTTP, for the unary calls of a gRPC service over TLS (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
 * A connection that breaks takes along whatever else was under way on it.
 */
export const startGrpcProxy = async (target: Endpoint, judge: (path: string) => Verdict): Promise<GrpcProxy> => {
  const tls = await createLocalTls();
  const upstream = connect(`https://${target.host}:${target.port}`, { ca: target.ca });
  upstream.on('error', () => {});

  const forward = (headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const call = upstream.request(headers);
      let first: IncomingHttpHeaders = {};
      let trailers: IncomingHttpHeaders | undefined;
      call.once('response', (received) => {
        first = received;
      });
      call.once('trailers', (received) => {
        trailers = received;
      });
      call.once('error', reject);
      const whole = readAll(call);
      whole.catch(reject);
      call.once('close', () => whole.then((bytes) => resolve({ headers: first, body: bytes, trailers }), reject));
      call.end(body);
    });

  const sockets = new Map<number, Socket>();
  const cut = (stream: ServerHttp2Stream): void => {
    sockets.get(stream.session?.socket.remotePort ?? 0)?.resetAndDestroy();
  };
  const handle = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
    stream.on('error', () => {});
    const body = await readAll(stream);
    const verdict = judge(headers[':path'] ?? '');
    if (verdict === 'refuse') return stream.respond(UNAVAILABLE, { endStream: true });
    if (verdict === 'reset') return cut(stream);
    const answer = await forward(headers, body);
    if (verdict === 'lose') return cut(stream);
    send(stream, answer);
  };

  const server = createSecureServer({ key: tls.key, cert: tls.certificate });
  server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(port));
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => {
    handle(stream, headers).catch(() => stream.close());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: { host: target.host, port, ca: tls.ca },
    close: async () => {
      upstream.destroy();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
};
