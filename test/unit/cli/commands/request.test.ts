import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Estimate } from '#adapters/chain/hints.ts';
import { type RequestOptions, run } from '#cli/commands/request.ts';
import { draftOf } from '#cli/request/draft.ts';
import type { TipHints } from '#core/transaction/suggest-fees.ts';
import { sha256Hex } from '#schemas/canonical.ts';

import { KeyturnError } from '#schemas/codes.ts';
import { refusalObject, requestObject } from '#schemas/names.ts';
import { parseRequest } from '#schemas/request.ts';
import { parseRequestBytes } from '#schemas/request-bytes.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  idOf,
  lawJson,
  NOW,
  requestOf,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';
import { denying } from '#test/support/memory-storage.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dapp = (options: CliHarnessOptions = {}): CliHarness => stageOf({ me: 'dapp', ...options });
const usual: RequestOptions = { to: BOB, value: '0.5 ether', reference: 'invoice-1' };
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Intake accepts whatever was published, as soon as somebody waits for it. */
const accepting = (stage: CliHarness): CliHarness => {
  stage.clock.meanwhile = () => {
    const message = stage.published.at(-1);
    if (message === undefined) return;
    const request = parseRequestBytes(bytesOf(message.text));
    const id = idOf(request);
    const lawHash = stage.session.deployment.config.lawHash;
    stage.storage.put('lab-results', requestObject(id), { id, walletAddress: WALLET_ADDRESS, lawHash, request });
  };
  return stage;
};

const refusal = (stage: CliHarness, text: string, reason: string) => {
  const { lawHash } = stage.session.deployment.config;
  const dataHash = sha256Hex(bytesOf(text));
  return stage.storage.put('lab-results', refusalObject(dataHash, lawHash), {
    dataHash,
    lawHash,
    code: 'REFERENCE_USED',
    field: 'reference',
    reason,
    messageId: '1',
    reference: 'invoice-1',
    requester: 'dapp',
    wallet: 'treasury',
    existingId: 'f'.repeat(64),
  });
};

