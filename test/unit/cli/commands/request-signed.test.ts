import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encryptKeystoreJson, SigningKey, Wallet } from 'ethers';
import { afterAll, describe, expect, test } from 'vitest';
import { type RequestOptions, run } from '#cli/commands/request.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';
import { BOB, type CliHarness, type CliHarnessOptions, idOf, requestOf, stageOf } from '#test/support/cli/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-signed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = `0x${'5'.repeat(64)}`;
const { address } = new Wallet(KEY);
const STRANGER = new SigningKey(`0x${'6'.repeat(64)}`);
const PASSWORD = 'grün 1';
const ASKED = requestOf({ requester: address });

const sign = (request: TransactionRequest, key = new SigningKey(KEY)) => key.sign(`0x${idOf(request)}`).serialized;
const write = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const file = write('request.json', JSON.stringify(ASKED));
const dapp = (options: CliHarnessOptions = {}): CliHarness => stageOf({ me: 'dapp', ...options });

const scrypt = { N: 1024, r: 8, p: 1 };
const keystoreText = await encryptKeystoreJson({ address, privateKey: KEY }, PASSWORD, { scrypt });
const keystore = write('key.json', keystoreText);

/** A named pipe, whose size nobody knows. */
const piped = (text: string): string => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  // Whoever reads may leave before the end.
  writeFile(path, text).catch(() => {});
  return path;
};

const published = ({ published: all }: CliHarness) => all.map(({ text }) => parseRequest(JSON.parse(text)));
const ask = (stage: CliHarness, options: RequestOptions) => run(stage.session, { wait: false, ...options });

