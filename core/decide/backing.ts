import type { FoundSeal, Mined } from '#core/facts/chain-facts.ts';
import type { MinedTransaction, TransactionLog } from '#core/ports.ts';
import type { SealItem } from '#core/register/entry.ts';
import type { Limits } from '#core/register/limits.ts';
import { closeBelieved, type RegisterView, sealItems } from '#core/register/rules.ts';
import { PREDICTED_CODES } from '#core/settled/predicted.ts';
import { canonicalText, type Json } from '#schemas/canonical.ts';
import type { ChainLaw, Law, Wallet } from '#schemas/config.ts';
import type { OutcomeFact, ReceiptFact, RequestFact } from '#schemas/facts.ts';
import { receiptObject } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import { timeMs } from '#schemas/spellings.ts';
import { outcomeOfClose } from './close.ts';
import { paid } from './finalize.ts';
import { receiptOf } from './receipt.ts';
import type { Seen } from './why.ts';

/**
 * What stands behind an outcome or a receipt, beside the word of the function that wrote it. `chain`: sealed by the wallet's key, and in a
 * final block as the reader's own nodes say. `close`: the register closed it, and seals nothing of it. `seal`: the wallet's key sealed it, and
 * the chain was not seen. `unverified`: nothing of these, or they say something else.
 */
export type Backing =
  | { readonly kind: 'chain' }
  | { readonly kind: 'close' }
  | { readonly kind: 'seal'; readonly because: string }
  | { readonly kind: 'unverified'; readonly because: string };

/** The transaction that an outcome names, where it is in a final block. `use`: whose nonce it used. */
export interface FinalTransaction extends Mined {
  readonly use: Pick<MinedTransaction, 'from' | 'nonce'> | undefined;
}

const unverified = (because: string): Backing => ({ kind: 'unverified', because });

const unseenWords = (part: 'register' | 'chain', code: string): string =>
  code === 'PERMISSION_DENIED' ? `you may not read the ${part}` : `the ${part} could not be read (${code})`;

/** A sealed transaction against the chain. `isAsTold`: whether the block says what the outcome says. */
const onChain = (
  chain: Seen<FinalTransaction | undefined>,
  isAsTold: (found: FinalTransaction) => boolean,
): Backing => {
  if ('unseen' in chain) return { kind: 'seal', because: unseenWords('chain', chain.unseen) };
  if (chain.value === undefined) return unverified('the chain shows no such transaction in a final block');
  return isAsTold(chain.value) ? { kind: 'chain' } : unverified('the chain tells another end of its transaction');
};

/** What the register and the chain must say of a request that the chain decided. `mine`: its seals. */
const decidedByChain = (
  outcome: OutcomeFact,
  { walletAddress }: RequestFact,
  chain: Seen<FinalTransaction | undefined>,
  { mine, all }: { readonly mine: readonly SealItem[]; readonly all: readonly SealItem[] },
): Backing => {
  const { transactionHash, blockNumber, id } = outcome;
  if (mine.length === 0) return unverified('the register shows no seal of it');
  const sealers = all.filter(({ rungs }) => rungs.includes(transactionHash));
  const isThere = ({ block }: FinalTransaction) => block.number.toString() === blockNumber;
  switch (outcome.outcome) {
    case 'replaced': {
      const isOfAnother = sealers.some((other) => other.id !== id && mine.some(({ nonce }) => nonce === other.nonce));
      return isOfAnother ? onChain(chain, isThere) : unverified('the register shows no other request with its nonce');
    }
    case 'superseded':
      if (sealers.length > 0) return unverified('the register seals that transaction');
      // Only the chain tells of a foreign transaction: without it nothing does.
      if ('unseen' in chain) return unverified(unseenWords('chain', chain.unseen));
      return onChain(
        chain,
        (found) =>
          isThere(found) && found.use?.from === walletAddress && mine.some(({ nonce }) => nonce === found.use?.nonce),
      );
    default:
      if (!sealers.some((sealer) => sealer.id === id))
        return unverified('the register seals another transaction of it');
      return onChain(chain, (found) => isThere(found) && found.receipt.success === (outcome.outcome === 'finalized'));
  }
};

/**
 * What backs an outcome. `register`: a view that shows the seals of the request. Where the outcome is one that a close makes, it shows all that a
 * close must be judged by.
 */
export const outcomeBacking = (
  outcome: OutcomeFact,
  { request, limits }: { readonly request: RequestFact; readonly limits: Limits },
  register: Seen<RegisterView>,
  chain: Seen<FinalTransaction | undefined>,
): Backing => {
  if (outcome.id !== request.id) return unverified('it tells of another request');
  if ('unseen' in register) return unverified(unseenWords('register', register.unseen));
  const all = sealItems(register.value);
  const mine = all.filter(({ id }) => id === request.id);
  switch (outcome.outcome) {
    case 'finalized':
    case 'reverted':
    case 'replaced':
    case 'superseded':
      return decidedByChain(outcome, request, chain, { mine, all });
    case 'rejected':
    case 'expired':
    case 'refused':
    case 'withdrawn':
    case 'failed': {
      if (mine.length > 0) return unverified('the register seals it, so it can still be mined');
      const close = closeBelieved(request.id, validUntilMs(request.request), register.value, limits);
      if (close === undefined) return unverified('the register shows no close of it that counts');
      const told = outcomeOfClose(request, close);
      return told.outcome === outcome.outcome && told.code === outcome.code
        ? { kind: 'close' }
        : unverified(`the register closed it as ${told.outcome} (${told.code})`);
    }
    /* v8 ignore next -- every outcome is above @preserve */
    default:
      return outcome.outcome satisfies never;
  }
};