describe('a bad request is refused here, before anything is published', () => {
  test.each<[string, RequestOptions, string, string]>([
    ['no destination', {}, 'USAGE', 'to'],
    ['an address without checksum', { to: BOB.toLowerCase() }, 'USAGE', 'to'],
    ['a negative amount', { to: BOB, value: '-1 ether' }, 'USAGE', '--value'],
    ['a float', { to: BOB, value: '0.5' }, 'USAGE', '--value'],
    ['an unknown wallet', { to: BOB, wallet: 'petty' }, 'USAGE', 'wallet'],
    ['an unknown chain', { to: BOB, chain: '1' }, 'USAGE', 'chainId'],
    ['too much', { to: BOB, value: '10.000000000000000001 ether' }, 'POLICY_DENIED', 'value'],
    ['valid for too long', { to: BOB, validFor: '2d' }, 'VALIDITY_TOO_LONG', 'validUntil'],
    ['no duration', { to: BOB, validFor: 'long' }, 'USAGE', '--valid-for'],
    ['too little gas', { to: BOB, gasLimit: '20999' }, 'USAGE', 'gasLimit'],
    [
      'a tip above the ceiling',
      { to: BOB, maxFee: '1 gwei', maxPriorityFee: '2 gwei' },
      'USAGE',
      'maxPriorityFeePerGas',
    ],
    ['replaces without a nonce', { to: BOB, replaces: 'a'.repeat(64) }, 'USAGE', 'nonce'],
    ['data of half a byte', { to: BOB, data: '0xABC' }, 'USAGE', 'data'],
    ['a drawing memo', { to: BOB, memo: '\u001b[2J' }, 'USAGE', 'memo'],
    ['a reference with spaces', { to: BOB, reference: 'a b' }, 'USAGE', 'reference'],
    ['a negative timeout', { to: BOB, timeout: '-1' }, 'USAGE', '--timeout'],
    ['a creation without code', { to: '' }, 'USAGE', 'data'],
  ])('%s', async (_, options, code, field) => {
    const stage = dapp({ estimate: 53_000n });
    await expect(run(stage.session, options)).rejects.toMatchObject({ code, field });
    expect(stage.published).toEqual([]);
    expect(stage.stdout.text).toBe('');
  });

  const mistyped = `0x${[...BOB.slice(2)].map((digit) => (/[a-f]/.test(digit) ? digit.toUpperCase() : digit.toLowerCase())).join('')}`;
  test.each<[string, RequestOptions, string]>([
    [
      'lower case is told with its checksum',
      { to: BOB.toLowerCase() },
      `--to: has no checksum. With its checksum it is ${BOB}: compare it, then use that`,
    ],
    ['a wrong checksum may be a mistyped digit', { to: mistyped }, '--to: its checksum is wrong. Is a digit mistyped?'],
    ['what is no address', { to: '0x12' }, '--to: must be 0x and 40 hex'],
    ['a chain of another wallet', { to: BOB, chain: '1' }, '--chain: wallet treasury has no chain 1, only 31337'],
    [
      'a tip of type 0',
      { to: BOB, type: '0', maxPriorityFee: '1 gwei' },
      '--max-priority-fee: type 0 has no tip. Leave it out',
    ],
    ['a type that is none', { to: BOB, type: '9' }, '--type: must be'],
    ['half a byte', { to: BOB, data: '0xABC' }, '--data: must be 0x and an even number of hex digits'],
    ['a reference with spaces', { to: BOB, reference: 'a b' }, '--reference: must'],
    ['too little gas', { to: BOB, gasLimit: '20999' }, '--gas-limit: is below'],
    ['more gas than a transaction may have', { to: BOB, gasLimit: '30000000' }, '--gas-limit: is above 16777216'],
  ])('and its message names the option: %s', async (_, options, message) => {
    const stage = dapp({ estimate: 53_000n });
    await expect(run(stage.session, options)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message),
    });
  });

  test('a file that lacks fields is told of all of them at once', async () => {
    const file = join(folder, 'short.json');
    writeFileSync(file, JSON.stringify({ to: BOB, value: '1' }));
    await expect(run(dapp().session, { file })).rejects.toMatchObject({
      code: 'MISSING_FIELD',
      field: 'wallet',
      message: expect.stringMatching(/^the request lacks wallet, chainId, type, data, .*requesterSignature\. To print/),
    });
  });

  test('in the cloud the requester must be named', async () => {
    const stage = stageOf({ me: undefined, lab: undefined });
    await expect(run(stage.session, usual)).rejects.toMatchObject({ code: 'USAGE', field: 'requester' });
  });

  test('without a base fee the ceiling must be named', async () => {
    const stage = dapp();
    stage.chain.baseFee = undefined;
    await expect(run(stage.session, usual)).rejects.toMatchObject({ code: 'USAGE', field: 'maxFeePerGas' });
  });

  test('a call that cannot be estimated needs a gas limit', async () => {
    const stage = dapp({ estimate: { kind: 'reverts', reason: 'without a reason' } });
    await expect(run(stage.session, { ...usual, data: '0x12345678' })).rejects.toMatchObject({
      code: 'USAGE',
      field: 'gasLimit',
    });
  });
});

