import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { realClock } from '#adapters/clock.ts';
import { webhook, webhookUrl } from '#cli/watch/webhook.ts';
import type { Clock } from '#core/ports.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

interface Call {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const serve = async (answer: (response: ServerResponse) => void) => {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method, url, headers } = request;
      calls.push({ method, url, headers, body: Buffer.concat(pieces).toString('utf8') });
      answer(response);
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { calls, origin, url: webhookUrl(`${origin}/s3cr3t?token=t0ken`) };
};

const SECRET = new Uint8Array(32).fill(1);
const DELIVERY = { id: 'a'.repeat(64), eventId: 'lab-results/requests/a/request.json', validUntil: 0, body: '{"a":1}' };
const { signal } = new AbortController();

describe('a webhook', () => {
  test('gets one POST with body and the three headers, and any 2xx is a yes', async () => {
    for (const status of [200, 204]) {
      const { calls, url } = await serve((response) => response.writeHead(status).end());
      expect(await webhook(url, SECRET, realClock).deliver(DELIVERY, signal)).toEqual({ ok: true });
      expect(calls).toMatchObject([
        {
          method: 'POST',
          url: '/s3cr3t?token=t0ken',
          body: '{"a":1}',
          headers: { 'content-type': 'application/json' },
        },
      ]);
      expect(calls[0]?.headers).toMatchObject({
        'webhook-id': DELIVERY.eventId,
        'webhook-timestamp': expect.stringMatching(/^[0-9]{10}$/),
        'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      });
    }
  });

  test.each([400, 401, 404, 410, 429, 500, 503])('%i is a no, told without the url', async (status) => {
    const { origin, url } = await serve((response) => response.writeHead(status).end('words of a stranger'));
    expect(await webhook(url, SECRET, realClock).deliver(DELIVERY, signal)).toEqual({
      ok: false,
      why: `${origin} answered ${status}`,
    });
  });

  test.each([301, 302, 303, 307, 308])('threat 102: %i leads nowhere', async (status) => {
    const other = await serve((response) => response.writeHead(204).end());
    const { origin, url } = await serve((response) => response.writeHead(status, { location: other.origin }).end());
    expect(await webhook(url, SECRET, realClock).deliver(DELIVERY, signal)).toEqual({
      ok: false,
      why: `${origin} answered ${status}, and no redirect is followed`,
    });
    expect(other.calls).toEqual([]);
  });

  test('an answer without end is not read, and its status counts', async () => {
    const { url } = await serve((response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await webhook(url, SECRET, realClock).deliver(DELIVERY, signal)).toEqual({ ok: true });
  });

  test('one that never answers has 5 seconds', async () => {
    const asked: number[] = [];
    const reached = Promise.withResolvers<void>();
    const { calls, origin, url } = await serve(() => reached.resolve());
    const clock: Clock = {
      now: () => 0,
      sleep: async (ms) => {
        asked.push(ms);
        await reached.promise;
      },
    };
    expect(await webhook(url, SECRET, clock).deliver(DELIVERY, signal)).toEqual({
      ok: false,
      why: `${origin} gave no answer within 5 s`,
    });
    expect([asked, calls.length]).toEqual([[5000], 1]);
  });

  test('Ctrl-C ends the call', async () => {
    const controller = new AbortController();
    const { url } = await serve(() => controller.abort());
    expect(await webhook(url, SECRET, realClock).deliver(DELIVERY, controller.signal)).toMatchObject({ ok: false });
  });

  test('what cannot be reached is told without its path', async () => {
    const { origin, url } = await serve(() => {});
    await new Promise((closed) => servers.pop()?.close(closed));
    expect(await webhook(url, SECRET, realClock).deliver(DELIVERY, signal)).toEqual({
      ok: false,
      why: `${origin} could not be reached`,
    });
  });
});

describe('its url', () => {
  test.each(['https://hooks.example/a?b=c', 'http://127.0.0.1:8787/', 'http://localhost:1/x', 'http://[::1]:80/'])(
    '%s is taken',
    (text) => {
      expect(webhookUrl(text).href).toBe(new URL(text).href);
    },
  );
  test.each([
    'http://hooks.example/s3cr3t',
    'http://127.0.0.1.example/s3cr3t',
    'http://10.0.0.1/s3cr3t',
    'http://localhost.example/s3cr3t',
    'https://al:s3cr3t@hooks.example/',
    'https://s3cr3t@hooks.example/',
    'https://hooks.example/s3cr3t#part',
    'file:///s3cr3t',
    'ftp://127.0.0.1/s3cr3t',
    's3cr3t',
    '',
  ])('%s is refused, and not repeated', (text) => {
    const wrong = (() => {
      try {
        return String(webhookUrl(text));
      } catch (error) {
        return String(error);
      }
    })();
    expect(wrong).toContain('--webhook: ');
    expect(wrong).not.toContain('s3cr3t');
  });
});
