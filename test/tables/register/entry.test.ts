import { expect, test } from 'vitest';
import {
  closeBytes,
  evidenceNonce,
  readEntry,
  type SealContent,
  type SealItem,
  sealBytes,
  sealSigningDigest,
} from '#core/register/entry.ts';
import { assetsOf } from '#core/transaction/assets.ts';
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
  ['The version before.', signed({ version: 1 }), HERE, 'junk'],
  ['A version that nobody knows.', signed({ version: 3 }), HERE, 'junk'],
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

const COIN = { chainId: '31337', standard: 'native', address: '', tokenId: '', leaves: '1', allows: '0' };
const TOKEN = { ...COIN, standard: 'erc20', address: '0x3535353535353535353535353535353535353535' };
const DELAY = { startedAt: '2030-01-01T08:00:00Z', endedAt: '2030-01-01T11:00:00Z', object: 'o', generation: '19' };
const CHECKPOINT = { object: 'checkpoints/1', sha256: 'c'.repeat(64) };
const assets = (...list: readonly object[]) => withItem({ tokensJudged: 'yes', assets: list });
const approval = (over: object) =>
  withItem({ approvals: [{ coSigner: 'alice', object: 'o', generation: '1', sha256: 'a'.repeat(64), ...over }] });

// What a later image fills: an image that took it for junk would use the nonces again.
table('entry: room that later images use', read, [
  ['No asset.', assets(), HERE, 'seal'],
  ['A token.', assets(COIN, TOKEN), HERE, 'seal'],
  ['An allowance without limit.', assets({ ...TOKEN, allows: `${2n ** 256n - 1n}` }), HERE, 'seal'],
  ['More than any amount.', assets({ ...TOKEN, allows: `${2n ** 256n}` }), HERE, 'junk'],
  ['One token of many.', assets({ ...TOKEN, standard: 'erc721', tokenId: '7' }), HERE, 'seal'],
  ['All tokens of a contract.', assets({ ...TOKEN, standard: 'erc1155' }), HERE, 'seal'],
  ['A coin with an address.', assets({ ...TOKEN, standard: 'native' }), HERE, 'junk'],
  ['A token without an address.', assets({ ...COIN, standard: 'erc20' }), HERE, 'junk'],
  ['An ERC-20 with a token id.', assets({ ...TOKEN, tokenId: '7' }), HERE, 'junk'],
  ['As many assets as calls fit in.', assets(...Array.from({ length: 128 }, () => TOKEN)), HERE, 'seal'],
  ['One asset more.', assets(...Array.from({ length: 129 }, () => TOKEN)), HERE, 'junk'],
  ['A delay.', withItem({ delay: DELAY }), HERE, 'seal'],
  ['A delay that ends at no instant.', withItem({ delay: { ...DELAY, endedAt: 'soon' } }), HERE, 'junk'],
  ['The digest of a prediction.', approval({ prediction: 'b'.repeat(64) }), HERE, 'seal'],
  ['A prediction in other words.', approval({ prediction: 'none' }), HERE, 'junk'],
  ['An approval that leaves its prediction out.', approval({}), HERE, 'junk'],
  ['A checkpoint.', signed({ checkpoint: CHECKPOINT }), HERE, 'seal'],
  ['A checkpoint without its hash.', signed({ checkpoint: { object: 'checkpoints/1' } }), HERE, 'junk'],
  ['Another checkpoint, after it was signed.', changed({ checkpoint: CHECKPOINT }), HERE, 'junk'],
  ['Another amount, after it was signed.', changed({ items: [{ ...ITEM, assets: [COIN] }] }), HERE, 'junk'],
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

test.each([
  ['as today’s image writes it', CONTENT],
  [
    'with all room filled',
    contentJson(5n, [itemJson(7n, {}, { assets: [COIN, TOKEN], delay: DELAY })], { checkpoint: CHECKPOINT }),
  ],
])('what is read of a seal is what was signed: %s', (_, content) => {
  const bytes = signedSeal(content);
  const [{ verdict: _verdict, ...item } = {}] = content.items as [Record<string, unknown>];
  expect(readEntry(bytes, entryName(5n), LOG)).toEqual({
    kind: 'seal',
    seq: 5n,
    lawHash: LAW_HASH,
    checkpoint: content.checkpoint,
    evidence: 'evidence',
    rawHash: sha256Hex(bytes),
    items: [{ ...item, nonce: 7n }],
  });
});

test('what is read of a close is what was written', () => {
  const bytes = bytesOf(closeJson([A]));
  const items = [{ id: A, code: 'REJECTED', reason: 'by somebody' }];
  expect(readEntry(bytes, entryName(5n), LOG)).toEqual({ kind: 'close', items, rawHash: sha256Hex(bytes) });
});

test('what the image writes is what formats.md says, byte by byte', () => {
  const { id, request } = requestFact();
  const { rungs, approvals } = ITEM as unknown as Pick<SealItem, 'rungs' | 'approvals'>;
  const content: SealContent = {
    log: LOG,
    seq: 5n,
    previous: '0'.repeat(64),
    lawHash: LAW_HASH,
    checkpoint: null,
    items: [
      {
        id,
        nonce: 7n,
        request,
        rungs,
        approvals,
        rule: 'any',
        ...assetsOf(request, { chainId: '31337', tokens: [] }),
        delay: null,
      },
    ],
  };
  const { serialized } = KEY.sign(digestToSign(CONTENT));
  expect(`0x${Buffer.from(sealSigningDigest(content)).toString('hex')}`).toBe(digestToSign(CONTENT));
  expect(Buffer.from(sealBytes(content, serialized, 'evidence'))).toEqual(Buffer.from(signedSeal(CONTENT)));
  expect(evidenceNonce(content, serialized)).toBe(sha256Hex(bytesOf({ ...CONTENT, signature: serialized })));
  const close = closeBytes([{ id: A, code: 'REJECTED', reason: 'by somebody' }]);
  expect(Buffer.from(close)).toEqual(Buffer.from(bytesOf(closeJson([A]))));
});