describe('what is not given is filled in', () => {
  test('what an address asks is printed to be signed, and published only when it is', async () => {
    const stage = dapp();
    const asked = { to: BOB, value: '1', requester: `0x${'1'.repeat(40)}` };
    await expect(run(stage.session, asked)).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    expect(await run(stage.session, { ...asked, print: true })).toBe(0);
    expect(JSON.parse(stage.stdout.text).request).toMatchObject({ requester: asked.requester, requesterSignature: '' });
    expect(stage.stderr.text).toContain('not signed yet: requester 0x1111');
    expect(stage.published).toEqual([]);
  });

  test('in a lab a co-signer asks as the dApp: that name nobody may ask by', async () => {
    const stage = stageOf({ me: 'alice' });
    expect(await run(stage.session, { to: BOB, value: '20 gwei', print: true })).toBe(0);
    expect(JSON.parse(stage.stdout.text).request).toMatchObject({ requester: 'dapp' });
  });

  const printed = async (options: RequestOptions, stage = dapp()) => {
    expect(await run(stage.session, { ...options, print: true })).toBe(0);
    expect(stage.published).toEqual([]);
    return parseRequest(JSON.parse(stage.stdout.text).request);
  };

  test('data in the one spelling that a request has', async () => {
    const { data } = await draftOf(dapp().session, { to: BOB, data: '0xABCDEF12', gasLimit: '90000' });
    expect(data).toBe('0xabcdef12');
  });

  test('wallet, chain, fees, gas, time, reference, requester', async () => {
    expect(await printed({ to: BOB, value: '20 gwei' })).toEqual(
      requestOf({
        value: '20000000000',
        maxFeePerGas: '21000000000',
        maxPriorityFeePerGas: '1000000000',
        validUntil: '2026-03-01T13:00:00Z',
        reference: '00000000-0000-4000-8000-000000000000',
      }),
    );
  });

  test('a call gets a quarter more gas than estimated', async () => {
    // multicall of nothing
    const call = { to: BOB, data: `0xac9650d8${'0'.repeat(62)}20${'0'.repeat(64)}` };
    expect((await printed(call, dapp({ estimate: 100_000n }))).gasLimit).toBe('125000');
  });

  test.each<[string, Estimate, RegExp]>([
    ['cannot estimate', { kind: 'unknown', reason: 'CHAIN_UNREACHABLE: no answer' }, /could not estimate it/],
    ['says would fail', { kind: 'reverts', reason: '“no”' }, /says that this would fail: “no”/],
  ])('no gas is filled in for a plain transfer that the chain %s', async (_, estimate, words) => {
    const stage = dapp({ estimate });
    const failure = { code: 'USAGE', field: 'gasLimit', message: expect.stringMatching(words) };
    await expect(run(stage.session, usual)).rejects.toMatchObject(failure);
    expect(stage.published).toEqual([]);
  });

  test('a transfer gets no less gas than intake asks for, whatever the chain estimates', async () => {
    const [chain] = lawJson().chains as object[];
    const both = { ...chain, forks: [{ name: 'osaka' }, { name: 'amsterdam' }] };
    const stage = dapp({ law: lawJson({ chains: [both] }) });
    expect((await printed(usual, stage)).gasLimit).toBe('204600');
  });

  test('no more gas than the chain takes', async () => {
    // multicall of nothing
    const call = { to: BOB, data: `0xac9650d8${'0'.repeat(62)}20${'0'.repeat(64)}` };
    expect((await printed(call, dapp({ estimate: 15_000_000n }))).gasLimit).toBe('16777216');
  });

  test('a tip as the chain suggests, or as its last blocks were paid where that is more', async () => {
    const gwei = (...list: number[]) => list.map((each) => BigInt(each) * 10n ** 9n);
    const [three] = gwei(3);
    const tipOf = async (tips: TipHints) => (await printed(usual, dapp({ tips }))).maxPriorityFeePerGas;
    expect(await tipOf({ suggested: three, paid: gwei(1, 2, 2) })).toBe('3000000000');
    expect(await tipOf({ suggested: three, paid: gwei(1, 9, 7) })).toBe('7000000000');
    expect(await tipOf({ suggested: undefined, paid: gwei(5) })).toBe('5000000000');
  });

  test('no tip where the chain suggests none', async () => {
    const stage = dapp({ tips: { suggested: undefined, paid: [] } });
    const failure = { code: 'USAGE', field: 'maxPriorityFeePerGas' };
    await expect(run(stage.session, usual)).rejects.toMatchObject(failure);
  });

  test('a ceiling within the fee ceiling of the policy, and a tip within that', async () => {
    const law = lawJson();
    const [wallet] = law.wallets as { policy: object }[];
    const rules = [{ name: 'any', effect: 'allow', destinations: ['*'], maxFeeWei: `${21_000n * 10n ** 11n}` }];
    const capped = { ...law, wallets: [{ ...wallet, policy: { rules } }] };
    const stage = dapp({ tips: { suggested: 10n ** 12n, paid: [] }, law: capped });
    expect(await printed(usual, stage)).toMatchObject({
      maxFeePerGas: '100000000000',
      maxPriorityFeePerGas: '100000000000',
    });
  });

  test('no tip above a low ceiling; one gas price for the old types', async () => {
    expect(await printed({ ...usual, maxFee: '5' })).toMatchObject({ maxFeePerGas: '5', maxPriorityFeePerGas: '5' });
    expect(await printed({ ...usual, type: '0' })).toMatchObject({
      type: '0',
      maxFeePerGas: '21000000000',
      maxPriorityFeePerGas: '',
    });
  });
});

