import type { ToldPrediction } from '#core/settled/predicted.ts';
import type { ChainLaw, Law } from '#schemas/config.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import type { BlockHead, MinedReceipt, MinedTransaction, NonceUse, StoredObject, TransactionLog } from '../ports.ts';
import type { Entry, Seal, SealItem } from '../register/entry.ts';
import type { RegisterView } from '../register/rules.ts';

/** A receipt of a transaction in a block of the chain as it is now. */
export interface Mined {
  readonly receipt: MinedReceipt;
  readonly block: BlockHead;
}

/** How far the search through whole blocks came: `below` is the highest block that is not read yet. */
export type BlockSearch = { readonly kind: 'stopped'; readonly below: bigint } | { readonly kind: 'exhausted' };

/** What is known of the nonce of a request of which no rung has a receipt. */
export interface NonceFacts {
  /** Transactions mined from the wallet, the most that any node claims: a hint that asking is worth while. */
  readonly count: bigint;
  /** The transaction that used the nonce, if one was found. */
  readonly use: NonceUse | undefined;
  /** Found now, and not yet remembered: once it is final, a node may no longer have the state by which it was found. */
  readonly isNews: boolean;
  /** Undefined: not read, since nothing could be decided yet. `incomplete`: it does not show all that could have been mined there. */
  readonly view: RegisterView | 'incomplete' | undefined;
  /** Undefined where no block was read in full. */
  readonly search: BlockSearch | undefined;
}

/** What the chain says about one sealed request. Nothing in it is judged. */
export interface ChainFacts {
  /** The highest block that counts as final. 0n where nothing is mined at the nonce: then nobody asked. */
  readonly finalBlock: bigint;
  /** The rung that was mined, if any was. */
  readonly mined: Mined | undefined;
  /** Undefined where a rung was mined. */
  readonly nonce: NonceFacts | undefined;
  /** What the law says of this chain. Undefined where it no longer names it: then nothing is final. */
  readonly law: ChainLaw | undefined;
  /** What the mined rung logged. Undefined where it is not final yet, or too few urls tell the same. */
  readonly logs: readonly TransactionLog[] | undefined;
  /** Return data of a reverted transaction. */
  readonly revertData: string | undefined;
}

/** A seal of the register, by the wallet's own key, and its item for one request: what a receipt rests on beside the chain. */
export interface FoundSeal {
  readonly name: string;
  readonly generation: string;
  readonly rawHash: string;
  readonly lawHash: string;
  readonly item: SealItem;
}

/** `sealed`: the register holds what submitted.json says. The chain is not asked about anything else. */
export type SettlementFacts =
  | { readonly sealed: false }
  | {
      readonly sealed: true;
      readonly seal: FoundSeal;
      /** The law of the seal, which names tokens and functions. Undefined where it is not kept. It decides no outcome. */
      readonly sealLaw: Law | undefined;
      readonly chain: ChainFacts;
      /** What those who approved were shown, as far as it could be read. It decides no outcome. */
      readonly predictions: readonly ToldPrediction[];
    };

/** Undefined where a reorganisation came between the calls: the receipt's block is no longer the one at its height. */
export const minedOf = (receipt: MinedReceipt, block: BlockHead | undefined): Mined | undefined =>
  block === undefined || block.hash !== receipt.blockHash ? undefined : { receipt, block };

/** Whether this is the transaction of that hash, and used the nonce. The source of the hash need not be trusted. */
export const isUse = (
  transaction: MinedTransaction | undefined,
  hash: string,
  { from, nonce }: Pick<SubmittedFact, 'from' | 'nonce'>,
): boolean =>
  transaction !== undefined &&
  transaction.hash === hash &&
  transaction.from === from &&
  transaction.nonce === BigInt(nonce);

/** What a receipt rests on, of a seal and one of its items. */
export const sealFound = (
  { rawHash, lawHash }: Seal,
  { name, generation }: Pick<StoredObject, 'name' | 'generation'>,
  item: SealItem,
): FoundSeal => ({ name, generation, rawHash, lawHash, item });

/** The wallet's own seal of this request, where this entry holds it as submitted.json says: at that nonce, with those hashes. */
export const foundSeal = (
  entry: Entry | undefined,
  place: Pick<StoredObject, 'name' | 'generation'>,
  submitted: Pick<SubmittedFact, 'id' | 'nonce' | 'transactionHashes'>,
): FoundSeal | undefined => {
  if (entry?.kind !== 'seal') return undefined;
  const { id, nonce, transactionHashes } = submitted;
  const item = entry.items.find(
    (each) => each.id === id && each.nonce.toString() === nonce && each.rungs.join() === transactionHashes.join(),
  );
  return item && sealFound(entry, place, item);
};

/**
 * The highest final block number under the law's finality for this chain; 0n where nothing is final yet. `head`: the block that a node calls
 * finalized, where the law goes by that, and else the newest.
 */
export const finalBlockOf = ({ finality }: ChainLaw, head: bigint): bigint => {
  switch (finality.kind) {
    case 'finalized':
      return head;
    case 'confirmations': {
      const depth = head - BigInt(finality.count);
      return depth > 0n ? depth : 0n;
    }
    default:
      return finality satisfies never;
  }
};

const MAX_QUICK_CONFIRMATIONS = 3;

/** Whether a block may be final seconds after it was mined, so that a short wait is worth while. */
export const isQuick = ({ finality }: ChainLaw): boolean =>
  finality.kind === 'confirmations' && finality.count <= MAX_QUICK_CONFIRMATIONS;
