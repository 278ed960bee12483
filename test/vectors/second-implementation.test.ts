import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getAddress, wordlists } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wordsOf } from '#cli/request/code-words.ts';
import { digestOf, requestDigests } from '#schemas/digest.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';
import { PLAIN_REQUEST } from '#test/support/law.ts';
import fc from '#test/support/properties.ts';

const SCRIPT = fileURLToPath(new URL('../../docs/verify/verify.py', import.meta.url));
const WORDS = fileURLToPath(new URL('../../docs/verify/words.txt', import.meta.url));
const source = readFileSync(SCRIPT, 'utf8');

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: the second implementation of id, digests and words (python3 is not installed)');

const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }).map(String);
const hex = (most: number) => fc.uint8Array({ maxLength: most }).map((bytes) => Buffer.from(bytes).toString('hex'));
const hexOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('hex'));
const address = hexOf(20).map((digits) => getAddress(`0x${digits}`));
const token = fc.string({
  unit: fc.constantFrom(...'abcXYZ019._:@-'),
  minLength: 1,
  maxLength: 128,
});
/** Any text that a memo may hold: of every plane, and none of what could draw. */
const memo = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .filter((text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text));
const time = fc
  .integer({ min: 0, max: 4_102_444_800 })
  .map((seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`);

const WALLETS = ['hot', 'a', 'treasury-2'] as const;
const given = fc
  .record({
    wallet: fc.constantFrom(...WALLETS),
    chainId: uint(64),
    to: fc.option(address, { nil: '' }),
    value: uint(256),
    data: hex(300),
    gasLimit: uint(64),
    maxFeePerGas: uint(256),
    nonce: uint(64),
    replaces: fc.oneof(fc.constantFrom('', 'foreign'), hexOf(32)),
    validUntil: time,
    reference: token,
    memo,
    requester: token,
    requesterSignature: fc.option(
      hexOf(65).map((digits) => `0x${digits}`),
      { nil: '' },
    ),
    storageKeys: fc.array(
      hexOf(32).map((digits) => `0x${digits}`),
      { maxLength: 2 },
    ),
    listed: fc.option(address, { nil: undefined }),
    type: fc.constantFrom('0', '1', '2'),
  })
  .map(({ storageKeys, listed, data, ...fields }): TransactionRequest => {
    const list = listed === undefined ? '' : JSON.stringify([{ address: listed, storageKeys }]);
    return parseRequest({
      ...PLAIN_REQUEST,
      ...fields,
      data: fields.to === '' ? `0x60${data}` : `0x${data}`,
      accessList: fields.type === '0' ? '' : list,
      maxPriorityFeePerGas: fields.type === '2' ? fields.maxFeePerGas : '',
    });
  });

describe('docs/verify/verify.py computes the same as the product, from the page alone', () => {
  const law = {
    name: 'pay-2',
    wallets: WALLETS.map((name, n) => ({ name, address: getAddress(`0x${String(n + 1).repeat(40)}`) })),
  };
  const addressOf = ({ wallet }: TransactionRequest) => law.wallets.find(({ name }) => name === wallet)?.address ?? '';
  let folder = '';
  const file = (name: string, value: unknown): string => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  };
  const run = (...args: readonly string[]) => spawnSync('python3', ['-B', SCRIPT, ...args], { encoding: 'utf8' });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyturn-verify-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const expected = (request: TransactionRequest): readonly string[] => {
    const id = digestOf(request, addressOf(request), 'pay-2-register');
    const { domain, message, calldata } = requestDigests(request, addressOf(request), 'pay-2-register');
    return [
      `id       ${id}`,
      `domain   ${domain}`,
      `message  ${message}`,
      `calldata ${calldata}`,
      `words    ${wordsOf(id)}`,
    ];
  };

  test.skipIf(!hasPython)(
    '1,000 requests: id, digests and words',
    () => {
      const requests = fc.sample(given, 1000);
      const files = requests.map((request, n) => file(`${n}.json`, request));
      const { stdout, stderr, status } = run(file('law.json', law), ...files);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout.trimEnd().split('\n')).toEqual(requests.flatMap(expected));
      expect(new Set(requests.map((request) => request.type))).toEqual(new Set(['0', '1', '2']));
    },
    180_000,
  );

  test.skipIf(!hasPython)('a stored request under another id is told, with exit code 1', () => {
    const request = parseRequest({ ...PLAIN_REQUEST, wallet: 'hot' });
    const id = digestOf(request, addressOf(request), 'pay-2-register');
    const lawFile = file('keyturn.json', { law, operations: {} });
    const good = run(lawFile, file('good.json', { id, walletAddress: '', lawHash: '', request }));
    expect([good.status, good.stdout.split('\n')[0]]).toEqual([0, `id       ${id}`]);
    const bad = run(lawFile, file('bad.json', { id: 'b'.repeat(64), walletAddress: '', lawHash: '', request }));
    expect([bad.status, bad.stdout.includes('DO NOT APPROVE')]).toEqual([1, true]);
  });

  test.skipIf(!hasPython)('a name that stands twice, and a field too many, are refused', () => {
    const request = parseRequest({ ...PLAIN_REQUEST, wallet: 'hot' });
    const twice = join(folder, 'twice.json');
    writeFileSync(twice, JSON.stringify(request).replace('{', '{"value":"1",'));
    for (const path of [twice, file('more.json', { ...request, more: '' })]) {
      const { status, stdout } = run(file('law.json', law), path);
      expect([status, stdout]).toEqual([1, '']);
    }
  });

  test('it is short, and takes nothing but what Python brings', () => {
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
    const imports = [...source.matchAll(/^\s*(?:import|from) (\w+)/gm)].map(([, name]) => name);
    expect(imports).toEqual(['functools', 'hashlib', 'json', 'pathlib', 'sys']);
  });
});

describe('the twelve words', () => {
  // https://github.com/trezor/python-mnemonic/blob/master/vectors.json, 128 bits
  test.each([
    ['00', `${'abandon '.repeat(11)}about`],
    ['7f', 'legal winner thank year wave sausage worth useful legal winner thank yellow'],
    ['80', 'letter advice cage absurd amount doctor acoustic avoid letter advice cage above'],
    ['ff', `${'zoo '.repeat(11)}wrong`],
  ])('of an id of %s alone are those of BIP-39', (byte, words) => {
    expect(wordsOf(byte.repeat(32))).toBe(words);
  });

  test('come from the first 128 bits', () => {
    expect(wordsOf(`${'0'.repeat(31)}1${'f'.repeat(32)}`)).not.toBe(wordsOf('0'.repeat(64)));
    expect(wordsOf(`${'0'.repeat(32)}${'f'.repeat(32)}`)).toBe(wordsOf('0'.repeat(64)));
  });

  test('are those of the English list, which the script carries beside it', () => {
    const text = readFileSync(WORDS, 'utf8');
    const list = wordlists.en;
    expect(text.trimEnd().split('\n')).toEqual(Array.from({ length: 2048 }, (_, n) => list?.getWord(n)));
    // sha256 of english.txt of https://github.com/bitcoin/bips/tree/master/bip-0039
    expect(createHash('sha256').update(text).digest('hex')).toBe(
      '2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda',
    );
  });
});
