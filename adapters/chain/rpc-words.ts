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
  | 'no-state'
  | 'no-method'
  | 'revert'
  | 'busy'
  | 'late'
  | 'unreachable'
  | 'refused';

/**
 * What is said to eth_sendRawTransaction. There is no standard for it. Geth and its forks, Erigon, Nethermind, Besu, reth, anvil, hardhat,
 * ganache and OpenEthereum each have words of their own, and so have gateways. The test lists them, with the public source of each.
 * First match counts. Nethermind's OwnNonceAlreadyUsed may be another transaction of that nonce, so it means nonce-too-low: look the hash up.
 */
export const SEND_WORDS: readonly (readonly [Refusal, RegExp])[] = [
  // The reason of a revert is chosen by a contract: no word of it is the node's.
  ['revert', /\breverted\b/i],
  // A gateway's limit may also say "limit reached", which a pool says of itself.
  [
    'busy',
    /(calls|units) per second|request limit|credits limited to|gateway timeout|(currently|not) healthy|backend offline/i,
  ],
  // "unknown transaction type" must not look like "known transaction": it would be taken for success.
  [
    'known',
    /already ?known|\bknown transaction|already ?imported|existing txn? with same hash|already (exists )?in (cache|mempool)/i,
  ],
  ['nonce-too-low', /nonce (is )?too low|oldnonce|ownnoncealreadyused|invalid transaction nonce|pool\(stale\)/i],
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
    /exceeds the configured cap|fee cap exceeded|tip higher than|priority fee per gas (higher|exceeds)|max_priority_fee_per_gas. greater/i,
  ],
  [
    'underpriced',
    /underpriced|feetoolow|less than (the )?block('s)? ?base ?fee|fee cap less than|gas price (is )?(too low|below)|too low for the next block|below configured minimum|less than gas price minimum|unacceptable gas price|gas price lower than|fee too low/i,
  ],
  [
    'gas',
    /intrinsic ?gas|exceeds (the )?block gas limit|gas ?limit ?exceeded|gas limit reached|requires at least \d+ gas|gas ?uint(64|overflow)/i,
  ],
  [
    'gas',
    /gas limit (is )?too high|exceeds transaction gas cap|gas limit .*greater than the|floor data gas|higher gas limit than the block|base fee exceeds gas limit|txgaslimitcapexceeded|gas floor of/i,
  ],
  [
    'pool-full',
    /account limit exceeded|(tx ?pool|sub-pool|queue|mempool)( is)? full|pool full|too many transactions in the queue|spammer/i,
  ],
  ['busy', /rate limit|too many requests|limit exceeded|over capacity/i],
  ['busy', /node is syncing|^syncing$|initial sync is still|transaction pool not enabled/im],
  ['pool-full', /limit reached/i],
  [
    'invalid',
    /invalid (sender|signature|rlp|chain ?id)|wrong chain ?id|chain ?id (mismatch|is required)|signed for another chain|negative value|not supported|replay-protected/i,
  ],
  [
    'invalid',
    /unknown transaction|(unsupported|invalid|this) transaction type|notsupportedtxtype|oversized data|rlptoolong|transaction too large|maxtxsize|init ?code|failed ?to ?(recover|resolve) ?sender/i,
  ],
  [
    'invalid',
    /sender not an eoa|senderiscontract|cost overflow|int256overflow|transaction invalid|max value|not authorized|failed to decode/i,
  ],
];

/** What is said to reads. Whatever else a node or a gateway says there means no more than that the answer is lost. */
const READ_WORDS: readonly (readonly [Refusal, RegExp])[] = [
  ['no-block', /block not found|unknown block|header not found|block is out of range|parsing "finalized"/i],
  [
    'no-state',
    /missing ?trie ?node|historical state|state .*(is|are) (not available|pruned)|state (unavailable|not available)/i,
  ],
];

/** What is said to calls that are executed: the account or the code may be the reason. */
const EXECUTION_WORDS: readonly (readonly [Refusal, RegExp])[] = [
  ['revert', /\brevert(ed)?\b|vm exception|evm error|invalid opcode|out of gas|always failing transaction/i],
  ['insufficient-funds', /insufficient ?(funds|balance)|enough funds to send tx/i],
  ['gas', /gas required exceeds|intrinsic gas|exceeds block gas limit/i],
];

export const SIMULATE = 'eth_simulateV1';

/** What is said to a simulation. No standard names the words for a method that a node lacks. */
const SIMULATION_WORDS: readonly (readonly [Refusal, RegExp])[] = [
  ['no-method', /method .{0,80}(does not exist|not (supported|found|available|allowed))|(unsupported|unknown) method/i],
  ['insufficient-funds', /insufficient (funds|balance|sender balance|maxfeepergas for sender balance)/i],
  ['gas', /intrinsic gas|exceeds block gas limit/i],
];

/** Codes that the execution API gives to errors of a simulation, and those of a method that is missing (EIP-1474). */
const SIMULATION_CODES: Readonly<Record<string, Refusal>> = {
  '-32601': 'no-method',
  '-32004': 'no-method',
  '-38013': 'gas',
  '-38014': 'insufficient-funds',
  '-38015': 'gas',
};

/** What a code of a node means, said to this method; undefined where it means nothing. */
export const codeMeans = (method: string, code: unknown): Refusal | undefined =>
  method === SIMULATE ? SIMULATION_CODES[String(code)] : undefined;

/** ganache and ethereumjs say the same of both: account nonce, then the transaction's. */
const BOTH_NONCES = /account has nonce of: (\d+) (?:and )?tx has nonce of: (\d+)/i;

const sendMeans = (words: string): Refusal | undefined => {
  const [, account = '', transaction = ''] = BOTH_NONCES.exec(words) ?? [];
  if (account !== '' && BigInt(transaction) > BigInt(account)) return 'nonce-too-high';
  return SEND_WORDS.find(([, pattern]) => pattern.test(words))?.[0];
};

/** Whether this method runs code, so that its failure may be that code's. */
export const isExecution = (method: string): boolean => method === 'eth_call' || method === 'eth_estimateGas';

/** What the words of a node mean, said to this method; undefined where they mean nothing. */
export const meaningOf = (method: string, words: string): Refusal | undefined => {
  if (method === 'eth_sendRawTransaction') return sendMeans(words);
  const more = isExecution(method) ? EXECUTION_WORDS : method === SIMULATE ? SIMULATION_WORDS : [];
  const table = [...READ_WORDS, ...more];
  return table.find(([, pattern]) => pattern.test(words))?.[0];
};
