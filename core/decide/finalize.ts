import { revertReason } from '#core/transaction/revert.ts';
import { matchesRequest } from '#core/transaction/transaction.ts';
import type { ChainLaw } from '#schemas/config.ts';
import type { OutcomeFact, ReceiptFact, RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { receiptObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { act, type Decision, wait } from '../decision.ts';
import type { BlockHead, MinedReceipt, MinedTransaction } from '../ports.ts';
import type { NonceOutcome } from './nonce-outcome.ts';

/** What the chain says about one submitted request. */
export interface ChainFacts {
  /** The rung that was mined, if any was. */
  readonly mined:
    | { readonly receipt: MinedReceipt; readonly transaction: MinedTransaction; readonly block: BlockHead }
    | undefined;
  /** The highest block that counts as final. */
  readonly finalBlock: bigint;
  /** Transactions mined from the wallet; undefined where it was not asked for. */
  readonly count: bigint | undefined;
  /** What else used the nonce, where nothing of ours did. */
  readonly fate: NonceOutcome;
  /** Return data of a reverted transaction. */
  readonly revertData: string | undefined;
}

export interface Settlement {
  readonly receipt: { readonly name: string; readonly fact: ReceiptFact } | undefined;
  readonly outcome: OutcomeFact;
  /** A transaction that keyturn did not make, at a nonce of the wallet: its key may be loose. */
  readonly foreign: { readonly transactionHash: string; readonly nonce: string } | undefined;
}

const lost = (submitted: SubmittedFact, fate: NonceOutcome): Decision<Settlement> => {
  if (fate.kind === 'open') return wait('NOT_MINED', 'no rung has a receipt');
  const replaced = fate.kind === 'replaced';
  return act({
    receipt: undefined,
    outcome: {
      id: submitted.id,
      wallet: submitted.wallet,
      outcome: fate.kind,
      code: replaced ? 'REPLACED' : 'SUPERSEDED',
      reason: replaced
        ? `request ${fate.by} was mined at nonce ${submitted.nonce}`
        : `a transaction that keyturn did not make was mined at nonce ${submitted.nonce}`,
      transactionHash: fate.use.hash,
      blockNumber: fate.use.blockNumber.toString(),
      receipt: '',
    },
    foreign: replaced ? undefined : { transactionHash: fate.use.hash, nonce: submitted.nonce },
  });
};

/** The highest final block number under the law's finality for this chain; 0n where nothing is final yet. */
export const finalBlockOf = (chain: ChainLaw, latest: bigint, finalized: bigint | undefined): bigint => {
  switch (chain.finality.kind) {
    case 'finalized':
      return finalized ?? 0n;
    case 'confirmations': {
      const depth = latest - BigInt(chain.finality.count);
      return depth > 0n ? depth : 0n;
    }
    /* v8 ignore next -- the compiler sees to it that no finality is left @preserve */
    default:
      return chain.finality satisfies never;
  }
};

/**
 * Mined, final, and field by field what was asked? An empty answer is never a failure: it is *wait*. `resultsBucket` is for the ce-id
 * that the ledger deduplicates by.
 */
export const decideFinalize = (
  request: RequestFact,
  submitted: SubmittedFact,
  chain: ChainFacts,
  resultsBucket: string,
): Decision<Settlement> => {
  const { mined } = chain;
  if (mined === undefined) return lost(submitted, chain.fate);
  const { receipt, transaction, block } = mined;
  if (!matchesRequest(transaction, request.request, BigInt(submitted.nonce), submitted.from))
    return wait('MINED_MISMATCH', `transaction ${transaction.hash} is not what was asked`);
  if (block.number > chain.finalBlock)
    return wait('NOT_FINAL', `block ${block.number} is above the final block ${chain.finalBlock}`);
  const { id, request: asked } = request;
  const status = receipt.success ? 'finalized' : 'reverted';
  const receiptName = receiptObject(id, block.time);
  const fact: ReceiptFact = {
    eventId: `${resultsBucket}/${receiptName}`,
    id,
    wallet: submitted.wallet,
    chainId: submitted.chainId,
    status,
    transactionHash: receipt.transactionHash,
    blockNumber: receipt.blockNumber.toString(),
    blockTime: timeText(block.time),
    from: submitted.from,
    to: asked.to,
    valueWei: asked.value,
    gasUsed: receipt.gasUsed.toString(),
    effectiveGasPrice: receipt.effectiveGasPrice.toString(),
    feeWei: (receipt.gasUsed * receipt.effectiveGasPrice).toString(),
    nonce: submitted.nonce,
    reference: asked.reference,
    requester: asked.requester,
    memo: asked.memo,
    approvedBy: submitted.approvedBy,
    lawHash: request.lawHash,
  };
  return act({
    receipt: { name: receiptName, fact },
    outcome: {
      id,
      wallet: submitted.wallet,
      outcome: status,
      code: receipt.success ? '' : 'REVERTED',
      reason: receipt.success ? '' : `mined and reverted, ${revertReason(chain.revertData)}; its fee was paid`,
      transactionHash: receipt.transactionHash,
      blockNumber: receipt.blockNumber.toString(),
      receipt: receiptName,
    },
    foreign: undefined,
  });
};
