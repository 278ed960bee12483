import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interface } from 'ethers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printable } from '#cli/app/output.ts';
import { readDescriptor, readPinned } from '#cli/clear/pinned.ts';
import { type Picture, requestReading } from '#cli/request/render-request.ts';
import { readingJson } from '#cli/request/told.ts';
import { walletNamed } from '#schemas/config.ts';
import { erc20, type Plain, TRANSFER, transferFormat } from '#test/support/clear/descriptors.ts';
import { BOB, configOf, idOf, NOW, requestOf, TOKEN } from '#test/support/cli/people.ts';
import fc from '#test/support/properties.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'keyturn-clear-property-'));
  mkdirSync(join(root, 'descriptors'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    'Pay 1 USDC',
    'to',
    '{amount}',
    '{to}',
    '{{',
    '”',
    '\u001b[2J',
    '\u202e',
    '0x00',
    BOB,
    'x'.repeat(5000),
    '__proto__',
  ),
);
const path = fc.constantFrom(
  'to',
  'amount',
  '#.to',
  '@.to',
  '@.from',
  '@.value',
  'nowhere',
  'to.[0]',
  '$.metadata.owner',
  '',
  'toString',
);
const params = fc.oneof(
  fc.constant(undefined),
  fc.constant({ tokenPath: '@.to' }),
  fc.constant({ tokenPath: 'to' }),
  fc.constant({ token: BOB, threshold: '0x0', message: 'All' }),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue(), { maxKeys: 3 }),
);
const field = fc.record(
  {
    path: fc.option(path, { nil: undefined }),
    value: fc.option(text, { nil: undefined }),
    label: text,
    format: fc.constantFrom(
      'raw',
      'amount',
      'tokenAmount',
      'addressName',
      'date',
      'enum',
      'unit',
      'calldata',
      'nftName',
      'html',
    ),
    params,
    visible: fc.constantFrom('always', 'never', 'optional', { mustMatch: ['1'] }, undefined),
  },
  { requiredKeys: ['label'] },
);
/** A call that only the descriptor can name: else every own line of a call comes from what keyturn knows itself. */
const UNKNOWN = 'hand(address to,uint256 amount)';
/** Near a good one, so that many get through; and anything at all. */
const descriptor = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        intent: text,
        interpolatedIntent: fc.option(text, { nil: undefined }),
        fields: fc.array(field, { maxLength: 4 }),
      })
      .map((format) =>
        erc20({ [TRANSFER]: { ...transferFormat(), ...format }, [UNKNOWN]: { ...transferFormat(), ...format } }),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ owner: text, contractName: text })
      .map((metadata) => ({ ...erc20(), metadata: { ...metadata, constants: { much: 1 } } })),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value): Plain => ({ value })) },
);

const config = configOf();
const wallet = walletNamed(config.law, 'treasury');
const data = new Interface([`function ${TRANSFER}`]).encodeFunctionData('transfer', [BOB, 12_500_000n]);
const request = requestOf({ to: TOKEN, value: '7', data, gasLimit: '100000' });

const unknown = requestOf({
  ...{ to: TOKEN, value: '7', gasLimit: '100000' },
  data: new Interface([`function ${UNKNOWN}`]).encodeFunctionData('hand', [BOB, 12_500_000n]),
});

const pictureOf = (more: Partial<Picture>, asked = request): Picture => {
  if (wallet === undefined) throw new Error('no wallet');
  return {
    ...{
      id: idOf(asked),
      request: asked,
      wallet,
      law: config.law,
      acceptedLaw: config.lawHash,
      localLaw: config.lawHash,
    },
    ...{ now: NOW, signer: 'claimed', stage: 'accepted', needed: 2, votes: [], outcome: undefined },
    ...{ gasProblems: [], sameReference: [], verdict: { kind: 'allowed', rule: 'any', approvals: 2 } },
    ...more,
  };
};

const OWN = [
  'intent',
  'leaves',
  'wallet',
  'who',
  'call',
  'fee',
  'valid',
  'nonce',
  'about',
  'policy',
  'progress',
  'digest',
  'raw',
];
const ownLines = (picture: Picture) =>
  requestReading(picture).filter(({ kind, source }) => OWN.includes(kind) && source === 'keyturn');

/** Whoever writes a descriptor may add words, and takes none of ours away: threat 98. */
test('threat 98: whatever a descriptor holds, our own lines stand, whole and in place', async () => {
  const calls = [request, unknown].map((asked) => ({
    asked,
    alone: JSON.stringify(ownLines(pictureOf({}, asked)).filter(({ kind }) => asked === request || kind !== 'call')),
  }));
  let rendered = 0;
  await fc.assert(
    fc.asyncProperty(descriptor, async (whole) => {
      writeFileSync(join(root, 'descriptors', 'a.json'), JSON.stringify(whole));
      const folder = join(root, 'descriptors');
      const hash = await readDescriptor(folder, 'a.json').then(
        (found) => found.hash,
        () => `0x${'0'.repeat(64)}`,
      );
      const chain = { chainId: '31337', descriptors: [{ address: TOKEN, file: 'a.json', hash }] };
      for (const { asked, alone } of calls) {
        const picture = pictureOf({ pinned: await readPinned(folder, chain, asked) }, asked);
        const own = ownLines(picture).filter(({ kind }) => asked === request || kind !== 'call');
        expect(JSON.stringify(own)).toBe(alone);
        // Whoever names the function: the contract is told, and all of the data.
        const lines = readingJson(requestReading(picture));
        expect(lines.filter(({ kind }) => kind === 'call')[0]?.text).toBe(TOKEN);
        expect(lines.some(({ text: line }) => line.includes(BOB.slice(2).toLowerCase()) || line.includes(BOB))).toBe(
          true,
        );
        const theirs = lines.filter(({ source }) => source === 'descriptor');
        rendered += theirs.length > 0 ? 1 : 0;
        for (const { text: line } of theirs) {
          expect(line.length).toBeLessThan(2000);
          expect(printable(line)).toBe(line);
        }
      }
    }),
    { numRuns: 300 },
  );
  // Else nothing of theirs was ever shown, and the property says nothing.
  expect(rendered).toBeGreaterThan(20);
});
