import { Transaction } from 'ethers';
import { describe, expect, test } from 'vitest';
import { addressOfKey } from '#core/shares/address.ts';
import { signedBytesProblem } from '#core/transaction/read-back.ts';
import { decodeRlp, encodeRlp, type RlpItem } from '#core/transaction/rlp.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { DESTINATION, requestOf, secretOf } from '#test/support/law.ts';
import { signRung } from '#test/support/sign.ts';

const secret = secretOf(3);
const from = addressOfKey(secret);
const OTHER = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const LIST = `[{"address":"${DESTINATION}","storageKeys":["0x${'01'.repeat(32)}"]}]`;
const EMPTY = { maxPriorityFeePerGas: '' };

const signed = (request: TransactionRequest, nonce = 7n) => {
  const [rung] = rungsOf(request, nonce);
  if (rung === undefined) throw new Error('no rung');
  return { approved: { request, nonce, fees: rung.fees, from }, raw: signRung(rung, secret, from).raw };
};

const SHAPES: [string, Record<string, string>][] = [
  ['type 2', { accessList: LIST, data: '0x00ff', gasLimit: '60000' }],
  ['type 1', { type: '1', accessList: LIST, gasLimit: '60000', ...EMPTY }],
  ['type 0', { type: '0', ...EMPTY }],
  ['a creation', { to: '', data: `0x60${'00'.repeat(300)}`, gasLimit: '90000' }],
  ['nothing at all', { value: '0', type: '0', ...EMPTY }],
  ['a large chain id', { chainId: (2n ** 53n + 1n).toString(), type: '0', ...EMPTY }],
];

describe.each(SHAPES)('%s', (_, over) => {
  const { raw, approved } = signed(requestOf(over));

  test('reads back as approved', () => {
    expect(signedBytesProblem(raw, approved)).toBeUndefined();
  });

  test.each<[string, object]>([
    ['type', { type: approved.request.type === '2' ? '1' : '2' }],
    ['chainId', { chainId: '5' }],
    ['gasLimit', { gasLimit: '61000' }],
    ['to', { to: OTHER }],
    ['value', { value: '7' }],
    ['data', { data: '0x01' }],
    ['accessList', { accessList: LIST.replace(DESTINATION, OTHER) }],
  ])('another %s is named', (field, other) => {
    expect(signedBytesProblem(raw, { ...approved, request: { ...approved.request, ...other } })).toBe(field);
  });

  test('another nonce, fee, tip or sender is named', () => {
    const { fees } = approved;
    const dearer = { ...fees, maxFeePerGas: fees.maxFeePerGas + 1n };
    const tipped = { ...fees, maxPriorityFeePerGas: fees.maxPriorityFeePerGas + 1n };
    const isTip = approved.request.type === '2';
    expect(signedBytesProblem(raw, { ...approved, nonce: 8n })).toBe('nonce');
    expect(signedBytesProblem(raw, { ...approved, fees: dearer })).toBe(
      isTip ? 'maxFeePerGas' : 'maxPriorityFeePerGas',
    );
    expect(signedBytesProblem(raw, { ...approved, fees: tipped })).toBe(isTip ? 'maxPriorityFeePerGas' : undefined);
    expect(signedBytesProblem(raw, { ...approved, from: OTHER })).toBe('from');
  });

  test('bytes that are cut, longer, or no transaction are named as such', () => {
    for (const bad of [raw.slice(0, -2), `${raw}00`, '0x', '0x03c0', '0x01c0', '0xc0', '0x02', '0xff'])
      expect(signedBytesProblem(bad, approved), bad.slice(0, 20)).toBe('form');
  });
});

const put =
  (index: number, item: RlpItem) =>
  (items: RlpItem[]): void => {
    items[index] = item;
  };

/** The same bytes with one part in another form. */
const respelt = (raw: string, change: (items: RlpItem[]) => void): string => {
  const bytes = Buffer.from(raw.slice(2), 'hex');
  const items = [...(decodeRlp(bytes.subarray(1)) as readonly RlpItem[])];
  change(items);
  return `0x02${Buffer.from(encodeRlp(items)).toString('hex')}`;
};

describe('what no node takes is no transaction', () => {
  const { raw, approved } = signed(requestOf({ accessList: LIST, gasLimit: '60000' }));
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const word = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
  const high = (items: RlpItem[]): void => {
    const s = BigInt(`0x${Buffer.from(items[11] as Uint8Array).toString('hex')}`);
    items[11] = word(order - s);
    items[9] = (items[9] as Uint8Array).length === 0 ? Uint8Array.of(1) : new Uint8Array();
  };

  test.each<[string, (items: RlpItem[]) => void]>([
    ['a number with a leading zero', put(1, Uint8Array.of(0, 7))],
    ['a number of more than 256 bits', put(6, new Uint8Array(33).fill(1))],
    ['a list in place of a number', put(1, [])],
    ['bytes in place of a list', put(8, new Uint8Array())],
    ['an address of 19 bytes', put(5, new Uint8Array(19))],
    ['a key of 31 bytes', put(8, [[new Uint8Array(20), [new Uint8Array(31)]]])],
    ['an entry of three parts', put(8, [[new Uint8Array(20), [], []]])],
    ['a parity of 2', put(9, Uint8Array.of(2))],
    ['a high s', high],
    ['no signature', (items) => void items.splice(10, 2, new Uint8Array(), new Uint8Array())],
    ['a field too many', (items) => void items.push(new Uint8Array())],
  ])('%s', (_, change) => {
    expect(signedBytesProblem(respelt(raw, change), approved)).toBe('form');
  });

  test('an old signature that is good on every chain', () => {
    const old = Transaction.from({ type: 0, nonce: 7, to: DESTINATION, value: 1n, gasLimit: 21_000n, gasPrice: 1n });
    const legacy = signed(requestOf({ type: '0', ...EMPTY }));
    const items = decodeRlp(Buffer.from(legacy.raw.slice(2), 'hex')) as readonly RlpItem[];
    const bytes = encodeRlp(items.with(6, Uint8Array.of(27)));
    expect(old.chainId).toBe(0n);
    expect(signedBytesProblem(`0x${Buffer.from(bytes).toString('hex')}`, legacy.approved)).toBe('form');
  });
});

describe('RLP in its one spelling', () => {
  test.each(['8100', '817f', 'b80100', 'b90001ff', '80ff', '83ff', 'c281', '', 'f800', 'b8'])(
    '%s is refused',
    (text) => {
      expect(() => decodeRlp(Buffer.from(text, 'hex'))).toThrow(RangeError);
    },
  );

  // https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp, section "Examples"
  test.each<[RlpItem, string]>([
    [Buffer.from('dog'), '83646f67'],
    [[Buffer.from('cat'), Buffer.from('dog')], 'c88363617483646f67'],
    [new Uint8Array(), '80'],
    [Uint8Array.of(0), '00'],
    [Uint8Array.of(15), '0f'],
    [Uint8Array.of(4, 0), '820400'],
    [[[], [[]], [[], [[]]]], 'c7c0c1c0c3c0c1c0'],
    [
      Buffer.from('Lorem ipsum dolor sit amet, consectetur adipisicing elit'),
      'b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974',
    ],
  ])('example %#', (item, text) => {
    expect(Buffer.from(encodeRlp(item)).toString('hex')).toBe(text);
    expect(Buffer.from(encodeRlp(decodeRlp(Buffer.from(text, 'hex')))).toString('hex')).toBe(text);
  });
});
