import { createServer, type Server } from 'node:http';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { crc32c } from '#adapters/calls/crc32c.ts';
import type { Caller } from '#adapters/calls/deadline.ts';
import { restOptions } from '#adapters/calls/gax.ts';
import { encrypterPort } from '#adapters/kms/encrypt.ts';
import type { Encrypter } from '#core/key-ports.ts';
import { Keys } from '#local/cloud/kms/keys.ts';
import { kmsRest } from '#local/cloud/kms/rest.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { releaseKeysPort } from '#test/support/adapters/release-keys.ts';
import { clientOf, eagerly, failureOf, grant } from './adapter-kit.ts';

const LOCATION = 'projects/alice-project/locations/global';
const RING = `${LOCATION}/keyRings/keyturn`;
const KEY = `${RING}/cryptoKeys/release`;
const AAD = `keyturn/v1/${'a'.repeat(64)}/alice`;
const share = new TextEncoder().encode(`keyturn-share/v1/hot/1/1/${'7'.repeat(64)}`);

const world = createWorld();
const keys = new Keys(world);
const server = kmsRest(world, keys);
const servers: Server[] = [server];
const closing: (() => Promise<void>)[] = [];
let endpoint = '';
let alice: Encrypter;

const releaseKeys = (who: string, url = endpoint, key = KEY) => {
  const map = new Map([['alice', { key, authClient: clientOf(world, who) }]]);
  return releaseKeysPort({ keys: map, endpoint: url }, eagerly);
};
const encrypter = (who: string, url = endpoint) => {
  const port = encrypterPort({ projectId: 'p', authClient: clientOf(world, who), endpoint: url }, eagerly);
  closing.push(() => port.close());
  return port;
};
const lying = async (status: number, body: object) => {
  const liar = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  servers.push(liar);
  return `http://127.0.0.1:${await listen(liar)}`;
};

beforeAll(async () => {
  endpoint = `http://localhost:${await listen(server)}`;
  grant(world, 'admin', 'roles/cloudkms.admin', 'projects/alice-project');
  const admin = callerNamed('admin');
  keys.createKeyRing(admin, LOCATION, 'keyturn');
  keys.createCryptoKey(admin, RING, 'release', { purpose: 'ENCRYPT_DECRYPT', labels: {} });
  grant(world, 'alice', 'roles/cloudkms.cryptoKeyEncrypter', `keys/${KEY}`);
  grant(world, 'attested', 'roles/cloudkms.cryptoKeyDecrypter', `keys/${KEY}`);
  alice = encrypter('alice');
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await Promise.all(servers.map(closeServer));
});
beforeEach(() => world.faults.clear());

it('opens what its holder closed, for this request and co-signer only', async () => {
  const port = releaseKeys('attested');
  const ciphertext = await alice.encrypt(KEY, share, AAD);
  expect(await port.decrypt('alice', ciphertext, AAD)).toEqual({ kind: 'plaintext', bytes: share });
  expect(await port.decrypt('alice', ciphertext, AAD.replace('a', 'b'))).toEqual({ kind: 'bad' });
  expect(await port.decrypt('alice', ciphertext.subarray(1), AAD)).toEqual({ kind: 'bad' });
  expect(await port.decrypt('alice', new Uint8Array(), AAD)).toEqual({ kind: 'bad' });
});

/** As gcloud gives it to KMS: the bytes of the file, whatever they are (https://github.com/getsops/sops/issues/991). */
const closedWith = async (aad: Uint8Array): Promise<Uint8Array> => {
  const client = new KeyManagementServiceClient(restOptions('p', clientOf(world, 'alice'), endpoint));
  closing.push(() => client.close());
  const [answer] = await client.encrypt({ name: KEY, plaintext: share, additionalAuthenticatedData: aad });
  return z.instanceof(Uint8Array).parse(answer.ciphertext);
};
const file = (text: string, encoding: 'utf8' | 'utf16le' = 'utf8') => Buffer.from(text, encoding);

it.each([
  ['a newline, as echo writes it', file(`${AAD}\n`)],
  ['CRLF', file(`${AAD}\r\n`)],
  ['a space', file(`${AAD} `)],
  ['a space and a newline', file(`${AAD} \n`)],
  ['a space and CRLF, as cmd.exe writes it', file(`${AAD} \r\n`)],
  ['a byte order mark', file(`\uFEFF${AAD}`)],
  ['a byte order mark and CRLF', file(`\uFEFF${AAD}\r\n`)],
  ['UTF-16, as PowerShell 5 writes it', file(`\uFEFF${AAD}\r\n`, 'utf16le')],
])('takes additional data with %s, and blames nobody', async (_, aad) => {
  const port = releaseKeys('attested');
  const ciphertext = await closedWith(aad);
  expect(await port.decrypt('alice', ciphertext, AAD)).toEqual({ kind: 'plaintext', bytes: share });
  expect(await port.decrypt('alice', ciphertext, AAD.replace('a', 'b'))).toEqual({ kind: 'bad' });
});

it.each([
  ['two newlines', file(`${AAD}\n\n`)],
  ['two spaces', file(`${AAD}  `)],
  ['a space before it', file(` ${AAD}`)],
  ['nothing', file('')],
  ['less than all of it', file(AAD.slice(0, -1))],
])('takes none with %s', async (_, aad) => {
  expect(await releaseKeys('attested').decrypt('alice', await closedWith(aad), AAD)).toEqual({ kind: 'bad' });
});

