import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { callerOn } from '#adapters/calls/deadline.ts';
import { subscriberPort } from '#adapters/pubsub/pull.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { clientOf } from '../contract/adapter-kit.ts';
import { dev, PROJECT_ID, startOurs } from '../contract/pubsub-backends.ts';
import { startGrpcProxy } from './grpc-proxy.ts';
import { startProxy, type Verdict } from './proxy.ts';
import { dealt } from './support/wires.ts';

/** A proof by lossy proxies is worth what the proxies do. What arrives at the target is counted there. */
const OUTCOMES: readonly (readonly [Verdict, arrives: number, answered: boolean])[] = [
  ['pass', 1, true],
  ['refuse', 0, false],
  ['reset', 0, false],
  ['lose', 1, false],
];

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const countingServer = async (socketPath?: string) => {
  let arrived = 0;
  const server = createServer((_, response) => {
    arrived += 1;
    response.end('done');
  });
  closing.push(() => closeServer(server));
  if (socketPath === undefined) return { target: `http://127.0.0.1:${await listen(server)}`, arrived: () => arrived };
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return { target: socketPath, arrived: () => arrived };
};

const post = (to: { readonly socketPath: string } | { readonly port: string }): Promise<boolean> =>
  new Promise((resolve) => {
    const sent = request({ ...to, host: '127.0.0.1', method: 'POST', path: '/' }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 200));
    });
    sent.once('error', () => resolve(false));
    sent.end('{}');
  });

describe.each(OUTCOMES)('%s', (verdict, arrives, answered) => {
  test('over HTTP', async () => {
    const server = await countingServer();
    const proxy = await startProxy({ target: server.target, judge: () => verdict });
    closing.push(proxy.close);
    expect(await post({ port: new URL(proxy.url).port })).toBe(answered);
    expect(server.arrived()).toBe(arrives);
  });

  test('over a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-proxies-'));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const server = await countingServer(join(folder, 'behind'));
    const socketPath = join(folder, 'before');
    const proxy = await startProxy({ target: server.target, socketPath, judge: () => verdict });
    closing.push(proxy.close);
    expect(await post({ socketPath })).toBe(answered);
    expect(server.arrived()).toBe(arrives);
  });

  test('over gRPC with TLS', async () => {
    const ours = await startOurs();
    closing.push(ours.servers.close);
    ours.topics.create(dev, { name: `projects/${PROJECT_ID}/topics/told` });
    const target = { host: 'localhost', port: ours.servers.tlsPort, ca: ours.tls.ca };
    const proxy = await startGrpcProxy(target, () => verdict);
    closing.push(proxy.close);
    const once = callerOn();
    const subscriber = subscriberPort(
      { projectId: PROJECT_ID, authClient: clientOf(ours.world, 'dev'), endpoint: proxy.endpoint },
      (call, limits, run) => once(call, { ...limits, attempts: 1 }, run),
    );
    closing.push(subscriber.close);
    const made = subscriber.create('told-all', 'told');
    await (answered ? made : expect(made).rejects.toMatchObject({ code: 'UNAVAILABLE' }));
    expect(ours.topics.subscriptions.list(dev, `projects/${PROJECT_ID}`, {}).items).toHaveLength(arrives);
  });
});

test('a deck deals its share of both, whatever the seed', () => {
  for (let seed = 0; seed < 50; seed++) {
    const deal = dealt(5, seed);
    for (let deck = 0; deck < 4; deck++) {
      const cards = Array.from({ length: 5 }, deal).toSorted();
      expect(cards).toEqual(['lose', 'pass', 'pass', 'pass', deck % 2 === 0 ? 'reset' : 'refuse'].toSorted());
    }
  }
});
