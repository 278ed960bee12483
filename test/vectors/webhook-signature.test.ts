import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { realClock } from '#adapters/clock.ts';
import { signedHeaders, webhookSecret } from '#cli/watch/signature.ts';
import { webhook } from '#cli/watch/webhook.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { readPage } from '../support/page.ts';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts "sign function works" */
const PUBLISHED = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  message: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', seconds: 1_614_265_330, body: '{"test": 2432232314}' },
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

/** RFC 2104, by hand from the hash alone. */
const hmacByHand = (key: Uint8Array, message: Uint8Array): string => {
  const sha256 = (...parts: readonly Uint8Array[]) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const block = Buffer.alloc(64);
  block.set(key);
  const padded = (byte: number) => block.map((each) => each ^ byte);
  return sha256(padded(0x5c), sha256(padded(0x36), message)).toString('base64');
};

describe('the signature of a webhook', () => {
  test('is the one that Standard Webhooks publishes for its own message', () => {
    const headers = signedHeaders(webhookSecret(PUBLISHED.secret), PUBLISHED.message);
    expect(headers).toEqual({
      'webhook-id': PUBLISHED.message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': PUBLISHED.signature,
    });
  });

  test.each(['', '{}', '{"memo":"日本語 \\u202e"}', '{"memo":"é"}', 'x'.repeat(10_000)])(
    'is HMAC-SHA256 over id, time and body: %#',
    (body) => {
      const secret = webhookSecret(`whsec_${Buffer.alloc(48, 7).toString('base64')}\n`);
      const id = `lab-results/requests/${'a'.repeat(64)}/request.json`;
      const { 'webhook-signature': signature } = signedHeaders(secret, { id, seconds: 1_800_000_000, body });
      expect(signature).toBe(`v1,${hmacByHand(secret, Buffer.from(`${id}.1800000000.${body}`, 'utf8'))}`);
    },
  );

  const base64 = (bytes: number) => Buffer.alloc(bytes, 1).toString('base64');
  test.each([
    ['nothing', ''],
    ['no prefix', base64(32)],
    ['another alphabet', `whsec_${'-'.repeat(44)}`],
    ['a length that base64 has not', `whsec_${base64(32).slice(1)}`],
    ['too little', `whsec_${base64(23)}`],
    ['too much', `whsec_${base64(65)}`],
    ['two lines', `whsec_${base64(32)}\nwhsec_${base64(32)}\n`],
  ])('a secret of %s is refused, and not repeated', (_, text) => {
    const caught = (() => {
      try {
        return webhookSecret(text);
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toBeInstanceOf(KeyturnError);
    expect(caught).toMatchObject({ code: 'USAGE', field: 'secret' });
    expect(String(caught)).not.toContain(base64(20).slice(0, 8));
  });
  test.each([24, 64])('%i bytes are enough and not too many', (bytes) => {
    expect(webhookSecret(`whsec_${base64(bytes)}\r\n`)).toHaveLength(bytes);
  });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: the webhook server of docs/co-signer.md (python3 is not installed)');

/** The server as the page prints it, and what it said. */
const startHook = async (folder: string, secret: string) => {
  const source = /```python\n(# hook\.py\n[\s\S]+?)```/.exec(readPage('docs/co-signer.md'))?.[1] ?? '';
  writeFileSync(join(folder, 'hook.py'), source);
  writeFileSync(join(folder, 'webhook.secret'), secret);
  const child = spawn('python3', ['-B', 'hook.py', 'webhook.secret', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  return { url: new URL(await line()), line, end: () => child.kill() };
};

describe('the server in Python that docs/co-signer.md prints', () => {
  test.runIf(hasPython)('threat 102: takes what we sign, once, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-hook-'));
    const [ours, other] = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}\n`);
    const hook = await startHook(folder, ours ?? '');
    try {
      const { signal } = new AbortController();
      const bodyOf = (asks: string) => JSON.stringify({ request: { asks } });
      const send = (secret: string | undefined, eventId: string, asks: string, clock = realClock) =>
        webhook(hook.url, webhookSecret(secret ?? ''), clock).deliver(
          { id: 'a', eventId, validUntil: 0, body: bodyOf(asks) },
          signal,
        );
      const refused = { ok: false, why: `${hook.url.origin} answered 401` };
      expect(await send(other, 'b/1.json', 'forged')).toEqual(refused);
      const late = { ...realClock, now: () => realClock.now() - 400_000 };
      expect(await send(ours, 'b/2.json', 'kept and sent again later', late)).toEqual(refused);
      for (const asks of ['send 0.5 ETH', 'the same once more'])
        expect(await send(ours, 'b/3.json', asks)).toEqual({ ok: true });
      expect(await send(ours, 'b/4.json', 'send 日本')).toEqual({ ok: true });
      for (const [name, value] of [
        ['webhook-timestamp', '١٢٣'],
        ['webhook-signature', 'v1,é v2,x'],
      ]) {
        const headers = new Headers(signedHeaders(webhookSecret(ours ?? ''), { id: 'x', seconds: 1, body: '{}' }));
        headers.set(name ?? '', Buffer.from(value ?? '', 'utf8').toString('latin1'));
        const { status } = await fetch(hook.url, { method: 'POST', body: '{}', headers });
        expect({ name, status }).toEqual({ name, status: 401 });
      }
      expect([await hook.line(), await hook.line()]).toEqual(['"send 0.5 ETH"', '"send \\u65e5\\u672c"']);
    } finally {
      hook.end();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