describe('a request that would fail, as the chain says', () => {
  const fails: Estimate = { kind: 'reverts', reason: '“paused”' };
  const given = { ...usual, gasLimit: '50000' };

  test('is told, and asked about: no', async () => {
    const stage = dapp({ estimate: fails, answer: 'y' });
    expect(await run(stage.session, given)).toBe(1);
    expect(stage.published).toEqual([]);
    expect(stage.stderr.text).toContain('the chain says that this would fail: “paused”');
    expect(stage.asked).toEqual(['It would fail. Ask for it all the same? Type yes: ']);
  });

  test.each<[string, CliHarnessOptions, RequestOptions]>([
    ['a person who says yes', { answer: 'yes' }, {}],
    ['--yes', {}, { yes: true }],
  ])('is published for %s', async (_, more, options) => {
    const stage = accepting(dapp({ estimate: fails, ...more }));
    expect(await run(stage.session, { ...given, ...options })).toBe(0);
    expect(stage.published).toHaveLength(1);
  });

  test.each([{}, { json: true, answer: 'yes' }])('is refused where nobody can be asked: %j', async (more) => {
    const stage = dapp({ estimate: fails, ...more });
    await expect(run(stage.session, given)).rejects.toMatchObject({ code: 'USAGE', field: 'yes' });
    expect(stage.published).toEqual([]);
  });

  test('with --print it is told and not asked about', async () => {
    const stage = dapp({ estimate: fails });
    expect(await run(stage.session, { ...given, print: true })).toBe(0);
    expect([stage.stderr.text.includes('would fail'), stage.asked]).toEqual([true, []]);
  });

  test.each<[string, Estimate, RegExp]>([
    ['more gas', { kind: 'gas', gas: 60_000n }, /estimates 60000 gas, and 50000 is less/],
    ['nothing', { kind: 'unknown', reason: 'UNAVAILABLE: no' }, /could not estimate the gas/],
  ])('of an own gas limit it is told that the chain estimates %s', async (_, estimate, words) => {
    const stage = accepting(dapp({ estimate }));
    expect(await run(stage.session, given)).toBe(0);
    expect(stage.stderr.text).toMatch(words);
  });
});