describe('--print', () => {
  const printed = async (options: RequestOptions = { file }) => {
    const stage = dapp();
    expect(await ask(stage, { ...options, print: true })).toBe(0);
    return { text: stage.stdout.text, ...JSON.parse(stage.stdout.text) };
  };

  test('gives id, request and typed data, and publishes nothing', async () => {
    const { id, request, typedData } = await printed();
    expect({ id, request }).toEqual({ id: idOf(ASKED), request: ASKED });
    expect(typedData).toMatchObject({ primaryType: 'Request', domain: { chainId: 31337 } });
    expect(Object.keys(typedData.types)).toEqual(['EIP712Domain', 'Request']);
  });

  test('is read back by --file, with a signature over its id', async () => {
    const { text } = await printed();
    const stage = dapp();
    const signature = sign(ASKED);
    expect(await ask(stage, { file: write('printed.json', text), signature })).toBe(0);
    expect(published(stage)).toEqual([{ ...ASKED, requesterSignature: signature }]);
  });

  test('prints what was signed by --sign-with, to be published later', async () => {
    const stage = dapp({ answer: PASSWORD });
    expect(await ask(stage, { file, print: true, signWith: keystore })).toBe(0);
    const again = dapp({ stdin: new TextEncoder().encode(stage.stdout.text) });
    expect(await ask(again, { file: '-' })).toBe(0);
    expect(published(again)).toEqual([{ ...ASKED, requesterSignature: sign(ASKED) }]);
  });

  // Whoever hands such a file on hopes that its typed data are signed unread.
  test.each<[string, (text: string) => string, string]>([
    ['another id', (text) => text.replace(idOf(ASKED), 'a'.repeat(64)), 'ID_MISMATCH'],
    ['typed data of another request', (text) => text.replace(/(?<="message": [\s\S]*"value": ")5/, '6'), 'ID_MISMATCH'],
    ['another request', (text) => text.replace('"value": "5', '"value": "6'), 'ID_MISMATCH'],
    ['a member too many', (text) => text.replace('{', '{"more":1,'), 'MALFORMED'],
    ['a name twice', (text) => text.replace('"request": {', '"request": {"to":"","value":"1",'), 'MALFORMED'],
    ['a field too few', (text) => text.replace(/"memo": "",/, ''), 'MISSING_FIELD'],
  ])('threat 27: with %s what was printed is refused', async (_, change, code) => {
    const { text } = await printed();
    const changed = change(text);
    expect(changed).not.toBe(text);
    const stage = dapp({ stdin: new TextEncoder().encode(changed) });
    await expect(ask(stage, { file: '-', signature: sign(ASKED) })).rejects.toMatchObject({ code });
    expect(stage.published).toEqual([]);
  });
});

describe('--signature', () => {
  test.each<[string, RequestOptions, string, RegExp]>([
    [
      'by another key',
      { file, signature: sign(ASKED, STRANGER) },
      'BAD_SIGNATURE',
      /was made by 0x[0-9a-fA-F]{40}, not by requester/,
    ],
    [
      'of another request',
      { file, signature: sign(requestOf({ requester: address, value: '1' })) },
      'BAD_SIGNATURE',
      /was made by/,
    ],
    [
      'spelled otherwise',
      { file, signature: sign(ASKED).toUpperCase().replace('0X', '0x') },
      'USAGE',
      /upper-case.*rightly/,
    ],
    ['without the file', { to: BOB, signature: sign(ASKED) }, 'USAGE', /Give that one with --file/],
    ['beside --sign-with', { file, signature: sign(ASKED), signWith: keystore }, 'USAGE', /give one of them/],
    [
      'of a name',
      { file: write('named.json', JSON.stringify(requestOf())), signature: sign(ASKED) },
      'USAGE',
      /dapp is no address/,
    ],
    [
      'of what is signed already',
      {
        file: write('signed.json', JSON.stringify({ ...ASKED, requesterSignature: sign(ASKED) })),
        signature: sign(ASKED),
      },
      'USAGE',
      /is signed already/,
    ],
  ])('%s is refused before anything is published', async (_, options, code, words) => {
    const stage = dapp();
    await expect(ask(stage, options)).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
    expect(stage.published).toEqual([]);
  });

  test('names the address that made it', async () => {
    const made = sign(ASKED, STRANGER);
    const by = new Wallet(STRANGER).address;
    await expect(ask(dapp(), { file, signature: made })).rejects.toThrow(
      `was made by ${by}, not by requester ${address}`,
    );
  });
});

describe('--sign-with a keystore', () => {
  test('asks for the password unseen, signs, and asks in the name of its address', async () => {
    const stage = dapp({ answer: PASSWORD });
    expect(await ask(stage, { to: BOB, value: '0.5 ether', reference: 'invoice-1', signWith: keystore })).toBe(0);
    const [request] = published(stage);
    expect(request?.requester).toBe(address);
    expect(request?.requesterSignature).toBe(sign(parseRequest({ ...request, requesterSignature: '' })));
    expect(stage.asked).toEqual([`Password of ${keystore}: `]);
    expect(stage.hidden).toEqual(stage.asked);
    for (const said of [stage.stdout.text, stage.stderr.text]) expect(said).not.toContain(PASSWORD);
  });

  test.each([
    ['a line', `${PASSWORD}\n`],
    ['a line of Windows', `${PASSWORD}\r\n`],
    ['no line', PASSWORD],
  ])('takes the password from a file of %s', async (_, text) => {
    const stage = dapp();
    const passwordFile = write('password', text);
    expect(await ask(stage, { file, signWith: keystore, passwordFile })).toBe(0);
    expect(published(stage)[0]?.requesterSignature).toBe(sign(ASKED));
  });

  test('takes the file of geth, whose member is "crypto", and one without an address', async () => {
    const { address: _, ...rest } = JSON.parse(keystoreText);
    const text = JSON.stringify(rest).replace('"Crypto"', '"crypto"');
    const stage = dapp({ answer: PASSWORD });
    expect(await ask(stage, { file, signWith: write('geth.json', text) })).toBe(0);
    expect(published(stage)[0]?.requesterSignature).toBe(sign(ASKED));
  });

  test.each<[string, () => RequestOptions & { readonly answer?: string }, string, RegExp]>([
    ['a wrong password', () => ({ signWith: keystore, answer: 'guess' }), 'USAGE', /this password does not open/],
    ['nobody to ask', () => ({ signWith: keystore }), 'USAGE', /give --password-file/],
    [
      'a password that others may read',
      () => ({ signWith: keystore, passwordFile: write('open', PASSWORD, 0o644) }),
      'USAGE',
      /others on this machine may read/,
    ],
    ['no such file', () => ({ signWith: join(folder, 'none') }), 'NOT_FOUND', /cannot be read/],
    ['no keystore', () => ({ signWith: file }), 'USAGE', /is no keystore file of version 3/],
    [
      'a pipe without an end',
      () => ({ signWith: piped(`${keystoreText}${' '.repeat(20_000)}`) }),
      'USAGE',
      /is no keystore/,
    ],
    ['no JSON', () => ({ signWith: write('text', 'key') }), 'USAGE', /is no keystore file/],
    [
      'one that asks for more memory than any tool',
      () => ({ signWith: write('greedy.json', keystoreText.replace('1024', '1073741824')) }),
      'USAGE',
      /is no keystore file/,
    ],
    ['a large file', () => ({ signWith: write('large', ' '.repeat(20_000)) }), 'USAGE', /is no keystore file/],
    [
      'a password for a url',
      () => ({ signWith: 'https://signer', passwordFile: 'x' }),
      'USAGE',
      /is that of a keystore/,
    ],
    ['a password alone', () => ({ passwordFile: 'x' }), 'USAGE', /is that of a keystore/],
  ])('%s is refused, and nothing is published', async (_, options, code, words) => {
    const { answer, ...given } = options();
    const stage = dapp({ answer });
    const failed = ask(stage, { file, ...given });
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
    await expect(failed).rejects.not.toThrow(PASSWORD);
    expect(stage.published).toEqual([]);
  });

  test('one of another address is told before a password is asked', async () => {
    const stage = dapp({ answer: PASSWORD });
    const other = write('other.json', JSON.stringify(requestOf({ requester: new Wallet(STRANGER).address })));
    await expect(ask(stage, { file: other, signWith: keystore })).rejects.toThrow(`holds the key of ${address}`);
    expect(stage.asked).toEqual([]);
  });

  test('what the law refuses is told before a password is asked', async () => {
    const stage = dapp({ answer: PASSWORD });
    const dear = { to: BOB, value: '11 ether', signWith: keystore };
    await expect(ask(stage, dear)).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    expect(stage.asked).toEqual([]);
  });

  test('a file that names another address in clear than its key has is found out', async () => {
    const claimed = new Wallet(STRANGER).address;
    const lying = keystoreText.replace(address.slice(2).toLowerCase(), claimed.slice(2).toLowerCase());
    const stage = dapp({ answer: PASSWORD });
    const given = { to: BOB, value: '1', signWith: write('lying.json', lying) };
    // ethers compares the two when it opens the file.
    await expect(ask(stage, given)).rejects.toMatchObject({ code: 'USAGE' });
    expect(stage.published).toEqual([]);
  });
});

describe('--sign-with a url', () => {
  const signing = (answer: (payload: string) => string) => {
    const asked: string[][] = [];
    const signTypedData = async (...args: [string, string, string]) => {
      asked.push(args);
      return answer(args[2]);
    };
    return { asked, stage: dapp({ ports: { signTypedData } }) };
  };

  test.each(['https://signer.example/key', 'http://127.0.0.1:8545/', 'http://localhost:8545/', 'http://[::1]:8545/'])(
    '%s: its account is asked for the whole typed data',
    async (url) => {
      const { asked, stage } = signing(() => sign(ASKED));
      expect(await ask(stage, { file, signWith: url })).toBe(0);
      expect(asked).toEqual([[url, address, expect.stringContaining('"primaryType":"Request"')]]);
      expect(published(stage)[0]?.requesterSignature).toBe(sign(ASKED));
    },
  );

  test('v as 0 or 1, as devices write it, is put right', async () => {
    const last = sign(ASKED).endsWith('1b') ? '00' : '01';
    const { stage } = signing(() => `${sign(ASKED).slice(0, -2)}${last}`);
    expect(await ask(stage, { file, signWith: 'https://signer' })).toBe(0);
    expect(published(stage)[0]?.requesterSignature).toBe(sign(ASKED));
  });

  test('the signature of another account is refused', async () => {
    const { stage } = signing(() => sign(ASKED, STRANGER));
    await expect(ask(stage, { file, signWith: 'https://signer' })).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    expect(stage.published).toEqual([]);
  });

  test.each([
    ['http://signer.example', /https, or http to this machine/],
    ['http://127.0.0.1.example', /https, or http to this machine/],
    ['https://me:secret@signer.example', /must hold no password/],
    ['https://', /is no url/],
  ])('%s is refused', async (signWith, words) => {
    const { asked, stage } = signing(() => sign(ASKED));
    await expect(ask(stage, { file, signWith })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(words),
    });
    expect(asked).toEqual([]);
  });

  test('the account must be named', async () => {
    const { stage } = signing(() => sign(ASKED));
    await expect(ask(stage, { to: BOB, value: '1', signWith: 'https://signer' })).rejects.toThrow(
      'the requester dapp is no address, so nobody can sign for it. Name the account: --requester 0x…',
    );
  });
});