/** Where a receipt must lie, and whose it must be. */
export interface Place {
  readonly wallet: Pick<Wallet, 'name' | 'address'>;
  readonly results: string;
  readonly law: ChainLaw;
  /** The law of the seal. Absent: it is not kept, and no receipt can name a token by it. */
  readonly sealLaw?: Law | undefined;
}

/** How the law of the seal's time judged finality is not known here. */
const NOT_COMPARED: readonly string[] = ['finality', 'witness'];
/** What only the logs tell. */
const BY_LOGS: readonly string[] = ['transfersListed', 'transfers', 'deviations'];

/** A final transaction, and what it logged. Absent: too few of the reader's nodes tell the same. */
export interface FinalReceipt extends Mined {
  readonly logs?: readonly TransactionLog[] | undefined;
}

/** What the receipt itself says of the chain: so that the rest can be compared where the chain is not seen. */
const claimedBy = (receipt: ReceiptFact): Mined => {
  const { transactionHash, blockHash } = receipt;
  const blockNumber = BigInt(receipt.blockNumber);
  return {
    receipt: {
      ...{ transactionHash, blockHash, blockNumber, success: receipt.status === 'finalized' },
      gasUsed: BigInt(receipt.gasUsed),
      effectiveGasPrice: BigInt(receipt.effectiveGasPrice),
      l1Fee: receipt.l1FeeWei === '' ? undefined : BigInt(receipt.l1FeeWei),
    },
    block: { number: blockNumber, hash: blockHash, time: timeMs(receipt.blockTime) ?? 0, baseFeePerGas: undefined },
  };
};

const textOf = (value: unknown): string => canonicalText(value as Json);

/** What a co-signer was shown, neither register nor chain can say: who approved is all that is compared of it. */
const withoutPredicted = (receipt: ReceiptFact): ReceiptFact => ({
  ...receipt,
  deviations: receipt.deviations.filter(({ coSigner }) => coSigner === ''),
});

const isPredicted = (code: string): boolean => PREDICTED_CODES.some((one) => one === code);

/** A difference from what was shown can be that of an approver alone. Any other is compared with what register and chain say. */
const isPossible = ({ code, coSigner }: ReceiptFact['deviations'][number], { item }: FoundSeal): boolean =>
  isPredicted(code) ? item.approvals.some((one) => one.coSigner === coSigner) : coSigner === '';

const differing = (receipt: ReceiptFact, made: ReceiptFact, skipped: readonly string[]): readonly string[] => {
  const fields = Object.keys(made) as (keyof ReceiptFact)[];
  return fields.filter((name) => !skipped.includes(name) && textOf(made[name]) !== textOf(receipt[name]));
};

/**
 * What backs a receipt: it is made once more from the seal and the chain, and compared field by field. `mined`: its transaction, where that is
 * in a final block. A seal with which it cannot be made counts as none.
 */
export const receiptBacking = (
  receipt: ReceiptFact,
  { wallet, results, law, sealLaw }: Place,
  found: Seen<FoundSeal | undefined>,
  mined: Seen<FinalReceipt | undefined>,
): Backing => {
  if ('unseen' in found) return unverified(unseenWords('register', found.unseen));
  const seal = found.value;
  const rung = seal?.item.rungs.indexOf(receipt.transactionHash) ?? -1;
  if (seal === undefined || seal.item.id !== receipt.id || rung === -1)
    return unverified('the register shows no seal of its transaction where it says');
  const seen: FinalReceipt | undefined = 'unseen' in mined ? claimedBy(receipt) : mined.value;
  if (seen === undefined) return unverified('the chain shows no such transaction in a final block');
  const { id, request, nonce, rungs } = seal.item;
  const price = paid(request, rung, seen);
  if (price === undefined) return unverified('no node says what it paid for its gas');
  const isListed = receipt.transfersListed !== 'no';
  if (isListed && !('unseen' in mined) && seen.logs === undefined)
    return unverified('your nodes do not tell its logs alike');
  const settled = {
    eventId: `${results}/${receiptObject(id, seen.block.time)}`,
    request: { id, request, walletAddress: wallet.address, lawHash: seal.lawHash },
    submitted: {
      ...{ id, wallet: wallet.name, chainId: request.chainId, from: wallet.address, nonce: nonce.toString() },
      ...{ transactionHashes: rungs, approvedBy: [], seal: seal.name },
    },
    ...{ seal, mined: seen, logs: isListed ? seen.logs : undefined, price, law, predictions: [] },
  };
  if (!receipt.deviations.every((one) => isPossible(one, seal)))
    return unverified('it tells of a prediction that nobody made');
  const comparable = withoutPredicted(receipt);
  const skipped = 'unseen' in mined ? [...NOT_COMPARED, ...BY_LOGS] : NOT_COMPARED;
  // A receipt that names no token is honest too: its law was perhaps not kept yet.
  const [fewest = []] = [sealLaw, undefined]
    .map((each) => differing(comparable, receiptOf({ ...settled, sealLaw: each }), skipped))
    .toSorted((one, other) => one.length - other.length);
  if (fewest.length > 0) return unverified(`register and chain say otherwise: ${fewest.join(', ')}`);
  return 'unseen' in mined ? { kind: 'seal', because: unseenWords('chain', mined.unseen) } : { kind: 'chain' };
};
