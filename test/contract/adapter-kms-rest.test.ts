import { createServer, type IncomingMessage, request as relay, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { crc32c } from '#adapters/calls/crc32c.ts';
import { fromBase64 } from '#adapters/kms/plaintext.ts';
import type { Decrypted } from '#core/key-ports.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { releaseKeysPort } from '#test/support/adapters/release-keys.ts';
import fc from '#test/support/properties.ts';
import { clientOf, eagerly } from './adapter-kit.ts';
import { bytesOf, KEY, plaintext, startKms, V1 } from './kms-fixtures.ts';

/**
 * The image opens shares by one call of its own. Cloud KMS must see of it what `@google-cloud/kms` sends, and both must read the same from
 * its answers.
 */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const AAD = `keyturn/v1/${'a'.repeat(64)}/alice`;
const seen: Seen[] = [];
let kms: Awaited<ReturnType<typeof startKms>>;
let between: Server;
let url = '';

const bodyOf = async (message: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const piece of message) text += piece;
  return text;
};

beforeAll(async () => {
  kms = await startKms();
  between = createServer(async (asked, answer) => {
    const text = await bodyOf(asked);
    const [path = ''] = `${asked.url}`.split('?');
    seen.push({
      ...{ method: `${asked.method}`, path, body: JSON.parse(text) },
      type: `${asked.headers['content-type']}`,
    });
    const { method, headers, url: to } = asked;
    const onwards = relay({ port: kms.port, host: '127.0.0.1', method, headers, path: to }, (back) => {
      answer.writeHead(back.statusCode ?? 500, back.headers);
      back.pipe(answer);
    });
    onwards.end(text);
  });
  url = `http://localhost:${await listen(between)}`;
});
afterAll(async () => {
  await closeServer(between);
  await kms.close();
});
beforeEach(() => {
  seen.length = 0;
  kms.world.faults.clear();
});

/** What we send and read. Only the exact additional data is looked at: other spellings follow where the first is refused. */
const ours = async (who: string, key: string, ciphertext: Uint8Array, aad = AAD): Promise<Decrypted> => {
  const map = new Map([['alice', { key, authClient: clientOf(kms.world, who) }]]);
  return releaseKeysPort({ keys: map, endpoint: url }, eagerly).decrypt('alice', ciphertext, aad);
};

/** What the client sends: through the same server, with checksums, as its documentation says. */
const theirs = async (who: string, key: string, ciphertext: Uint8Array, aad = AAD) => {
  const client = kms.clientOf(kms.world.iam.issueToken(callerNamed(who)), Number(new URL(url).port));
  const data = Buffer.from(aad);
  return client.decrypt(
    {
      ...{ name: key, ciphertext, ciphertextCrc32c: { value: crc32c(ciphertext) } },
      ...{ additionalAuthenticatedData: data, additionalAuthenticatedDataCrc32c: { value: crc32c(data) } },
    },
    { retry: null },
  );
};

const sealed = async (text: Uint8Array = plaintext): Promise<Uint8Array> => {
  const data = Buffer.from(AAD);
  const [answer] = await kms.alice.encrypt({ name: KEY, plaintext: text, additionalAuthenticatedData: data });
  return bytesOf(answer.ciphertext);
};

it('sends what the client sends, and reads the same', async () => {
  const ciphertext = await sealed();
  expect(await ours('principal://attested', KEY, ciphertext)).toEqual({
    kind: 'plaintext',
    bytes: new Uint8Array(plaintext),
  });
  const [answer] = await theirs('principal://attested', KEY, ciphertext);
  expect(bytesOf(answer.plaintext)).toEqual(plaintext);
  const [we, they] = seen;
  expect(seen).toHaveLength(2);
  expect(we).toEqual(they);
});

it('reads an empty plaintext, which is no field of the answer', async () => {
  expect(await ours('principal://attested', KEY, await sealed(Buffer.alloc(0)))).toEqual({
    kind: 'plaintext',
    bytes: new Uint8Array(),
  });
});

/** gRPC code of the client's failure, or 0. */
const codeOf = async (run: Promise<unknown>): Promise<number> =>
  run.then(
    () => 0,
    (error: { code?: number }) => error.code ?? -1,
  );

describe('what is refused is blamed on the same party', () => {
  it.each<[string, string, string, (ciphertext: Uint8Array) => Uint8Array, string, number, Decrypted['kind']]>([
    ['other additional data', 'principal://attested', KEY, (c) => c, AAD.replace('alice', 'bob'), 3, 'bad'],
    ['a cut ciphertext', 'principal://attested', KEY, (c) => c.subarray(1), AAD, 3, 'bad'],
    ['no ciphertext', 'principal://attested', KEY, () => new Uint8Array(), AAD, 3, 'bad'],
    ['no right', 'user:alice', KEY, (c) => c, AAD, 7, 'unreachable'],
    ['no such key', 'principal://attested', `${KEY}x`, (c) => c, AAD, 5, 'unreachable'],
  ])('%s', async (_, who, key, change, aad, code, kind) => {
    const ciphertext = change(await sealed());
    expect(await codeOf(theirs(who, key, ciphertext, aad))).toBe(code);
    expect((await ours(who, key, ciphertext, aad)).kind).toBe(kind);
  });

  it('a disabled version: 400 too, and nobody is blamed', async () => {
    const ciphertext = await sealed();
    const turn = (state: 'DISABLED' | 'ENABLED') =>
      kms.admin.updateCryptoKeyVersion({ cryptoKeyVersion: { name: V1, state }, updateMask: { paths: ['state'] } });
    await turn('DISABLED');
    expect(await codeOf(theirs('principal://attested', KEY, ciphertext))).toBe(9);
    expect(await ours('principal://attested', KEY, ciphertext)).toMatchObject({ kind: 'unreachable' });
    await turn('ENABLED');
    expect(await ours('principal://attested', KEY, ciphertext)).toMatchObject({ kind: 'plaintext' });
  });
});

it.each([
  ['a proxy that says 400 in HTML', 400, '<html>'],
  ['a 400 without a word of Google', 400, '{"error":{"code":400}}'],
  ['a 400 with another word', 400, '{"error":{"code":400,"status":"WHATEVER"}}'],
  ['a redirect', 302, ''],
  ['an answer without end', 200, `{"a":"${'x'.repeat(70_000)}"}`],
  ['a 200 that is no JSON', 200, 'ok'],
  ['a 200 with nothing', 200, '{}'],
])('blames nobody for %s', async (_, status, text) => {
  const liar = createServer((_request, answer) => {
    answer.writeHead(status, { location: 'http://localhost:1/' }).end(text);
  });
  const endpoint = `http://localhost:${await listen(liar)}`;
  const map = new Map([['alice', { key: KEY, authClient: clientOf(kms.world, 'principal://attested') }]]);
  const opened = await releaseKeysPort({ keys: map, endpoint }, eagerly).decrypt('alice', new Uint8Array(9), AAD);
  await closeServer(liar);
  expect(opened.kind).toBe('unreachable');
});

it('base64 is read as Buffer reads it, from bytes to bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('base64', 'base64url'), (bytes, alphabet) => {
      const text = Buffer.from(bytes).toString(alphabet);
      expect(fromBase64(Buffer.from(text))).toEqual(bytes);
    }),
  );
  for (const bad of ['A', 'AAAAA', 'AA A', 'AA=A', '\\AAA', 'AAAA===='])
    expect(fromBase64(Buffer.from(bad))).toBeUndefined();
});