it('blames nobody while KMS does not answer about one of the spellings', async () => {
  let asked = 0;
  const tired = createServer((_, response) => {
    const [code, status] = asked++ === 0 ? [400, 'INVALID_ARGUMENT'] : [503, 'UNAVAILABLE'];
    response.writeHead(Number(code), { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code, status, message: 'no' } }));
  });
  servers.push(tired);
  const port = releaseKeys('attested', `http://localhost:${await listen(tired)}`);
  const ciphertext = await closedWith(file(`${AAD}\r\n`));
  expect(await port.decrypt('alice', ciphertext, AAD)).toMatchObject({ kind: 'unreachable' });
});

it('blames nobody for what is not the share', async () => {
  const ciphertext = await alice.encrypt(KEY, share, AAD);
  const reasonOf = async (port: ReturnType<typeof releaseKeys>) => {
    const result = await port.decrypt('alice', ciphertext, AAD);
    return result.kind === 'unreachable' ? result.reason : result.kind;
  };
  expect(await reasonOf(releaseKeys('bob'))).toBe(`PERMISSION_DENIED: kms: decrypt ${KEY}: HTTP 403 PERMISSION_DENIED`);
  expect(await reasonOf(releaseKeys('attested', 'http://localhost:1'))).toMatch(/^UNAVAILABLE: kms: decrypt/);
  expect(await reasonOf(releaseKeys('attested', endpoint, `${RING}/cryptoKeys/none`))).toMatch(
    /^(NOT_FOUND|PERMISSION)/,
  );
  const damaged = {
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: 'The checksum in field ciphertext_crc32c is wrong.',
  };
  expect(await reasonOf(releaseKeys('attested', await lying(400, { error: damaged })))).toMatch(/^INVALID_ARGUMENT/);
});

it('waits out a hiccup', async () => {
  const ciphertext = await alice.encrypt(KEY, share, AAD);
  world.faults.add({ method: 'kms.decrypt', kind: 'before' });
  expect((await releaseKeys('attested').decrypt('alice', ciphertext, AAD)).kind).toBe('plaintext');
  expect(world.faults.pending).toEqual([]);
});

it.each([
  ['no checksum', { plaintext: 'AAAA' }],
  ['another checksum', { plaintext: 'AAAA', plaintextCrc32c: '1' }],
])('takes no plaintext with %s', async (_what, body) => {
  const result = await releaseKeys('attested', await lying(200, body)).decrypt('alice', new Uint8Array(9), AAD);
  expect(result.kind).toBe('unreachable');
});

describe('what KMS opened does not stay in memory', () => {
  const opened = new TextEncoder().encode(`keyturn-share/v1/hot/1/1/${'7'.repeat(64)}`);
  const secret = Buffer.from(opened).toString('base64');
  const whole = { plaintext: secret, plaintextCrc32c: `${crc32c(opened)}` };
  /** An answer of KMS, with its bytes in our hands. */
  const answering = (body: string, call = eagerly) => {
    const bytes = Buffer.from(body);
    const map = new Map([['alice', { key: KEY, authClient: clientOf(world, 'attested') }]]);
    const port = releaseKeysPort({ keys: map, endpoint }, call, async () => ({ status: 200, bytes }));
    return { bytes, run: () => port.decrypt('alice', new Uint8Array(9), AAD) };
  };

  it.each([
    ['no checksum', JSON.stringify({ plaintext: secret })],
    ['another checksum', JSON.stringify({ ...whole, plaintextCrc32c: '1' })],
    ['no JSON behind it', `${JSON.stringify(whole)}}`],
    ['two plaintexts', JSON.stringify(whole).replace('{', `{"plaintext":"AAAA","a":1,`)],
    ['a plaintext inside', JSON.stringify({ inner: whole, ...whole })],
    ['an escape in it', JSON.stringify(whole).replace('a', '\\u0061')],
    ['half of it', JSON.stringify(whole).slice(0, 70)],
    ['a plaintext that is no text', JSON.stringify({ ...whole, plaintext: [...opened] })],
  ])('after %s', async (_what, body) => {
    const { bytes, run } = answering(body);
    expect((await run()).kind).toBe('unreachable');
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('after an answer that comes when nobody waits any more', async () => {
    const late = new AbortController();
    const call: Caller = async (asked, _limits, run) => {
      if (asked.service !== 'kms') return run(new AbortController().signal, 1);
      const answered = run(late.signal, 1);
      late.abort(new DOMException('the time is up', 'TimeoutError'));
      return answered;
    };
    const { bytes, run } = answering(JSON.stringify(whole), call);
    await expect(run()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(bytes.includes(secret.slice(0, 12))).toBe(false);
    const timely = answering(JSON.stringify(whole));
    expect(await timely.run()).toEqual({ kind: 'plaintext', bytes: opened });
    expect(timely.bytes.includes(secret.slice(0, 12))).toBe(false);
  });
});

it.each([
  ['verified nothing', {}],
  ['verified half', { verifiedPlaintextCrc32c: true }],
  ['answers another checksum', { verifiedPlaintextCrc32c: true, verifiedAdditionalAuthenticatedDataCrc32c: true }],
])('encrypts nothing where KMS %s', async (what, flags) => {
  const sum = crc32c(Buffer.from('AAAA', 'base64')) + (what.startsWith('answers') ? 1 : 0);
  const url = await lying(200, { ciphertext: 'AAAA', ciphertextCrc32c: String(sum), ...flags });
  expect(await failureOf(encrypter('alice', url).encrypt(KEY, share, AAD))).toMatchObject({
    code: 'CHECKSUM_MISMATCH',
  });
});

it('tells a holder what is wrong', async () => {
  const refused = await failureOf(encrypter('bob').encrypt(KEY, share, AAD));
  expect(refused).toMatchObject({ code: 'PERMISSION_DENIED' });
  expect(refused.message).not.toContain('keyturn-share');
  await expect(releaseKeys('attested').decrypt('bob', share, AAD)).rejects.toMatchObject({ code: 'CONFIG' });
});
