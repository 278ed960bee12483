import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check } from '#cli/commands/config.ts';
import { testPolicy } from '#cli/commands/policy-test.ts';
import { parseCases } from '#cli/policy/cases-file.ts';
import { configOf, lawJson, requestOf, stageOf } from '#test/support/cli/people.ts';

const ROOT = new URL('../../../../', import.meta.url).pathname;
const ETHER = 10n ** 18n;
const BASE = { ...requestOf(), requesterSignature: '' };
const passing = {
  name: 'ten go out',
  base: 'plain',
  request: { value: `${10n * ETHER}` },
  expect: { allowed: { rule: 'any', approvals: 2 } },
};
const failing = { ...passing, name: 'eleven go out', request: { value: `${11n * ETHER}` } };
const fileOf = (cases: readonly unknown[], over: Record<string, unknown> = {}): string =>
  JSON.stringify({ version: 1, bases: { plain: BASE }, cases, ...over });

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-cases-'));
  const operations: unknown = JSON.parse(JSON.stringify(configOf().operations));
  writeFileSync(join(folder, 'keyturn.json'), JSON.stringify({ law: lawJson(), operations }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = async (cases: readonly unknown[], json = true) => {
  writeFileSync(join(folder, 'policy-cases.json'), fileOf(cases));
  const { session, stdout } = stageOf({ json });
  const code = await testPolicy({ out: session.out, folder }, undefined, { config: 'keyturn.json' });
  return { code, text: stdout.text };
};
const checked = async () => {
  const { session, stdout } = stageOf({ json: true });
  const code = await check({ out: session.out, folder }, 'keyturn.json');
  return { code, findings: JSON.parse(stdout.text).findings.filter((one: { area: string }) => one.area === 'cases') };
};

describe('policy test', () => {
  test('passes where all comes out as expected', async () => {
    const { code, text } = await run([passing]);
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({
      ok: true,
      passed: 1,
      failed: 0,
      cases: [{ name: 'ten go out', ok: true }],
    });
  });

  test('fails by name, with what was expected and what was found', async () => {
    const { code, text } = await run([passing, failing], false);
    expect(code).toBe(1);
    expect(text).toMatch(/ok +ten go out/);
    expect(text).toMatch(
      /FAIL +eleven go out\n.*expected: allowed by rule any, with 2 approvals\n.*found: +POLICY_DENIED by any: value/,
    );
    expect(text).toMatch(/2 cases, 1 failed/);
  });

  test.each([
    ['another rule', { allowed: { rule: 'other', approvals: 2 } }],
    ['another number of approvals', { allowed: { rule: 'any', approvals: 3 } }],
    ['a denial', { denied: { rule: 'any', code: 'POLICY_DENIED' } }],
  ])('fails where the case expects %s', async (_, expected) => {
    expect((await run([{ ...passing, expect: expected }])).code).toBe(1);
  });

  test.each([
    ['another rule', { rule: 'default', code: 'POLICY_DENIED' }, 1],
    ['another code', { rule: 'any', code: 'NONCE_REQUIRED' }, 1],
    ['this very denial', { rule: 'any', code: 'POLICY_DENIED' }, 0],
  ])('of a denied one that expects %s', async (_, denied, code) => {
    expect((await run([{ ...failing, expect: { denied } }])).code).toBe(code);
  });

  test('a requester that is taken to have signed need not sign here, and only then', async () => {
    const request = { requester: '0x1111111111111111111111111111111111111111' };
    expect((await run([{ ...passing, request, signed: true }])).code).toBe(0);
    const unsigned = JSON.parse((await run([{ ...passing, request }])).text);
    expect(unsigned.cases[0].found).toMatchObject({ code: 'BAD_SIGNATURE' });
  });

  test.each([
    ['wallet', { wallet: 'nobodys' }, /request\.wallet/],
    ['chain', { chainId: '1' }, /request\.chainId/],
  ])('fails where the law has no such %s', async (_, request, words) => {
    const { code, text } = await run([{ ...passing, request }]);
    expect([code, JSON.parse(text).cases[0].found]).toEqual([1, null]);
    expect(JSON.parse(text).cases[0].problem).toMatch(words);
  });

  test('without a file says where one is missing', async () => {
    const { session } = stageOf({ json: true });
    const asked = testPolicy({ out: session.out, folder }, undefined, { config: 'keyturn.json' });
    await expect(asked).rejects.toMatchObject({ code: 'NOT_FOUND', field: 'cases' });
  });
});

describe('a file of cases is refused', () => {
  test.each<[string, string, RegExp]>([
    ['that is no JSON', 'cases', /is not JSON/],
    ['with a doubled key', fileOf([passing]).replace('{"version"', '{"cases":[],"version"'), /\/cases stands twice/],
    [
      'with a doubled key within a request',
      fileOf([passing]).replace('"request":{', '"request":{"value":"1",'),
      /\/cases\/0\/request\/value stands twice/,
    ],
    ['without cases', fileOf([]), /cases: /],
    ['of another version', fileOf([passing], { version: 2 }), /version: /],
    ['with a field too many', fileOf([{ ...passing, why: '' }]), /case "ten go out": .*why/],
    [
      'with a field that no request has',
      fileOf([{ ...passing, request: { amount: '1' } }]),
      /case "ten go out": request/,
    ],
    [
      'with a value that is no value',
      fileOf([{ ...passing, request: { value: '-1' } }]),
      /case "ten go out": request\.value: /,
    ],
    ['without a base', fileOf([{ ...passing, base: 'gone' }]), /case "ten go out": base: there is no base gone/],
    ['with a base of the language itself', fileOf([{ ...passing, base: 'toString' }]), /there is no base toString/],
    [
      'with a request that is not whole',
      fileOf([{ ...passing, base: undefined }]),
      /case "ten go out": request\.wallet: is missing/,
    ],
    [
      'that expects both',
      fileOf([{ ...passing, expect: { ...passing.expect, denied: { rule: 'a', code: 'POLICY_DENIED' } } }]),
      /case "ten go out": expect: must have either/,
    ],
    ['that expects nothing', fileOf([{ ...passing, expect: {} }]), /case "ten go out": expect: must have either/],
    ['with one name twice', fileOf([passing, passing]), /the name stands twice/],
    [
      'signed by a name',
      fileOf([{ ...passing, signed: true }]),
      /case "ten go out": signed: only a requester that is an address/,
    ],
    ['without a name', fileOf([passing, { ...passing, name: undefined }]), /case 2: name: /],
  ])('%s', (_, text, words) => {
    expect(() => parseCases(text, 'policy-cases.json')).toThrowError(
      expect.objectContaining({ code: 'CONFIG', message: expect.stringMatching(words) }),
    );
  });
});

describe('config check', () => {
  test('runs the cases where the file is there', async () => {
    await run([passing]);
    expect(await checked()).toMatchObject({ code: 0, findings: [{ level: 'ok' }] });
    await run([passing, failing]);
    expect(await checked()).toMatchObject({
      code: 1,
      findings: [{ level: 'bad', what: expect.stringMatching(/^eleven go out: POLICY_DENIED/) }],
    });
  });

  test('says so where it is not', async () => {
    expect(await checked()).toMatchObject({ code: 0, findings: [{ level: 'unchecked' }] });
  });

  test('refuses a configuration with a doubled key', async () => {
    const text = readFileSync(join(folder, 'keyturn.json'), 'utf8').replace('"law":{', '"law":{"name":"other",');
    writeFileSync(join(folder, 'keyturn.json'), text);
    await expect(checked()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('/law/name stands twice'),
    });
  });
});

test('the cases of examples/split come out as expected under its law', async () => {
  const { session, stdout } = stageOf({ json: true });
  const example = join(ROOT, 'terraform/examples/split');
  const code = await testPolicy({ out: session.out, folder: example }, 'policy-cases.json', {
    law: 'tests/keyturn.json',
  });
  const { cases, failed } = JSON.parse(stdout.text);
  expect(cases.filter((one: { ok: boolean }) => !one.ok)).toEqual([]);
  expect([code, failed]).toEqual([0, 0]);
  expect(cases.length).toBeGreaterThan(9);
});