describe('a whole request from a file', () => {
  const file = join(folder, 'request.json');
  const text = JSON.stringify(requestOf());

  test('is published as the same fields', async () => {
    writeFileSync(file, text);
    const stage = accepting(dapp());
    expect(await run(stage.session, { file })).toBe(0);
    expect(stage.published).toEqual([{ topic: 'lab-transaction-requests', text }]);
  });

  test('may come by standard input', async () => {
    const stage = dapp({ stdin: bytesOf(text) });
    expect(await run(stage.session, { file: '-', print: true })).toBe(0);
    expect(JSON.parse(stage.stdout.text)).toMatchObject({ id: idOf(requestOf()), request: requestOf() });
  });

  test.each([
    ['not JSON', '{', 'MALFORMED', undefined],
    ['a field too many', JSON.stringify({ ...requestOf(), extra: '' }), 'UNKNOWN_FIELD', 'extra'],
    ['a field too few', JSON.stringify({ ...requestOf(), memo: undefined }), 'MISSING_FIELD', 'memo'],
    ['a number', JSON.stringify({ ...requestOf(), value: 5 }), 'BAD_FIELD', 'value'],
    ['expired', JSON.stringify(requestOf({ validUntil: '2026-03-01T11:59:59Z' })), 'EXPIRED', 'validUntil'],
    [
      'a signature by nobody',
      JSON.stringify(requestOf({ requesterSignature: `0x${'1'.repeat(130)}` })),
      'BAD_SIGNATURE',
      'requesterSignature',
    ],
  ])('%s is refused', async (_, bad, code, field) => {
    const stage = dapp({ stdin: bytesOf(bad) });
    await expect(run(stage.session, { file: '-' })).rejects.toMatchObject({ code, field });
    expect(stage.published).toEqual([]);
  });

  test('takes no other fields', async () => {
    await expect(run(dapp().session, { file, value: '1' })).rejects.toMatchObject({ code: 'USAGE', field: 'file' });
    await expect(run(dapp().session, { file: join(folder, 'none') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      field: 'file',
    });
  });
});

describe('the answer', () => {
  test('accepted: published once, told, exit code 0', async () => {
    const stage = accepting(dapp());
    expect(await run(stage.session, usual)).toBe(0);
    expect(stage.published).toHaveLength(1);
    const id = idOf(parseRequestBytes(bytesOf(stage.published[0]?.text ?? '')));
    expect(stage.stdout.text).toContain(`Request ${id}\n`);
    expect(stage.stdout.text).toContain(`SEND 0.5 ETH (500000000000000000 wei) to ${BOB}`);
    expect(stage.stdout.text).toContain('accepted at 2026-03-01T11:59:00Z');
    expect(stage.stdout.text).toContain(`Next, as a co-signer: ./keyturn show ${id.slice(0, 8)}`);
    expect(stage.left.at(-1)).toBe(`request ${id} is published: ./keyturn status ${id.slice(0, 8)}`);
  });

  test('accepted, for a program', async () => {
    const stage = accepting(dapp({ json: true }));
    expect(await run(stage.session, usual)).toBe(0);
    expect(stage.json()).toMatchObject({ ok: true, answer: 'accepted', reference: 'invoice-1', already: false });
  });

  test('the very same request again is not published again', async () => {
    const stage = dapp({ json: true });
    const id = stage.accept(requestOf());
    expect(
      await run({ ...stage.session, stdin: async () => bytesOf(JSON.stringify(requestOf())) }, { file: '-' }),
    ).toBe(0);
    expect(stage.published).toEqual([]);
    expect(stage.json()).toMatchObject({ ok: true, id, already: true });
  });

  test('refused: code, field, reason, advice; exit code 1', async () => {
    for (const json of [false, true]) {
      const stage = dapp({ json });
      stage.clock.meanwhile = () => {
        refusal(stage, stage.published[0]?.text ?? '', `names request ${'f'.repeat(64)} already`);
      };
      expect(await run(stage.session, usual)).toBe(1);
      if (json)
        expect(stage.json()).toMatchObject({
          ok: false,
          code: 'REFERENCE_USED',
          field: 'reference',
          existingId: 'f'.repeat(64),
        });
      else
        expect(stage.stdout.text).toContain(
          `refused REFERENCE_USED: reference names request ${'f'.repeat(64)} already\n  This reference names another request already. First look up what that one came to, by its id: it may have paid.`,
        );
    }
  });

  test('an old refusal of the same bytes is not believed at once', async () => {
    const text = JSON.stringify(requestOf());
    const stage = accepting(dapp({ json: true, stdin: bytesOf(text) }));
    refusal(stage, text, 'old news');
    expect(await run(stage.session, { file: '-' })).toBe(0);
    const silent = dapp({ json: true, stdin: bytesOf(text) });
    refusal(silent, text, 'old news');
    expect(await run(silent.session, { file: '-' })).toBe(1);
    expect(silent.clock.now() - NOW).toBeGreaterThanOrEqual(5000);
  });

  test('none in time: says that it is published', async () => {
    const stage = dapp();
    await expect(run(stage.session, { ...usual, timeout: '10s' })).rejects.toMatchObject({
      code: 'DEADLINE',
      message: expect.stringContaining('is published, but intake has not answered yet'),
    });
    expect(stage.published).toHaveLength(1);
  });

  test('not waited for, or not to be seen, is no failure', async () => {
    const stage = dapp();
    expect(await run(stage.session, { ...usual, wait: false })).toBe(0);
    const blind = dapp({ json: true });
    blind.storage.fault = denying('lab-results/');
    expect(await run(blind.session, usual)).toBe(0);
    expect(blind.published).toHaveLength(1);
    expect(blind.json()).toMatchObject({ ok: true, answer: 'unknown' });
  });

  test('Ctrl-C before publishing publishes nothing; later it says what is left', async () => {
    const early = dapp();
    early.interrupt.abort();
    await expect(run(early.session, usual)).rejects.toMatchObject({ name: 'Interrupted' });
    expect(early.published).toEqual([]);
    const late = dapp();
    late.clock.meanwhile = () => late.interrupt.abort();
    await expect(run(late.session, usual)).rejects.toMatchObject({ name: 'Interrupted' });
    expect(late.left.at(-1)).toMatch(/^request [0-9a-f]{64} is published: \.\/keyturn status/);
  });
});

describe('an amount that is hardly meant', () => {
  const said = async (options: RequestOptions, setting: CliHarnessOptions = {}, baseFee = 10_000_000_000n) => {
    const stage = dapp(setting);
    stage.chain.baseFee = baseFee;
    expect(await run(accepting(stage).session, { ...usual, ...options })).toBe(0);
    return stage.stderr.text;
  };
  // A tip above the fee is refused, so both are given.
  const fees = (maxFee: string): RequestOptions => ({ maxFee, maxPriorityFee: '0' });

  test('a fee below the base fee: it cannot be mined until that falls', async () => {
    expect(await said(fees('2'))).toBe(
      '! it offers 0.000000002 gwei per gas, and the base fee is 10 gwei: it cannot be mined until that falls\n',
    );
    expect(await said(fees('10 gwei'))).toBe('');
    expect(await said({})).toBe('');
    const down = { chains: () => Promise.reject(new KeyturnError('CHAIN_UNREACHABLE', 'no answer')) };
    expect(await said(fees('2'), { ports: down })).toBe('');
  });

  test('a bare number of a few wei', async () => {
    expect(await said({ value: '1' })).toBe('! --value 1 is 1 wei. For ether write "1 ether"\n');
    for (const value of ['0', '1 wei', '1000000000']) expect(await said({ value })).toBe('');
  });

  test('the summary names who asks and the memo, as a co-signer will read them', async () => {
    const stage = dapp();
    await run(accepting(stage).session, { ...usual, memo: 'March\u00a0rent' });
    expect(stage.stdout.text).toMatch(/^ {2}requester +dapp$/m);
    expect(stage.stdout.text).toMatch(/^ {2}memo .*March\\u\{a0\}rent/m);
  });
});

describe('a nonce that is named', () => {
  const named = async (nonce: string, stage: CliHarness, more: RequestOptions = {}) => {
    expect(await run(accepting(stage).session, { ...usual, nonce, ...more })).toBe(0);
    return stage.stderr.text;
  };
  const REGISTER_DENIED = denying('lab-register/');

  test('above the next one: told on standard error, with the next one, and published all the same', async () => {
    const stage = dapp();
    expect(await named('9', stage)).toBe(
      '! nonce 9 is not the next one of treasury on chain 31337: that is 0. The request will wait for nonces 0 to 8.\n',
    );
    expect(stage.published).toHaveLength(1);
    expect(stage.stdout.text).toContain('accepted at');
    expect(await named('1', dapp())).toContain('will wait for nonce 0.');
  });

  test('below the next one: it is sealed, and the request will be refused', async () => {
    const law = JSON.parse(JSON.stringify(lawJson()).replace('"startNonce":"0"', '"startNonce":"2"'));
    expect(await named('0', dapp({ law }))).toBe(
      '! nonce 0 is not the next one of treasury on chain 31337: that is 2. Nonce 0 is sealed already, so the request will be refused.\n',
    );
  });

  test('that is the next one, or is not named: nothing is told', async () => {
    expect(await named('0', dapp())).toBe('');
    expect(await named('', dapp())).toBe('');
  });

  test('for a program: in warnings, and nothing on standard error', async () => {
    const stage = dapp({ json: true });
    expect(await named('9', stage)).toBe('');
    expect(stage.json()).toMatchObject({ ok: true, warnings: [expect.stringContaining('that is 0')] });
    const plain = dapp({ json: true });
    await named('', plain);
    expect(plain.json()).toMatchObject({ ok: true, warnings: [] });
  });

  test('printed only: standard output is what is printed alone', async () => {
    for (const json of [false, true]) {
      const stage = dapp({ json });
      expect(await named('9', stage, { print: true })).toContain('that is 0');
      expect(JSON.parse(stage.stdout.text).request).toMatchObject({ nonce: '9' });
    }
  });

  test.each<[string, bigint, RegExp | '']>([
    [
      '9',
      3n,
      /^! nonce 9 may not be the next one: the chain counts 3 transactions of treasury on chain 31337\. The next one is 3/,
    ],
    ['3', 3n, ''],
    [
      '1',
      3n,
      /^! nonce 1 is used: the chain counts 3 transactions of treasury on chain 31337\. The request will be refused/,
    ],
  ])('%s, by the count of the chain (%i) where the register may not be read', async (nonce, mined, words) => {
    const stage = dapp();
    stage.storage.fault = REGISTER_DENIED;
    stage.chain.mined = mined;
    expect(await named(nonce, stage)).toMatch(words === '' ? /^$/ : words);
  });

  test('that cannot be compared at all is told, and is no error', async () => {
    const down = new KeyturnError('CHAIN_UNREACHABLE', 'no answer');
    const stage = dapp({ ports: { chains: () => Promise.reject(down) } });
    stage.storage.fault = REGISTER_DENIED;
    const given = { maxFee: '2 gwei', maxPriorityFee: '1 gwei' };
    expect(await named('9', stage, given)).toBe(
      '! nonce 9 could not be compared with the next one of treasury on chain 31337\n',
    );
  });

  test('of what it replaces is not the next one, and is not warned of', async () => {
    expect(await named('0', dapp(), { replaces: 'a'.repeat(64) })).toBe('');
    expect(await named('7', dapp(), { replaces: 'foreign' })).toBe('');
  });
});
