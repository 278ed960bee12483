import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type EventKey, eventKeyPoint } from '#schemas/event-keys.ts';
import { type EventMessage, isSignedBy, signedBy, signedBytes, signedDigest } from '#schemas/event-signature.ts';
import { messageOf } from '#schemas/events.ts';
import { ANNOUNCEMENTS, COMMITTED } from '#test/support/announcements.ts';
import fc from '#test/support/properties.ts';

const vector = z
  .object({
    attributes: z.record(z.string(), z.string()),
    data: z.string(),
    signed: z.string(),
    sha256: z.string(),
    keys: z.record(z.string(), z.object({ publicKey: z.string(), signature: z.string() })),
  })
  .parse(JSON.parse(readFileSync(new URL('event-signature.json', import.meta.url), 'utf8')));
const keyOf = (name: string, publicKey: string): EventKey => ({
  name,
  publicKey,
  version: `projects/p/locations/l/keyRings/r/cryptoKeys/events/cryptoKeyVersions/${name === 'a' ? 1 : 2}`,
});

describe('the fixed vector, of Python and OpenSSL', () => {
  const message = { attributes: vector.attributes, data: Buffer.from(vector.data, 'base64') };
  test('bytes and digest', () => {
    expect(Buffer.from(signedBytes(message)).toString('hex')).toBe(vector.signed);
    expect(Buffer.from(signedDigest(message)).toString('hex')).toBe(vector.sha256);
  });
  test.each(Object.entries(vector.keys))('the signature of key %s', (name, { publicKey, signature }) => {
    const keys = Object.entries(vector.keys).map(([each, { publicKey: pub }]) => keyOf(each, pub));
    const attributes = {
      ...message.attributes,
      'keyturn-signature': signature,
      'keyturn-signature-key': name,
    };
    expect(signedBy(keys, { ...message, attributes })).toBe('valid');
    expect(eventKeyPoint(publicKey)).toHaveLength(65);
  });
});

/** Any text of UTF-8, with what could end a part too early. */
const text = fc.string({
  unit: fc.oneof(fc.constantFrom(...'0123456789:,/\n'), fc.string({ unit: 'grapheme' })),
  maxLength: 30,
});
const anyMessage = fc.record({
  attributes: fc.record({ 'ce-id': text, 'ce-type': text, 'ce-source': text, 'ce-time': text }),
  data: fc.uint8Array({ maxLength: 40 }),
});

test('no two messages are signed as the same bytes', () =>
  fc.assert(
    fc.property(anyMessage, anyMessage, (one, other) => {
      const said = ({
        attributes: { 'ce-id': id, 'ce-type': type, 'ce-source': source, 'ce-time': time },
        data,
      }: typeof one) => JSON.stringify([id, type, source, time, [...data]]);
      const bytes = [one, other].map((each) => Buffer.from(signedBytes(each)).toString('hex'));
      expect(bytes[0] === bytes[1]).toBe(said(one) === said(other));
    }),
  ));

test('OpenSSL, by way of node, agrees about every signature, whichever s it has', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = keyOf('a', publicKey.export({ format: 'der', type: 'spki' }).toString('base64'));
  fc.assert(
    fc.property(anyMessage, fc.nat(80), fc.integer({ min: 0, max: 255 }), (message, at, by) => {
      const signature = sign('sha256', signedBytes(message), privateKey);
      if (at < signature.length) signature[at] = (signature[at] ?? 0) ^ by;
      const theirs = verify(
        'sha256',
        signedBytes(message),
        createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })),
        signature,
      );
      expect(isSignedBy(key, createHash('sha256').update(signedBytes(message)).digest(), signature)).toBe(theirs);
    }),
    { numRuns: 60 },
  );
});

const SCRIPT = fileURLToPath(new URL('../../docs/verify/verify_event.py', import.meta.url));
const hasTools = ['python3 --version', 'openssl version'].every(
  (line) => spawnSync(line, { shell: true }).status === 0,
);
if (!hasTools)
  console.warn('SKIPPED: the second implementation of signed events (python3 or openssl is not installed)');

