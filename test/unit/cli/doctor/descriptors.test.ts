import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { descriptorHashOf } from '#cli/clear/includes.ts';
import { check } from '#cli/commands/config.ts';
import { run as doctor } from '#cli/commands/doctor.ts';
import {
  erc20,
  hashOf,
  type Plain,
  POOL,
  poolWhole,
  router,
  TRANSFER,
  transferFormat,
} from '#test/support/clear/descriptors.ts';
import { configOf, lawJson, stageOf, TOKEN } from '#test/support/cli/people.ts';

let folder = '';
const slices = erc20({
  [TRANSFER]: transferFormat({ interpolatedIntent: 'x', fields: [{ path: 'to.[0:2]', label: 'x' }] }),
});
const otherToken: Plain = {
  ...erc20(),
  metadata: { owner: 'x', constants: { much: 1 }, token: { name: 'x', ticker: 'USDC', decimals: 18 } },
};

const pin = (address: string, file: string, whole: Plain) => ({ address, file, hash: hashOf(whole) });
const lawWith = (descriptors: readonly object[]) =>
  lawJson({
    chains: [
      {
        ...{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true },
        tokens: [{ address: TOKEN, symbol: 'USDC', decimals: 6 }],
        descriptors,
      },
    ],
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-pins-'));
  mkdirSync(join(folder, 'descriptors'));
  const file = (name: string, value: unknown) =>
    writeFileSync(join(folder, 'descriptors', name), JSON.stringify(value));
  file('token.json', erc20());
  file('pool.json', poolWhole());
  file('changed.json', { ...erc20(), metadata: { owner: 'Somebody else', constants: { much: 1 } } });
  file('slices.json', slices);
  file('other-token.json', otherToken);
  file('router.json', router());
  file('shared.json', { display: { formats: {} } });
  file('broken.json', []);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const findings = async (descriptors: readonly object[]) => {
  const law = lawWith(descriptors);
  const operations = JSON.parse(JSON.stringify(configOf().operations));
  writeFileSync(join(folder, 'keyturn.json'), JSON.stringify({ law, operations }));
  const stage = stageOf({ json: true });
  const code = await check({ out: stage.session.out, folder }, 'keyturn.json');
  const { findings: all } = stage.json() as { findings: { area: string; level: string; what: string; todo: string }[] };
  return { code, found: all.filter(({ area }) => area === 'descriptors') };
};

describe('config check', () => {
  test('says what is pinned, and prints the hash of what could be', async () => {
    const { code, found } = await findings([pin(TOKEN, 'token.json', erc20()), pin(POOL, 'pool.json', poolWhole())]);
    expect(code).toBe(0);
    expect(found.map(({ level, what }) => [level, what])).toEqual([
      ['ok', `token.json, for ${TOKEN} on chain 31337: words for 2 of its 2 functions`],
      ['ok', `pool.json, for ${POOL} on chain 31337: words for 2 of its 2 functions`],
      ['warn', 'broken.json: is no JSON object (DESCRIPTOR_INVALID)'],
      ['unchecked', expect.stringContaining('changed.json is not pinned')],
      ['unchecked', expect.stringContaining('other-token.json is not pinned')],
      ['unchecked', `router.json is not pinned, so nobody is shown its words; its hash is ${hashOf(router())}`],
      ['unchecked', expect.stringContaining('slices.json is not pinned')],
    ]);
  });

  test.each([
    ['a file whose hash is another', pin(TOKEN, 'changed.json', erc20()), 'bad', 'DESCRIPTOR_HASH'],
    ['a file that is not there', pin(TOKEN, 'gone.json', erc20()), 'bad', 'DESCRIPTOR_MISSING'],
    ['a file of another contract', pin(TOKEN, 'router.json', router()), 'bad', 'DESCRIPTOR_INVALID'],
    ['a function outside the subset', pin(TOKEN, 'slices.json', slices), 'warn', 'is shown raw, since'],
    [
      'other decimals than the law has',
      pin(TOKEN, 'other-token.json', otherToken),
      'bad',
      'USDC with 18 decimals, and the law USDC with 6',
    ],
  ])('names %s', async (_, one, level, words) => {
    const { code, found } = await findings([one]);
    expect(code).toBe(level === 'bad' ? 1 : 0);
    expect(found).toContainEqual(
      expect.objectContaining({ level, what: expect.stringContaining(words), todo: expect.stringMatching(/./) }),
    );
  });
});

test('doctor names a stale one', async () => {
  const hash = descriptorHashOf(JSON.parse(JSON.stringify(erc20())));
  const stage = stageOf({ json: true, law: lawWith([{ address: TOKEN, file: 'changed.json', hash }]) });
  const session = {
    ...stage.session,
    deployment: { ...stage.session.deployment, lawFile: join(folder, 'keyturn.json') },
  };
  expect(await doctor(session, { offline: true })).toBe(1);
  expect(stage.stdout.text).toContain('DESCRIPTOR_HASH');
});

test.each([
  ['a path', { address: TOKEN, file: '../a.json', hash: `0x${'a'.repeat(64)}` }, 'without a folder'],
  ['a url', { address: TOKEN, file: 'https://a.example/a.json', hash: `0x${'a'.repeat(64)}` }, 'without a folder'],
  ['a hash in capitals', { address: TOKEN, file: 'a.json', hash: `0x${'A'.repeat(64)}` }, '64 lower-case hex digits'],
  [
    'an address without checksum',
    { address: TOKEN.toLowerCase(), file: 'a.json', hash: `0x${'a'.repeat(64)}` },
    'EIP-55',
  ],
])('a law that pins by %s is refused', (_, one, words) => {
  expect(() => configOf(lawWith([one]))).toThrow(words);
});

test('a law with two descriptors for one contract, or two hashes for one file, is refused', () => {
  const one = { address: TOKEN, file: 'a.json', hash: `0x${'a'.repeat(64)}` };
  expect(() => configOf(lawWith([one, { ...one, file: 'b.json' }]))).toThrow('an address stands twice');
  expect(() => configOf(lawWith([one, { ...one, address: POOL, hash: `0x${'b'.repeat(64)}` }]))).toThrow(
    'with two hashes',
  );
});
