import { expect, test } from 'vitest';
import {
  closeBytes,
  evidenceNonce,
  readEntry,
  type SealContent,
  sealBytes,
  sealSigningDigest,
} from '#core/register/entry.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import {
  bytesOf,
  closeJson,
  contentJson,
  digestToSign,
  entryName,
  itemJson,
  KEY,
  LOG,
  OTHER_KEY,
  signedSeal,
} from '#test/support/entries.ts';
import { LAW_HASH, requestFact } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

type Answer = 'seal' | 'close' | 'junk';
const read = (bytes: Uint8Array, { name }: { readonly name: string }): Answer =>
  readEntry(bytes, name, LOG)?.kind ?? 'junk';

const HERE = { name: entryName(5n) };
const ITEM = itemJson(7n);
const CONTENT = contentJson(5n, [ITEM]);
/** A true seal whose body differs: signed with the difference. */
const signed = (over: object) => signedSeal(contentJson(5n, [ITEM], over as Record<string, unknown>));
const withItem = (over: object) => signed({ items: [{ ...ITEM, ...over }] });
/** A true seal that somebody changed afterwards. */
const changed = (after: object) => signedSeal(CONTENT, { after: after as Record<string, unknown> });

table('entry: a seal is believed from the wallet’s key alone', read, [
  ['Signed by the wallet.', signedSeal(CONTENT), HERE, 'seal'],
  ['Signed by another key.', signedSeal(CONTENT, { key: OTHER_KEY }), HERE, 'junk'],
  ['A signature that is none.', changed({ signature: `0x${'11'.repeat(65)}` }), HERE, 'junk'],
  ['Another place in the log, after it was signed.', changed({ seq: '6' }), { name: entryName(6n) }, 'junk'],
  ['Another entry before it, after it was signed.', changed({ previous: 'b'.repeat(64) }), HERE, 'junk'],
  ['Another law, after it was signed.', changed({ lawHash: 'b'.repeat(64) }), HERE, 'junk'],
  ['Another nonce, after it was signed.', changed({ items: [itemJson(8n)] }), HERE, 'junk'],
  ['Its evidence is not signed: it is evidence only.', changed({ evidence: 'another' }), HERE, 'seal'],
]);

table('entry: a seal counts only where its signed body puts it', read, [
  ['A copy at another name.', signedSeal(CONTENT), { name: entryName(6n) }, 'junk'],
  ['A copy in another folder.', signedSeal(CONTENT), { name: `copies/${entryName(5n)}` }, 'junk'],
  ['A copy at a name that is no place.', signedSeal(CONTENT), { name: `${entryName(5n)}.txt` }, 'junk'],
  ['A seal of another chain.', signed({ chainId: '1' }), HERE, 'junk'],
  ['A seal of another address.', signed({ address: '0x3535353535353535353535353535353535353535' }), HERE, 'junk'],
]);

table('entry: what the wallet signed must be a seal of this format', read, [
  ['Another version.', signed({ version: 2 }), HERE, 'junk'],
  ['A field too many.', signed({ more: '' }), HERE, 'junk'],
  ['A place in another spelling.', signed({ seq: '05' }), HERE, 'junk'],
  ['No item.', signed({ items: [] }), HERE, 'junk'],
  ['Twenty items.', signed({ items: Array.from({ length: 20 }, () => ITEM) }), HERE, 'seal'],
  ['Twenty-one items.', signed({ items: Array.from({ length: 21 }, () => ITEM) }), HERE, 'junk'],
  ['An id that is not the digest of its request.', withItem({ id: 'b'.repeat(64) }), HERE, 'junk'],
  ['A request that is none.', withItem({ request: { ...Object(ITEM.request), value: '01' } }), HERE, 'junk'],
  ['A nonce in another spelling.', withItem({ nonce: '07' }), HERE, 'junk'],
  ['No rung.', withItem({ rungs: [] }), HERE, 'junk'],
  ['Six rungs.', withItem({ rungs: Array.from({ length: 6 }, () => `0x${'1'.repeat(64)}`) }), HERE, 'junk'],
  ['No approval.', withItem({ approvals: [] }), HERE, 'junk'],
  ['Another verdict than allowed.', withItem({ verdict: 'denied' }), HERE, 'junk'],
]);

