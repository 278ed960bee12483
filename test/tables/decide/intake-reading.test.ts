import { expect, test } from 'vitest';
import { type RawMessage, readMessage, referenceHashOf, refusalOf } from '#core/decide/intake.ts';
import { LAW, LAW_HASH, lawWith, requestFact, requestOf } from '#test/support/given.ts';
import { PLAIN_REQUEST } from '#test/support/law.ts';
import { table } from '#test/support/table.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const message = (text: string): RawMessage => ({ data: bytes(text), messageId: 'm-1' });
const json = (over: Readonly<Record<string, unknown>>): string => JSON.stringify({ ...PLAIN_REQUEST, ...over });

/** The wallet signs for two chains. */
const CHAINS = ['31337', '10'];
const TWO_CHAINS = lawWith(
  { chains: CHAINS.map((chainId) => ({ chainId, startNonce: '0' })) },
  { chains: CHAINS.map((chainId) => ({ chainId, name: `chain-${chainId}`, finality: { kind: 'finalized' } })) },
);

/** The id and the reference of what is recognised; code and field of what is refused. */
const read = (law: typeof LAW, text: string): string => {
  const reading = readMessage(message(text), law, LAW_HASH);
  return reading.kind === 'recognised'
    ? `request ${reading.request.id} under ${reading.request.referenceHash.slice(0, 8)}`
    : `${reading.refusal.code} ${reading.refusal.field}`;
};

table('intake: which bytes are a request of this deployment', read, [
  // sha256 of 31337,hot,dapp,invoice-1
  ['A request in its one spelling.', LAW, json({}), `request ${requestFact().id} under c47234ae`],
  ['Bytes that are no JSON.', LAW, 'not json', 'MALFORMED '],
  ['JSON that is no object.', LAW, '[]', 'MALFORMED '],
  ['A field too many.', LAW, json({ gas: '1' }), 'UNKNOWN_FIELD gas'],
  ['A field too few.', LAW, json({ memo: undefined }), 'MISSING_FIELD memo'],
  ['A value in another spelling.', LAW, json({ value: '01' }), 'BAD_FIELD value'],
  ['More than 128 KiB.', LAW, ' '.repeat(131_073), 'TOO_LARGE '],
  ['A wallet that the law does not name.', LAW, json({ wallet: 'cold' }), 'UNKNOWN_WALLET wallet'],
  ['Either of two chains.', TWO_CHAINS, json({}), `request ${requestFact().id} under c47234ae`],
  ['A third chain beside two.', TWO_CHAINS, json({ chainId: '1' }), 'UNKNOWN_CHAIN chainId'],
  ['A chain for which the wallet does not sign.', LAW, json({ chainId: '1' }), 'UNKNOWN_CHAIN chainId'],
]);

test('another register, another id: an approval is good in one register only', () => {
  const here = read(LAW, json({}));
  const elsewhere = read(lawWith({}, { name: 'other' }), json({}));
  expect([here.slice(0, 8), elsewhere.slice(0, 8)]).toEqual(['request ', 'request ']);
  expect(elsewhere).not.toBe(here);
});

test('a bug while reading is no refusal: it is thrown', () => {
  const data: Uint8Array = Object.create(Uint8Array.prototype, {
    length: {
      get: () => {
        throw new TypeError('a bug');
      },
    },
  });
  expect(() => readMessage({ data, messageId: 'm-1' }, LAW, LAW_HASH)).toThrow(TypeError);
});

const told = (text: string, existingId: string) =>
  refusalOf(message(text), LAW_HASH, { code: 'MALFORMED', field: 'data', reason: 'words', existingId });
const fact = (dataHash: string, over: Readonly<Record<string, string>> = {}) => ({
  dataHash,
  lawHash: LAW_HASH,
  code: 'MALFORMED',
  field: 'data',
  reason: 'words',
  messageId: 'm-1',
  ...{ reference: '', requester: '', wallet: '', existingId: '' },
  ...over,
});

// Each dataHash is what sha256sum says of the bytes.
table<string, string, unknown>('intake: a refusal finds its way back by what can be read', told, [
  [
    'Of a whole request: its reference, requester and wallet.',
    '{"wallet":"hot","requester":"dapp","reference":"r"}',
    '',
    fact('e3fd5e213987747db605e0ec9f0f24f07d2b0c4d5214a4f6270b36a6084ffbdf', {
      wallet: 'hot',
      requester: 'dapp',
      reference: 'r',
    }),
  ],
  [
    'The id that holds the reference, where there is one.',
    '{}',
    'a'.repeat(64),
    fact('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', { existingId: 'a'.repeat(64) }),
  ],
  [
    'Of what is no JSON: nothing.',
    'not json',
    '',
    fact('7ccfa1fbf3940e6f0c0375d87c0f9235a50514e14cb427bdfaf5077987b26ccf'),
  ],
  [
    'Of what is no object: nothing.',
    '"hot"',
    '',
    fact('f9983f1be156e1e089f4d4b2c81209649fca19f4eff5b3b2d1cb09c9d0086a65'),
  ],
  ['Of null: nothing.', 'null', '', fact('74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b')],
  [
    'Of a field that is no text: nothing.',
    '{"wallet":7}',
    '',
    fact('94849fd9c54deaa6307057850e5bb4cc4b1899da970a9f739283bafe626f67fc'),
  ],
  [
    'Of a field that would draw on a terminal: nothing.',
    '{"wallet":"\\u001b[2J"}',
    '',
    fact('f5bd26d50fffbc96d238efaed49970f3cffafbbd8d0281fb777a1d2a9f9e6c1b'),
  ],
  [
    'Of a field that is longer than a name: nothing.',
    `{"wallet":"${'w'.repeat(129)}"}`,
    '',
    fact('3d19c74d8bb46af777932aa223f19f63cbe55a8058e036843a6f7b92758d5ada'),
  ],
]);

const hash = (request: Readonly<Record<string, string>>, _: string) => referenceHashOf(requestOf(request)).slice(0, 8);

table('intake: the caller’s idempotency key is chain, wallet, requester and reference', hash, [
  ['The plain request.', {}, '', 'c47234ae'],
  ['Another value is the same key.', { value: '5' }, '', 'c47234ae'],
  ['Another memo is the same key.', { memo: 'hello' }, '', 'c47234ae'],
  ['Another reference is another key.', { reference: 'invoice-2' }, '', '45192488'],
  ['Another requester is another key.', { requester: 'dapp-2' }, '', '867eb325'],
  ['Another wallet is another key.', { wallet: 'cold' }, '', '09f3dba3'],
  ['Another chain is another key.', { chainId: '1' }, '', 'afccce68'],
]);
