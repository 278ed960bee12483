import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { MAX_BODY, SECRET_HEADER } from '#cli/console/api.ts';
import { openHeaders, pageHeaders, send, startConsole, type TestConsole } from '#test/support/cli/console.ts';
import { requestOf } from '#test/support/cli/people.ts';

const open: TestConsole[] = [];
const console_ = async (...args: Parameters<typeof startConsole>): Promise<TestConsole> => {
  const one = await startConsole(...args);
  open.push(one);
  return one;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.end();
});

/** Until the page that is open has gone for long enough, and another link stands at the terminal. */
const another = async (one: TestConsole): Promise<void> => {
  const links = one.codes().length;
  const heard = await one.listen();
  heard.leave();
  await heard.closed;
  while (one.codes().length === links) {
    one.clock.advance(5000);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** What every answer must say, worked out from the issue and from MDN's pages of each header. */
const ALWAYS = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
const DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
];

const checkHeaders = (headers: Readonly<Record<string, unknown>>): void => {
  expect(headers).toMatchObject(ALWAYS);
  const policy = String(headers['content-security-policy']).split('; ');
  for (const directive of DIRECTIVES) expect(policy).toContain(directive);
  expect(policy.join(' ')).not.toMatch(/unsafe|\*|https?:|data:|blob:/);
  const names = Object.keys(headers);
  expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([]);
  expect(names).not.toContain('set-cookie');
};

describe('every answer carries the same headers', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', '<!doctype html><title>the page</title>', {}],
    ['/app.js', 'text/javascript; charset=utf-8', 'run();', { 'sec-fetch-site': 'same-origin', dest: 'script' }],
    ['/app.css', 'text/css; charset=utf-8', 'p{}', { 'sec-fetch-site': 'same-origin', dest: 'style' }],
  ])('%s', async (path, type, text, { dest, ...over }: Record<string, string>) => {
    const one = await console_();
    const headers = { ...openHeaders(one.host), ...over, ...(dest === undefined ? {} : { 'sec-fetch-dest': dest }) };
    const answer = await send(one.port, { path, headers });
    expect(answer).toMatchObject({ status: 200, text });
    expect(answer.headers['content-type']).toBe(type);
    checkHeaders(answer.headers);
  });

  test('a refusal, an answer and a stream too', async () => {
    const one = await console_();
    const secret = await one.enter();
    const refused = await send(one.port, { headers: { host: 'evil.example' } });
    expect(refused.status).toBe(421);
    expect(JSON.parse(refused.text)).toMatchObject({ ok: false, code: 'INVALID_ARGUMENT' });
    checkHeaders(refused.headers);
    const answered = await send(one.port, {
      method: 'POST',
      path: '/api/wallets',
      headers: { ...pageHeaders(one.host), [SECRET_HEADER]: secret },
      body: '{}',
    });
    expect(answered).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    checkHeaders(answered.headers);
    const preflight = await send(one.port, {
      method: 'OPTIONS',
      path: '/api/queue',
      headers: { ...pageHeaders(one.host), 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(405);
    checkHeaders(preflight.headers);
  });
});

describe('the way in', () => {
  test('the link works once, and the secret opens what it opened', async () => {
    const one = await console_();
    const [code = ''] = one.codes();
    const first = await one.call('session', { code }, '');
    expect(first).toMatchObject({
      status: 200,
      ok: true,
      ...{ name: 'lab', lab: true, me: 'alice', isCoSigner: true, share: 'file', wallets: ['treasury'] },
      now: '2026-03-01T12:00:00Z',
    });
    expect(await one.call('session', { code }, '')).toMatchObject({ status: 401, ok: false, code: 'CONSOLE_SESSION' });
    expect(one.stage.stderr.text).toContain('tried a link that opens nothing');
    expect(one.stage.stdout.text).not.toContain(first.ok ? first.secret : '');
  });

  test('threat 104: five wrong codes end the link, and a thousand fill no terminal', async () => {
    const one = await console_();
    const [code = ''] = one.codes();
    for (let i = 0; i < 30; i++)
      expect(await one.call('session', { code: `x${i}` }, '')).toMatchObject({ status: 401 });
    expect(await one.call('session', { code }, '')).toMatchObject({ status: 401, code: 'CONSOLE_SESSION' });
    expect(one.stage.stderr.text.split('\n').filter((line) => line.includes('opens nothing'))).toHaveLength(10);
  });

  test('a link of more than five minutes opens nothing', async () => {
    const one = await console_();
    one.clock.advance(300_000);
    expect(await one.call('session', { code: one.codes()[0] ?? '' }, '')).toMatchObject({
      status: 401,
      message: 'The link is older than 5 minutes.',
    });
  });

  test.each(['queue', 'wallets', 'receipts', 'request', 'approve', 'reject'] as const)(
    'threat 104: %s without the secret, with a wrong one or with the code is answered with nothing',
    async (name) => {
      const one = await console_();
      const [code = ''] = one.codes();
      const secret = await one.enter();
      const before = one.stage.storage.calls.length;
      for (const wrong of ['', code, `${secret}x`, secret.slice(1), secret.toLowerCase()])
        expect(await one.call(name, {} as never, wrong === '' ? ' ' : wrong)).toMatchObject({
          status: 401,
          code: 'CONSOLE_SESSION',
        });
      expect(one.stage.storage.calls.length).toBe(before);
    },
  );

  test('threat 104: a secret that is sent twice is none', async () => {
    const one = await console_();
    const secret = await one.enter();
    const answer = await send(one.port, {
      method: 'POST',
      path: '/api/wallets',
      headers: { ...pageHeaders(one.host), [SECRET_HEADER]: [secret, secret] },
      body: '{}',
    });
    expect(answer.status).toBe(401);
  });

  test('a page that is opened anew ends the one before it', async () => {
    const one = await console_();
    const first = await one.enter();
    await another(one);
    const second = await one.enter();
    expect(await one.call('wallets', {}, first)).toMatchObject({ status: 401 });
    expect(await one.call('wallets', {}, second)).toMatchObject({ status: 200 });
  });

  test('threat 104: a page that another one ended hears nothing more, also where it came back', async () => {
    const one = await console_();
    await one.enter();
    await another(one);
    const heard = await one.listen();
    await one.enter();
    await heard.closed;
  });

  test('threat 104: a body that comes after another page was opened is not answered', async () => {
    const one = await console_();
    const secret = await one.enter();
    await another(one);
    const asked = httpRequest({
      ...{ host: '127.0.0.1', port: one.port, method: 'POST', path: '/api/wallets', agent: false, setHost: false },
      headers: { ...pageHeaders(one.host), [SECRET_HEADER]: secret, expect: '100-continue', 'content-length': 2 },
    });
    const status = new Promise((resolve, reject) => {
      asked.on('response', (response) => resolve(response.resume().statusCode));
      asked.on('error', reject);
    });
    const isRead = new Promise<void>((resolve) => asked.on('continue', resolve));
    asked.flushHeaders();
    await isRead;
    await one.enter();
    asked.end('{}');
    expect(await status).toBe(401);
  });
});

describe('a body', () => {
  const post = async (one: TestConsole, body: string | Uint8Array, path = '/api/queue') => {
    const secret = await one.enter();
    const headers = { ...pageHeaders(one.host), [SECRET_HEADER]: secret };
    const { status, text } = await send(one.port, { method: 'POST', path, headers, body });
    return { status, ...JSON.parse(text) };
  };

  test('of more bytes than the longest is refused, and the connection ends', async () => {
    const one = await console_();
    expect(await post(one, ' '.repeat(MAX_BODY + 1))).toMatchObject({ status: 413, code: 'TOO_LARGE' });
    expect(await one.call('queue', { page: 0 })).toMatchObject({ status: 200 });
  });

  test.each([
    ['no JSON', '{"page":0'],
    ['no text', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['nothing', ''],
    ['a list', '[]'],
    ['no page', '{}'],
    ['a page of text', '{"page":"0"}'],
    ['a page before the first', '{"page":-1}'],
    ['more rows than a page has', '{"page":0,"size":61}'],
    ['a member that is not named', '{"page":0,"__proto__":{"x":1},"x":1}'],
  ])('that is %s is refused with a code', async (_, body) => {
    expect(await post(await console_(), body)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
  });

  test.each(['3f2a91bc', '../secrets', `${'a'.repeat(63)}/`, 'A'.repeat(64)])('no id: %s', async (id) => {
    const body = JSON.stringify({ id });
    expect(await post(await console_(), body, '/api/request')).toMatchObject({ status: 400, field: 'id' });
  });
});

describe('more than one process', () => {
  test('a second console has a port of its own, and the secret of one opens nothing at the other', async () => {
    const [one, two] = [await console_(), await console_()];
    expect(one.port).not.toBe(two.port);
    const secret = await one.enter();
    expect(await two.call('wallets', {}, secret)).toMatchObject({ status: 401 });
  });

  test('threat 104: who takes the port after the end gets a secret that opens nothing', async () => {
    const first = await startConsole({}, (stage) => void stage.accept(requestOf()));
    const secret = await first.enter();
    await first.end();
    // A thief serves on the port, and hears what the page that is still open says.
    const heard: string[] = [];
    const thief = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (part) => {
        heard.push(part.toString());
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      });
    });
    await new Promise<void>((resolve) => thief.listen(first.port, '127.0.0.1', resolve));
    await send(first.port, {
      method: 'POST',
      path: '/api/approve',
      headers: { ...pageHeaders(first.host), [SECRET_HEADER]: secret },
      body: '{}',
    });
    await new Promise((resolve) => thief.close(resolve));
    expect(heard.join('')).toContain(secret);
    // The same person starts the console again: what was heard is of a process that is gone.
    const second = await console_();
    await second.enter();
    expect(await second.call('wallets', {}, secret)).toMatchObject({ status: 401 });
    expect(heard.join('')).not.toContain('keyturn-share');
  });

  test('a port that is taken is said, and nothing is served', async () => {
    const one = await console_();
    const { serve } = await import('#cli/console/server.ts');
    const served = { files: new Map(), holds: () => false, call: async () => ({}), listen: () => () => {} };
    await expect(serve(one.port, served)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('it listens on 127.0.0.1 alone', async () => {
    const one = await console_();
    const others = ['127.0.0.2', '::1'].map(
      (host) =>
        new Promise((resolve) => {
          const asked = fetch(`http://${host.includes(':') ? `[${host}]` : host}:${one.port}/`);
          asked.then(
            () => resolve('answered'),
            () => resolve('nobody'),
          );
        }),
    );
    expect(await Promise.all(others)).toEqual(['nobody', 'nobody']);
  });
});