const A = 'a'.repeat(64);
const closing = (over: object) => bytesOf(closeJson([A], over as Record<string, unknown>));
const closingWith = (over: object) => closing({ items: [{ id: A, code: 'REJECTED', reason: 'no', ...over }] });

table('entry: a close is believed from anybody who could create it', read, [
  ['A close.', bytesOf(closeJson([A])), HERE, 'close'],
  [
    'A close in other than canonical form.',
    new TextEncoder().encode(JSON.stringify(closeJson([A]), null, 2)),
    HERE,
    'close',
  ],
  ['A close at any place of the log.', bytesOf(closeJson([A])), { name: entryName(700n) }, 'close'],
  ['A close at a name that is no place.', bytesOf(closeJson([A])), { name: `${entryName(5n)}.txt` }, 'junk'],
  ['Another version.', closing({ version: 2 }), HERE, 'junk'],
  ['A field too many.', closing({ signature: '' }), HERE, 'junk'],
  ['No id.', bytesOf(closeJson([])), HERE, 'junk'],
  ['A thousand ids.', bytesOf(closeJson(Array.from({ length: 1000 }, () => A))), HERE, 'close'],
  ['A thousand and one ids.', bytesOf(closeJson(Array.from({ length: 1001 }, () => A))), HERE, 'junk'],
  ['An id in another spelling.', closingWith({ id: A.toUpperCase() }), HERE, 'junk'],
  ['A code that nobody knows.', closingWith({ code: 'BECAUSE' }), HERE, 'junk'],
  ['A code that every object has.', closingWith({ code: 'constructor' }), HERE, 'junk'],
  ['A reason of 500 characters.', closingWith({ reason: 'r'.repeat(500) }), HERE, 'close'],
  ['A reason of 501 characters.', closingWith({ reason: 'r'.repeat(501) }), HERE, 'junk'],
]);

const padded = (size: number): Uint8Array => {
  const text = JSON.stringify(closeJson([A]));
  return new TextEncoder().encode(text + ' '.repeat(size - text.length));
};

table('entry: anything else is junk', read, [
  ['Nothing.', new Uint8Array(), HERE, 'junk'],
  ['What is no JSON.', new TextEncoder().encode('junk'), HERE, 'junk'],
  ['What is no text.', Uint8Array.of(0xff, 0xfe), HERE, 'junk'],
  ['JSON of another kind.', bytesOf([1]), HERE, 'junk'],
  ['One MiB.', padded(1024 * 1024), HERE, 'close'],
  ['A byte more than one MiB.', padded(1024 * 1024 + 1), HERE, 'junk'],
]);

test('what is read of a seal is what was signed', () => {
  const bytes = signedSeal(CONTENT);
  expect(readEntry(bytes, entryName(5n), LOG)).toEqual({
    kind: 'seal',
    seq: 5n,
    lawHash: LAW_HASH,
    evidence: 'evidence',
    rawHash: sha256Hex(bytes),
    items: [{ ...ITEM, nonce: 7n }],
  });
});

test('what is read of a close is what was written', () => {
  const bytes = bytesOf(closeJson([A]));
  const items = [{ id: A, code: 'REJECTED', reason: 'by somebody' }];
  expect(readEntry(bytes, entryName(5n), LOG)).toEqual({ kind: 'close', items, rawHash: sha256Hex(bytes) });
});

test('what the image writes is what formats.md says, byte by byte', () => {
  const { id, request } = requestFact();
  const { rungs, approvals } = ITEM as { rungs: string[]; approvals: SealContent['items'][number]['approvals'] };
  const content: SealContent = {
    log: LOG,
    seq: 5n,
    previous: '0'.repeat(64),
    lawHash: LAW_HASH,
    items: [{ id, nonce: 7n, request, rungs, approvals, rule: 'any' }],
  };
  const { serialized } = KEY.sign(digestToSign(CONTENT));
  expect(`0x${Buffer.from(sealSigningDigest(content)).toString('hex')}`).toBe(digestToSign(CONTENT));
  expect(Buffer.from(sealBytes(content, serialized, 'evidence'))).toEqual(Buffer.from(signedSeal(CONTENT)));
  expect(evidenceNonce(content, serialized)).toBe(sha256Hex(bytesOf({ ...CONTENT, signature: serialized })));
  const close = closeBytes([{ id: A, code: 'REJECTED', reason: 'by somebody' }]);
  expect(Buffer.from(close)).toEqual(Buffer.from(bytesOf(closeJson([A]))));
});
