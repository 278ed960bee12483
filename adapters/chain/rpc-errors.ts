import { textAt } from '#adapters/calls/error-facts.ts';
import type { Call } from '#adapters/calls/errors.ts';
import { causesOf, member } from '#core/error-fields.ts';
import { KeyturnError } from '#schemas/codes.ts';

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
 * There is no standard for these. Geth and its forks, Erigon, Nethermind, Besu, reth, anvil, hardhat, ganache and OpenEthereum each have
 * words of their own. The test lists them, with the file that each comes from. First match counts. Nethermind's OwnNonceAlreadyUsed may be
 * another transaction of that nonce, so it means nonce-too-low: look the hash up.
 */
const WORDS: readonly (readonly [Refusal, RegExp])[] = [
  // "unknown transaction type" must not look like "known transaction": it would be taken for success.
  ['known', /already ?known|\bknown transaction|already ?imported|existing txn? with same hash/i],
  [
    'nonce-too-low',
    /nonce (is )?too low|oldnonce|ownnoncealreadyused|invalid transaction nonce|pool\(stale\)|nonce has already been used/i,
  ],
  ['nonce-too-low', /correct nonce\. account has nonce of|already finalized/i],
  ['nonce-too-high', /nonce (is )?too (high|distant|far)|nonce ?gap|gapped[- ]nonce|noncetoofar/i],
  [
    'replacement-underpriced',
    /replacement transaction underpriced|another (transaction|tx) (with|which has the) same nonce|could not replace existing tx|replacement ?not ?allowed/i,
  ],
  [
    'replacement-underpriced',
    /insufficient gas price to replace|replaced by (a )?(better transaction|transaction with)/i,
  ],
  [
    'insufficient-funds',
    /insufficient ?(funds|balance)|exceeds account balance|not enough funds|enough funds to send tx|would cause overdraft/i,
  ],
  [
    'fee-cap',
    /exceeds the configured cap|fee cap exceeded|tip (cap )?(above|higher than)|priority fee per gas (higher|exceeds)|max_priority_fee_per_gas. greater/i,
  ],
  [
    'underpriced',
    /underpriced|feetoolow|less than (the )?block('s)? ?base ?fee|fee cap less than|gas price (is )?(too low|below)|too low for the next block|below the (current|minimum)|fee too low|mingasprice/i,
  ],
  [
    'gas',
    /intrinsic ?gas|exceeds (the )?block gas limit|gas ?limit ?exceeded|gas limit reached|requires at least \d+ gas|gas ?uint(64|overflow)/i,
  ],
  [
    'gas',
    /gas limit (is )?too high|exceeds transaction gas cap|gas limit .*greater than the|floor data gas|higher gas limit than the block|base fee exceeds gas limit/i,
  ],
  [
    'pool-full',
    /account limit exceeded|(tx ?pool|sub-pool|queue|mempool)( is)? full|pool full|too many transactions in the queue|spammer/i,
  ],
  ['busy', /rate limit|too many requests|limit exceeded|over capacity|try again later|temporarily unavailable/i],
  ['busy', /node is syncing|^syncing$|initial sync is still|transaction pool not enabled/im],
  ['pool-full', /limit reached/i],
  [
    'invalid',
    /invalid (sender|signature|rlp|chain ?id)|wrong chain ?id|chain ?id (mismatch|is required)|negative value|not supported|replay-protected/i,
  ],
  [
    'invalid',
    /unknown transaction|(unsupported|invalid|this) transaction type|notsupportedtxtype|oversized data|rlptoolong|transaction too large|maxtxsize|init ?code|failed ?to ?(recover|resolve) ?sender/i,
  ],
  [
    'invalid',
    /sender not an eoa|senderiscontract|cost overflow|int256overflow|transaction invalid|max value|not authorized|failed to decode/i,
  ],
  ['no-block', /(finalized|safe)? ?block not found|unknown block|header not found/i],
];

/** ganache and ethereumjs say the same of both: account nonce, then the transaction's. */
const BOTH_NONCES = /account has nonce of: (\d+) (?:and )?tx has nonce of: (\d+)/i;

const wordsMean = (words: string): Refusal | undefined => {
  const [, account = '', transaction = ''] = BOTH_NONCES.exec(words) ?? [];
  if (account !== '' && BigInt(transaction) > BigInt(account)) return 'nonce-too-high';
  return WORDS.find(([, pattern]) => pattern.test(words))?.[0];
};

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
 * Return data of a reverted call, in `error.data`. It is a string with geth, Erigon, reth and anvil, and an object with hardhat and
 * ganache. With Nethermind and OpenEthereum it stands behind the word "Reverted".
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
  const meaning = wordsMean(words);
  if (meaning !== undefined) return meaning;
  const codes = causesOf(error).map((at) => textAt(at, 'code') ?? textAt(at, 'name') ?? '');
  if (codes.some((code) => code === 'TIMEOUT' || code === 'ETIMEDOUT' || code === 'AbortError')) return 'late';
  const answered = codes.some((code) => code === 'UNKNOWN_ERROR' || code === 'CALL_EXCEPTION');
  if (answered) return 'refused';
  return codes.some((code) => TRANSPORT.has(code) || /^E[A-Z]{3,}$/.test(code)) || words === ''
    ? 'unreachable'
    : 'refused';
};

/**
 * `field` is the refusal. Without the original as cause. Ethers' errors carry the url, which holds an API key, and the signed bytes, which
 * are as good as money.
 */
export const rpcError = (call: Call, error: unknown): KeyturnError => {
  const refusal = refusalOf(error);
  const code =
    refusal === 'late' ? 'DEADLINE' : refusal === 'unreachable' || refusal === 'busy' ? 'UNAVAILABLE' : 'RPC_REFUSED';
  return new KeyturnError(code, `${call.service}: ${call.call} ${call.resource}: ${refusal}`, { field: refusal });
};
