import { chainWait, isNonceWaitOver, nonceWaitOf, type WalletNonces } from '#core/decide/nonce-wait.ts';
import type { Wait, WaitCode } from '#core/facts/wait.ts';
import { table } from '#test/support/table.ts';

interface Given {
  /** What the newest turn noted in the open mark; `none`: nothing that can be read. */
  readonly noted: WaitCode | 'none';
  readonly nextNonce?: bigint;
  /** Of the request: the nonce that it names, and what it replaces. */
  readonly nonce?: string;
  readonly replaces?: string;
}
/** What reconcile sees now. */
type When = { readonly next: bigint } & Partial<WalletNonces>;

const asked = ({ nonce = '', replaces = '' }: Given) => ({ nonce, replaces });
const waitOf = ({ noted, nextNonce }: Given): Wait | undefined =>
  noted === 'none' ? undefined : { code: noted, at: 0, nextNonce };

const turn = (given: Given, { next, count, areOut }: When): 'owed' | 'not owed' => {
  const wait = nonceWaitOf(waitOf(given), asked(given));
  const isOwed = wait === undefined || isNonceWaitOver(wait, asked(given), { next, count, areOut });
  return isOwed ? 'owed' : 'not owed';
};

const AHEAD: Given = { noted: 'NONCE_AHEAD', nextNonce: 2n, nonce: '9' };

table<Given, When, 'owed' | 'not owed'>('a turn for a request that names a nonce above the next one', turn, [
  ['While the next nonce is the one that the turn saw, another would hear the same.', AHEAD, { next: 2n }, 'not owed'],
  ['Once it has moved, a turn is owed, though it may have to wait on.', AHEAD, { next: 3n }, 'owed'],
  ['At its own nonce it can be sealed.', AHEAD, { next: 9n }, 'owed'],
  ['A nonce in the mark that was never reached holds up nothing.', { ...AHEAD, nextNonce: 50n }, { next: 2n }, 'owed'],
  ['The chain has no say in what the register lets through.', AHEAD, { next: 2n, count: 9n }, 'not owed'],
  ['A mark that does not say for which nonce it waits.', { noted: 'NONCE_AHEAD', nonce: '9' }, { next: 2n }, 'owed'],
  ['Nothing noted, or nothing that can be read: as ever.', { noted: 'none', nonce: '9' }, { next: 2n }, 'owed'],
]);

const SKIP: Given = { noted: 'NONCE_AHEAD', nextNonce: 3n, nonce: '6', replaces: 'foreign' };

table<Given, When, 'owed' | 'not owed'>('a turn for an approved skip that lies further than the chain is', turn, [
  ['The chain counts fewer than it skips to.', SKIP, { next: 3n, count: 5n }, 'not owed'],
  ['The chain has come that far.', SKIP, { next: 3n, count: 6n }, 'owed'],
  ['The chain has gone past it: it would be told so again.', SKIP, { next: 3n, count: 7n }, 'not owed'],
  ['No node answers: it is asked again later.', SKIP, { next: 3n }, 'not owed'],
  ['The register has moved.', SKIP, { next: 4n }, 'owed'],
]);

const FOREIGN: Given = { noted: 'CHAIN_AHEAD', nextNonce: 5n };

table<Given, When, 'owed' | 'not owed'>('a turn for a request that a foreign transaction holds up', turn, [
  ['The chain still counts more than the register.', FOREIGN, { next: 5n, count: 6n }, 'not owed'],
  ['A skip was sealed: the register has moved.', FOREIGN, { next: 7n }, 'owed'],
  ['The foreign transaction is gone again, or the node had lied.', FOREIGN, { next: 5n, count: 5n }, 'owed'],
  ['No node answers: it is asked again later.', FOREIGN, { next: 5n }, 'not owed'],
]);

const GAP: Given = { noted: 'GAP_BELOW', nextNonce: 4n };

table<Given, When, 'owed' | 'not owed'>('a turn for a request above a seal whose bytes cannot come out', turn, [
  [
    'No bytes are stored at that nonce, and the chain has not used it.',
    GAP,
    { next: 5n, areOut: false, count: 4n },
    'not owed',
  ],
  ['Its own bytes or those of a replacement are stored.', GAP, { next: 5n, areOut: true }, 'owed'],
  ['The chain has used it, whoever did.', GAP, { next: 5n, areOut: false, count: 5n }, 'owed'],
  ['No node answers: it is asked again later.', GAP, { next: 5n, areOut: false }, 'not owed'],
  [
    'That the register goes on cures nothing: what it holds below is still missing.',
    GAP,
    { next: 8n, areOut: false, count: 4n },
    'not owed',
  ],
]);

table<Given, When, 'owed' | 'not owed'>('a turn for a request that waits for something else', turn, [
  ['Money.', { noted: 'BALANCE_LOW' }, { next: 2n }, 'owed'],
  ['Room in a window.', { noted: 'WINDOW_FULL' }, { next: 2n }, 'owed'],
  ['A validity that is too long for now.', { noted: 'VALIDITY_TOO_LONG' }, { next: 2n }, 'owed'],
  ['Shares.', { noted: 'NOT_ENOUGH_SHARES' }, { next: 2n }, 'owed'],
  ['A key that cannot be used.', { noted: 'SHARE_UNREACHABLE' }, { next: 2n }, 'owed'],
  ['A nonce in such a mark means nothing.', { noted: 'BALANCE_LOW', nextNonce: 2n }, { next: 2n }, 'owed'],
]);

interface Chain {
  readonly count: bigint;
  readonly next: bigint;
}
const chain = (request: Pick<Given, 'nonce' | 'replaces'>, { count, next }: Chain) =>
  chainWait({ nonce: '', replaces: '', ...request }, count, next);

table('why the chain makes a request wait', chain, [
  ['The chain is as far as the register.', {}, { count: 5n, next: 5n }, undefined],
  ['What is sealed is not all mined yet.', {}, { count: 4n, next: 5n }, undefined],
  ['The chain is ahead: somebody else used a nonce.', {}, { count: 6n, next: 5n }, 'CHAIN_AHEAD'],
  ['A skip to where the chain is goes on.', { replaces: 'foreign', nonce: '6' }, { count: 6n, next: 5n }, undefined],
  ['A skip to below it comes too late.', { replaces: 'foreign', nonce: '5' }, { count: 6n, next: 5n }, 'CHAIN_AHEAD'],
  [
    'A skip to above it would leave a gap.',
    { replaces: 'foreign', nonce: '7' },
    { count: 6n, next: 5n },
    'NONCE_AHEAD',
  ],
  ['A skip to the next nonce leaves none.', { replaces: 'foreign', nonce: '5' }, { count: 0n, next: 5n }, undefined],
]);
