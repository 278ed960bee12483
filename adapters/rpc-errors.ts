import { KeyturnError } from '#schemas/codes.ts';
import { causesOf, member, textAt } from './error-facts.ts';
import type { Call } from './errors.ts';

/** What a node means by refusing a call. `unreachable`: it did not answer as a node at all. */
export type Refusal =
  | 'known'
  | 'nonce-too-low'
  | 'nonce-too-high'
  | 'replacement-underpriced'
  | 'underpriced'
  | 'insufficient-funds'
  | 'gas'
  | 'fee-cap'
  | 'pool-full'
  | 'invalid'
  | 'no-block'
  | 'busy'
  | 'late'
  | 'unreachable'
  | 'refused';

/**
 * There is no standard for these: geth and its children, Erigon, Nethermind, Besu, reth, anvil, hardhat, ganache and OpenEthereum each have
 * words of their own (the test lists them). First match counts. Nethermind's OwnNonceAlreadyUsed may be another transaction of that nonce,
 * so it means nonce-too-low: look the hash up.
 */
const WORDS: readonly (readonly [Refusal, RegExp])[] = [
  [
    'known',
    /already known|alreadyknown|known transaction|already imported|alreadyimported|existing tx with same hash/i,
  ],
  [
    'nonce-too-low',
    /nonce (is )?too low|oldnonce|ownnoncealreadyused|invalid transaction nonce|pool\(stale\)|nonce has already been used/i,
  ],
  ['nonce-too-low', /correct nonce\. account has nonce of|already finalized/i],
  ['nonce-too-high', /nonce (is )?too high|noncegap|nonce gap|gapped[- ]nonce|nonce too distant/i],
  [
    'replacement-underpriced',
    /replacement transaction underpriced|another (transaction|tx) (with|which has the) same nonce|could not replace existing tx|replacement ?not ?allowed/i,
  ],
  [
    'insufficient-funds',
    /insufficient ?(funds|balance)|exceeds account balance|not enough funds|enough funds to send tx|would cause overdraft/i,
  ],
  [
    'fee-cap',
    /exceeds the configured cap|fee cap exceeded|tip (cap )?(above|higher than)|priority fee per gas higher/i,
  ],
  [
    'underpriced',
    /underpriced|feetoolow|less than block base fee|fee cap less than|gas price (is )?(too low|below)|too low for the next block|below the (current|minimum)|fee too low/i,
  ],
  [
    'gas',
    /intrinsic gas|exceeds block gas limit|gas limit exceeded|gaslimitexceeded|requires at least \d+ gas|gas uint64/i,
  ],
  ['busy', /rate limit|too many requests|limit exceeded|over capacity|try again later|temporarily unavailable/i],
  ['pool-full', /(tx ?pool|queue|mempool)( is)? full|too many transactions in the queue|limit reached/i],
  [
    'invalid',
    /invalid (sender|signature|rlp|chain id)|negative value|oversized data|initcode|not supported|replay-protected/i,
  ],
  ['no-block', /(finalized|safe)? ?block not found|unknown block|header not found/i],
];

/** The node's own words, wherever ethers put them; not ethers' message, which repeats the whole transaction. */
const nodeWords = (error: unknown): readonly string[] => {
  const objects = causesOf(error).flatMap((at) => [
    member(at, 'info', 'error'),
    member(at, 'info', 'info', 'error'),
    member(at, 'error'),
  ]);
  const bodies = causesOf(error).map((at) => textAt(at, 'info', 'responseBody'));
  const texts = objects.flatMap((at) => [textAt(at, 'message'), textAt(at, 'data'), textAt(at, 'data', 'message')]);
  return [...texts, ...bodies].filter((text) => text !== undefined);
};

const HEX = /^0x([0-9a-fA-F]{2})*$/;

/**
 * Return data of a reverted call: `error.data`, a string with geth, Erigon, reth and anvil, an object with hardhat and ganache, and behind
 * the word "Reverted" with Nethermind and OpenEthereum.
 */
export const revertDataIn = (error: unknown): string | undefined => {
  const objects = causesOf(error).flatMap((at) => [member(at, 'info', 'error'), member(at, 'error')]);
  const texts = objects.flatMap((at) => [
    textAt(at, 'data'),
    textAt(at, 'data', 'data'),
    textAt(at, 'data', 'result'),
    textAt(at, 'data', 'originalError', 'data'),
  ]);
  return texts.map((text) => text?.replace(/^Reverted /, '')).find((text) => text !== undefined && HEX.test(text));
};

const TRANSPORT = new Set(['SERVER_ERROR', 'NETWORK_ERROR', 'BAD_DATA', 'UNSUPPORTED_OPERATION', 'CANCELLED']);

export const refusalOf = (error: unknown): Refusal => {
  const words = nodeWords(error).join('\n');
  const known = WORDS.find(([, pattern]) => pattern.test(words));
  if (known !== undefined) return known[0];
  const codes = causesOf(error).map((at) => textAt(at, 'code') ?? textAt(at, 'name') ?? '');
  if (codes.some((code) => code === 'TIMEOUT' || code === 'ETIMEDOUT' || code === 'AbortError')) return 'late';
  const answered = codes.some((code) => code === 'UNKNOWN_ERROR' || code === 'CALL_EXCEPTION');
  if (answered) return 'refused';
  return codes.some((code) => TRANSPORT.has(code) || /^E[A-Z]{3,}$/.test(code)) || words === ''
    ? 'unreachable'
    : 'refused';
};

/**
 * `field` is the refusal. Without the original as cause: ethers' errors carry the url, which holds an API key, and the signed bytes, which
 * are as good as money.
 */
export const rpcError = (call: Call, error: unknown): KeyturnError => {
  const refusal = refusalOf(error);
  const code =
    refusal === 'late' ? 'DEADLINE' : refusal === 'unreachable' || refusal === 'busy' ? 'UNAVAILABLE' : 'RPC_REFUSED';
  return new KeyturnError(code, `${call.service}: ${call.call} ${call.resource}: ${refusal}`, { field: refusal });
};
