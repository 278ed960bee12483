import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { TypedDataEncoder } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, type VerifyOptions } from '#cli/commands/verify.ts';
import { wordsOf } from '#cli/request/code-words.ts';
import { parseLaw } from '#schemas/config.ts';
import { digestOf } from '#schemas/digest.ts';
import { configOf, lawJson, requestOf, stageOf, WALLET_ADDRESS } from '#test/support/cli/people.ts';

const REQUEST = requestOf();
const CALL = requestOf({ gasLimit: '100000', data: `0xa9059cbb${'0'.repeat(128)}` });
const LAW = lawJson();
const { lawHash } = parseLaw(LAW);
const ID = digestOf(REQUEST, WALLET_ADDRESS, 'lab-register');
const STORED = { id: ID, walletAddress: WALLET_ADDRESS, lawHash, request: REQUEST };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-verify-'));
  const file = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  file('request.json', REQUEST);
  file('call.json', CALL);
  file('stored.json', STORED);
  file('law.json', LAW);
  file('keyturn.json', { law: LAW, operations: JSON.parse(JSON.stringify(configOf().operations)) });
  file('other-id.json', { ...STORED, id: 'b'.repeat(64) });
  file('other-address.json', { ...STORED, walletAddress: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' });
  file('old-law.json', { ...STORED, lawHash: 'c'.repeat(64) });
  file('unknown-wallet.json', { ...REQUEST, wallet: 'nobodys' });
  file('denied.json', { ...REQUEST, value: '11000000000000000000' });
  file('little-gas.json', { ...REQUEST, gasLimit: '20999' });
  file('late.json', { ...REQUEST, validUntil: '2020-01-01T00:00:00Z' });
  file('not-signed.json', { ...REQUEST, requester: WALLET_ADDRESS, requesterSignature: `0x${'11'.repeat(64)}1b` });
  file('no-law.json', { ...LAW, wallets: [] });
  writeFileSync(join(folder, 'twice.json'), JSON.stringify(REQUEST).replace('{', '{"value":"1",'));
  writeFileSync(join(folder, 'law-twice.json'), JSON.stringify(LAW).replace('{', '{"name":"other",'));
  writeFileSync(join(folder, 'text.json'), 'request');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const verify = async (file: string, options: VerifyOptions & { config?: string } = { law: 'law.json' }) => {
  const { session, stdout } = stageOf({ json: true });
  const code = await run({ out: session.out, clock: session.clock, folder }, file, options);
  return { code, json: JSON.parse(stdout.text) };
};
const inWords = async (file: string) => {
  const { session, stdout } = stageOf({ json: false });
  await run({ out: session.out, clock: session.clock, folder }, file, { law: 'law.json' });
  return stdout.text;
};

/** Two people must mean one request, and must be told of a file that claims another one (threat 74). */
describe('verify', () => {
  test('computes all from two files', async () => {
    const { code, json } = await verify('request.json');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      ok: true,
      id: ID,
      words: wordsOf(ID),
      lawHash,
      signer: 'claimed',
      problem: null,
      today: null,
    });
    expect(json.policy).toMatchObject({ kind: 'allowed', rule: 'any' });
  });

  test('the digests are those of ERC-8213, and the typed data is what a wallet signs', async () => {
    const { json } = await verify('call.json');
    const data = hexToBytes(CALL.data.slice(2));
    const length = hexToBytes(data.length.toString(16).padStart(64, '0'));
    expect(json.digests.calldata).toBe(`0x${bytesToHex(keccak_256(concatBytes(length, data)))}`);
    const { domain, message } = json.digests;
    const signed = concatBytes(Uint8Array.of(0x19, 1), hexToBytes(domain.slice(2)), hexToBytes(message.slice(2)));
    const id = digestOf(CALL, WALLET_ADDRESS, 'lab-register');
    expect(bytesToHex(keccak_256(signed))).toBe(id);
    const { EIP712Domain: _, ...types } = json.typedData.types;
    expect(TypedDataEncoder.hash(json.typedData.domain, types, json.typedData.message)).toBe(`0x${id}`);
    expect(json.typedData.primaryType).toBe('Request');
  });

  test.each([
    ['request.json', { law: 'keyturn.json' }],
    ['request.json', { config: 'keyturn.json' }],
    ['stored.json', { law: 'law.json' }],
  ])('%s with %j is the same', async (file, options) => {
    expect((await verify(file, options)).json).toEqual((await verify('request.json')).json);
  });

  test.each([
    ['other-id.json', 'stored under the id bbbb'],
    ['other-address.json', 'stored for the address 0x5aAeb'],
  ])('%s: a stored file that claims something else must not be approved', async (file, words) => {
    const { code, json } = await verify(file);
    expect([code, json.ok]).toEqual([1, false]);
    expect(json.mismatch).toContain(`DO NOT APPROVE: it is ${words}`);
    expect(await inWords(file)).toContain('DO NOT APPROVE');
  });

  test('accepted under another law: said, and no fault of the request', async () => {
    const { code, json } = await verify('old-law.json');
    expect(code).toBe(0);
    expect(json.warnings).toContain('it was accepted under another law than the one on this machine');
  });

  test('what the law denies has exit code 1', async () => {
    const { code, json } = await verify('denied.json');
    expect([code, json.policy.kind]).toEqual([1, 'denied']);
  });

  test('what no node would take has exit code 1, and is said', async () => {
    const { code, json } = await verify('little-gas.json');
    expect([code, json.problem]).toMatchObject([1, { code: 'BAD_FIELD', field: 'gasLimit' }]);
    expect(await inWords('little-gas.json')).toContain('REFUSED: gasLimit');
  });

  test('a signature of somebody else has exit code 1', async () => {
    const { code, json } = await verify('not-signed.json');
    expect([code, json.signer]).toEqual([1, 'wrong']);
  });

  test('an old request can be checked for ever; that it is late is said', async () => {
    const { code, json } = await verify('late.json');
    expect([code, json.problem, json.today]).toMatchObject([0, null, { code: 'EXPIRED', field: 'validUntil' }]);
    expect(await inWords('late.json')).toContain('not now: validUntil lies in the past');
  });

  test.each([
    ['twice.json', 'law.json', 'MALFORMED'],
    ['text.json', 'law.json', 'MALFORMED'],
    ['law.json', 'law.json', 'UNKNOWN_FIELD'],
    ['unknown-wallet.json', 'law.json', 'UNKNOWN_WALLET'],
    ['gone.json', 'law.json', 'NOT_FOUND'],
    ['request.json', 'law-twice.json', 'MALFORMED'],
    ['request.json', 'no-law.json', 'CONFIG'],
    ['request.json', 'gone.json', 'NOT_FOUND'],
  ])('%s with %s is refused: %s', async (file, law, code) => {
    await expect(verify(file, { law })).rejects.toMatchObject({ code });
  });

  test('says to people what co-signers see, the words first', async () => {
    const text = await inWords('request.json');
    for (const words of [
      ID,
      wordsOf(ID).split(' ').slice(0, 6).join(' '),
      'compare them by phone',
      lawHash,
      'allowed by',
    ])
      expect(text).toContain(words);
    // Nobody has answered here, and nothing has happened: no row speaks of it.
    expect(text).not.toMatch(/^ {2}(stage|approvals) /m);
    expect(text.split('\n').filter((line) => line.includes(ID))).toHaveLength(1);
  });
});