describe.skipIf(!hasTools)('docs/verify/verify_event.py', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyturn-events-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const [a, b, retired] = ['a', 'b', 'old'].map((name) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = keyOf(name, publicKey.export({ format: 'der', type: 'spki' }).toString('base64'));
    return {
      key,
      sign: (message: EventMessage) => sign('sha256', signedBytes(message), privateKey).toString('base64'),
    };
  }) as [Pair, Pair, Pair];
  interface Pair {
    readonly key: EventKey;
    sign(message: EventMessage): string;
  }

  const run = (messages: readonly EventMessage[]) => {
    const [law, events] = [join(folder, 'law.json'), join(folder, 'events.json')];
    writeFileSync(law, JSON.stringify({ law: { eventKeys: [a.key, b.key] } }));
    const pulled = messages.map(({ data, attributes }) => ({
      ackId: 'x',
      message: { attributes, data: Buffer.from(data).toString('base64'), messageId: '1' },
    }));
    writeFileSync(events, JSON.stringify(pulled));
    const { status, stdout, stderr } = spawnSync('python3', [SCRIPT, law, events], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return {
      status,
      found: stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    };
  };

  test('the commands by hand in docs/formats.md take the fixed vector, and nothing that was changed', () => {
    const page = readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8');
    const [, commands = ''] = /```sh\n(part\(\) \{[^`]+)```/.exec(page) ?? [];
    const { publicKey = '', signature = '' } = vector.keys.a ?? {};
    const pem = `-----BEGIN PUBLIC KEY-----\n${publicKey.replaceAll(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----\n`;
    writeFileSync(join(folder, 'key.pem'), pem);
    writeFileSync(join(folder, 'data'), Buffer.from(vector.data, 'base64'));
    const named = (name: string): string => vector.attributes[name] ?? '';
    const by = (over: Record<string, string>) =>
      spawnSync('sh', ['-c', commands], {
        cwd: folder,
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH ?? '',
          ce_id: named('ce-id'),
          ce_type: named('ce-type'),
          ce_source: named('ce-source'),
          ce_time: named('ce-time'),
          keyturn_signature: signature,
          ...over,
        },
      });
    expect(by({})).toMatchObject({ status: 0, stdout: 'Verified OK\n' });
    expect(by({ ce_time: '2026-11-22T00:00:01Z' }).status).toBe(1);
  });

  test('threat 100: finds what we find: of each event, signed, changed in each part, by either key, and by another', () => {
    const by = (pair: Pair, message: EventMessage, over: Record<string, string> = {}) => ({
      data: message.data,
      attributes: {
        ...message.attributes,
        'keyturn-signature': pair.sign(message),
        'keyturn-signature-key': pair.key.name,
        ...over,
      },
    });
    const all = ANNOUNCEMENTS.map((one) => messageOf(one, COMMITTED));
    const [first, second] = all;
    if (first === undefined || second === undefined) throw new Error('no announcements');
    const cases: [EventMessage, string][] = [
      ...all.map((message): [EventMessage, string] => [by(a, message), 'valid']),
      [by(b, first), 'valid'],
      [first, 'absent'],
      [by(retired, first), 'unknown-key'],
      [by(a, first, { 'keyturn-signature-key': 'b' }), 'invalid'],
      ...['ce-id', 'ce-type', 'ce-source', 'ce-time'].map((name): [EventMessage, string] => [
        by(a, first, { [name]: `${first.attributes[name]} ` }),
        'invalid',
      ]),
      [{ ...by(a, first), data: second.data }, 'invalid'],
      [by(a, first, { 'keyturn-signature': 'AAAA' }), 'invalid'],
      [by(a, first, { 'keyturn-signature': '%' }), 'invalid'],
    ];
    const { status, found } = run(cases.map(([message]) => message));
    expect(found).toEqual(cases.map(([, expected]) => expected));
    expect(cases.map(([message]) => signedBy([a.key, b.key], message))).toEqual(found);
    expect(status).toBe(1);
    expect(run([by(a, first)]).status).toBe(0);
  });
});
