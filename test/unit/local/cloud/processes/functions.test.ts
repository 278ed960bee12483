import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type FrontDoor, openFrontDoor } from '#local/cloud/processes/front-door.ts';
import { FunctionHost } from '#local/cloud/processes/functions.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { closers, folder, isAlive, lines } from '#test/support/local/processes.ts';

/** A bundle as it is deployed: the framework is what Node finds beside it. */
const bundle = (source: string): string => {
  const path = folder({ 'index.js': `const functions = require('@google-cloud/functions-framework');\n${source}` });
  mkdirSync(join(path, 'node_modules', '@google-cloud'), { recursive: true });
  const framework = dirname(
    dirname(dirname(createRequire(import.meta.url).resolve('@google-cloud/functions-framework'))),
  );
  symlinkSync(framework, join(path, 'node_modules', '@google-cloud', 'functions-framework'));
  return path;
};

const hosted = async (source: string, env: Record<string, string> = {}) => {
  const output = lines();
  const host = new FunctionHost(
    { name: 'intake', folder: bundle(source), target: 'intake', env },
    { onLine: output.onLine, backoffMs: 5, backoffMaxMs: 1_000 },
  );
  closers.push(() => host.stop());
  return { host, ...output };
};

describe('a function process', () => {
  it('fails to start, and says so, when the bundle is broken or lacks the function', async () => {
    const broken = await hosted('throw new Error("bug at load");');
    await expect(broken.host.start()).rejects.toThrow(/function intake ended with code 1 before it listened/);
    expect(broken.seen.join('\n')).toContain('bug at load');
    const missing = await hosted("functions.http('other', (_, res) => res.send('ok'));");
    await expect(missing.host.start()).rejects.toThrow(/before it listened/);
    expect(missing.host.port).toBeUndefined();
  });

  it('runs with the given environment alone, and logs', async () => {
    const { host, until } = await hosted(
      "functions.http('intake', (req, res) => { console.log('line'); res.json(process.env); });",
      { KEYTURN_CONFIG: '{}' },
    );
    await host.start();
    const env: unknown = await (await fetch(`http://127.0.0.1:${host.port}/`)).json();
    expect(env).toMatchObject({ KEYTURN_CONFIG: '{}', K_SERVICE: 'intake', FUNCTION_TARGET: 'intake' });
    expect(Object.keys(env ?? {}).filter((name) => !name.startsWith('NODE_CHANNEL_'))).toEqual(
      expect.arrayContaining(['PATH']),
    );
    expect(Object.keys(env ?? {})).not.toContain('HOME');
    await until(/^line$/);
  });

  it.runIf(process.platform === 'linux')(
    'listens on loopback alone, so that nobody gets round the front door',
    async () => {
      const { host } = await hosted("functions.http('intake', (_, res) => res.send('ok'));");
      await host.start();
      const others = readFileSync('/proc/net/tcp', 'utf8') + readFileSync('/proc/net/tcp6', 'utf8');
      const port = (host.port ?? 0).toString(16).toUpperCase().padStart(4, '0');
      const addresses = others.match(new RegExp(`[0-9A-F]+:${port} [0-9A-F]+:0000 0A`, 'g'));
      expect(addresses).toEqual([expect.stringMatching(/^0100007F:/)]);
    },
  );

  it('answers 500 when the handler throws, and starts again when the process ends', async () => {
    const { host, until } = await hosted(
      "functions.http('intake', (req) => { if (req.url === '/die') process.exit(7); throw new Error('bug'); });",
    );
    await host.start();
    const first = host.pid;
    expect((await fetch(`http://127.0.0.1:${host.port}/`)).status).toBe(500);
    expect((await fetch(`http://127.0.0.1:${host.port}/die`)).headers.get('x-google-status')).toBe('crash');
    await until(/ended with code 7; starts again in 5 ms/);
    expect(host.port).toBeUndefined();
    while (host.port === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(host.pid).not.toBe(first);
    expect((await fetch(`http://127.0.0.1:${host.port}/`)).status).toBe(500);
  });

  it('is gone after stop, and stays so', async () => {
    const { host, seen } = await hosted("functions.http('intake', (_, res) => res.send('ok'));");
    await host.start();
    const { pid, port } = host;
    await host.stop();
    expect(isAlive(pid ?? 0)).toBe(false);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect(seen.join()).not.toContain('starts again');
  });
});

describe('the front door', () => {
  const PUSH = 'push@keyturn-local.iam.gserviceaccount.com';
  const opened = async (source: string, timeoutMs?: number) => {
    const { host, seen } = await hosted(source);
    await host.start();
    const world = createWorld();
    world.iam.bind({
      id: 'push',
      role: 'roles/run.invoker',
      resource: 'services/intake',
      members: [`serviceAccount:${PUSH}`],
    });
    const audiences: string[] = [];
    const door = await openFrontDoor(world, {
      service: 'intake',
      target: () => host.port,
      verifyIdToken: (token, audience) => {
        audiences.push(audience);
        const email = /^header\.(.+)\.signature$/.exec(token)?.[1];
        if (email === undefined) throw new Error('bad token');
        return email;
      },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    closers.push(() => door.close());
    return { host, world, door, audiences, seen };
  };
  const call = (door: FrontDoor, token: string | undefined, init: RequestInit = {}) =>
    fetch(`${door.url}/`, {
      method: 'POST',
      body: '{"message":{}}',
      ...init,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    });
  const echo =
    "functions.http('intake', (req, res) => { console.log('called'); res.status(202).set('x-seen', req.url).json({ body: req.body, auth: req.headers.authorization }); });";

  it('begins a trace for each call that has none, in both headers, and keeps one that has', async () => {
    const { door } = await opened(
      "functions.http('intake', (req, res) => res.json([req.headers.traceparent, req.headers['x-cloud-trace-context']]));",
    );
    const token = `header.${PUSH}.signature`;
    const traces = z.tuple([z.string(), z.string().nullable()]);
    const begun = async () => traces.parse(await (await call(door, token)).json());
    const [first, second] = [await begun(), await begun()];
    expect(first).not.toEqual(second);
    const [, trace = '', span = ''] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(first[0]) ?? [];
    expect(first[1]).toBe(`${trace}/${BigInt(`0x${span}`)};o=1`);
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
    const headers = { traceparent, authorization: `Bearer ${token}` };
    const kept = await fetch(door.url, { method: 'POST', body: '', headers });
    expect(traces.parse(await kept.json())).toEqual([traceparent, null]);
  });

  it('refuses as Cloud Run does, and the function is not reached', async () => {
    const { door, seen } = await opened(echo);
    expect((await call(door, undefined)).status).toBe(403);
    const bad = await call(door, 'garbage');
    expect(bad.status).toBe(401);
    expect(bad.headers.get('www-authenticate')).toContain('invalid_token');
    expect((await call(door, 'header.mallory@example.com.signature')).status).toBe(403);
    expect(seen).not.toContain('called');
  });

  it('lets the invoker through, with its root as audience and the signature taken off', async () => {
    const { door, audiences } = await opened(echo);
    const response = await call(door, `header.${PUSH}.signature`);
    expect(response.status).toBe(202);
    expect(response.headers.get('x-seen')).toBe('/');
    const answer: unknown = await response.json();
    expect(answer).toMatchObject({ body: { message: {} } });
    expect(JSON.stringify(answer)).not.toContain('.signature');
    expect(audiences).toEqual([door.url]);
    expect(door.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('answers 503 while the function is down, and 413 to more than 32 MiB', async () => {
    const { host, door } = await opened(echo);
    const body = Buffer.alloc(32 * 1024 * 1024 + 1);
    expect((await call(door, `header.${PUSH}.signature`, { body })).status).toBe(413);
    await host.stop();
    expect((await call(door, `header.${PUSH}.signature`)).status).toBe(503);
  });

  it('answers 503 when the function dies in the middle, 504 when it is too slow', async () => {
    const dying = await opened("functions.http('intake', (_, res) => { res.write('half'); process.exit(1); });");
    expect((await call(dying.door, `header.${PUSH}.signature`)).status).toBe(503);
    const slow = await opened("functions.http('intake', () => {});", 50);
    const response = await call(slow.door, `header.${PUSH}.signature`);
    expect(response.status).toBe(504);
    expect(await response.text()).toBe('upstream request timeout');
  });

  it('meets planned faults: before, the function is not reached; after, the answer is lost', async () => {
    const { door, world, seen } = await opened(echo);
    world.faults.add({ method: 'run.routes.invoke', matching: 'intake', kind: 'before' });
    expect((await call(door, `header.${PUSH}.signature`)).status).toBe(503);
    expect(seen).not.toContain('called');
    world.faults.add({ method: 'run.routes.invoke', kind: 'after', status: 'INTERNAL' });
    expect((await call(door, `header.${PUSH}.signature`)).status).toBe(500);
    expect(world.faults.pending).toEqual([]);
    expect((await call(door, `header.${PUSH}.signature`)).status).toBe(202);
    expect(seen.filter((line) => line === 'called')).toHaveLength(2);
  });
});
