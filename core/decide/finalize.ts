import { pricePaid, rungFees } from '#core/transaction/fees.ts';
import { revertReason } from '#core/transaction/revert.ts';
import type { OutcomeFact, ReceiptFact, RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { receiptObject } from '#schemas/names.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { act, type Decision, wait } from '../decision.ts';
import type { ChainFacts, Mined, SettlementFacts } from '../facts/chain-facts.ts';
import { type NonceOutcome, nonceOutcome } from './nonce-outcome.ts';
import { receiptOf } from './receipt.ts';

export interface Settlement {
  readonly receipt: { readonly name: string; readonly fact: ReceiptFact } | undefined;
  readonly outcome: OutcomeFact;
  /** A transaction that keyturn did not make, at a nonce of the wallet: its key may be loose. */
  readonly foreign: { readonly transactionHash: string; readonly nonce: string } | undefined;
}

const settledElsewhere = (submitted: SubmittedFact, outcome: Exclude<NonceOutcome, { kind: 'open' }>): Settlement => {
  const replaced = outcome.kind === 'replaced';
  return {
    receipt: undefined,
    outcome: {
      id: submitted.id,
      wallet: submitted.wallet,
      outcome: outcome.kind,
      code: replaced ? 'REPLACED' : 'SUPERSEDED',
      reason: replaced
        ? `request ${outcome.by} was mined at nonce ${submitted.nonce}`
        : `a transaction that keyturn did not make was mined at nonce ${submitted.nonce}`,
      transactionHash: outcome.use.hash,
      blockNumber: outcome.use.blockNumber.toString(),
      receipt: '',
    },
    foreign: replaced ? undefined : { transactionHash: outcome.use.hash, nonce: submitted.nonce },
  };
};

/** No rung has a receipt. Where the register does not show all that could have been mined at the nonce, nothing is decided. */
const notMined = (submitted: SubmittedFact, { nonce, finalBlock }: ChainFacts): Decision<Settlement> => {
  if (nonce?.view === 'incomplete') return wait('SEAL_STUCK', 'the register does not show its seal');
  if (nonce?.search?.kind === 'exhausted')
    return wait('SEAL_STUCK', 'its nonce is used, but the transaction that used it is in no block since its seal');
  if (nonce?.view === undefined) return wait('NOT_MINED', 'no rung has a receipt');
  const outcome = nonceOutcome(submitted, nonce.use, finalBlock, nonce.view);
  return outcome.kind === 'open'
    ? wait('NOT_MINED', 'no rung has a receipt')
    : act(settledElsewhere(submitted, outcome));
};

/** wei per gas: as the receipt says, or as it follows from the rung and its block. */
export const paid = (asked: TransactionRequest, rung: number, { receipt, block }: Mined): bigint | undefined => {
  const fees = rungFees(asked)[rung];
  return receipt.effectiveGasPrice ?? (fees && pricePaid(asked, fees, block.baseFeePerGas));
};

/**
 * The one judgement of settlement: sealed, mined and final? The sealed hash commits to chain, nonce, destination, value and data: no node is
 * asked for them again. An empty answer is never a failure: it is *wait*. `resultsBucket` is for the ce-id that the ledger deduplicates by.
 */
export const decideFinalize = (
  request: RequestFact,
  submitted: SubmittedFact,
  facts: SettlementFacts,
  resultsBucket: string,
): Decision<Settlement> => {
  if (!facts.sealed) return wait('ID_MISMATCH', 'the register does not hold what submitted.json says');
  const { chain } = facts;
  const { mined } = chain;
  if (mined === undefined) return notMined(submitted, chain);
  const { receipt, block } = mined;
  const rung = facts.seal.item.rungs.indexOf(receipt.transactionHash);
  if (rung === -1) return wait('MINED_MISMATCH', `a receipt of ${receipt.transactionHash}, which is not sealed`);
  if (chain.law === undefined) return wait('NOT_FINAL', `the law does not name chain ${submitted.chainId}`);
  if (block.number > chain.finalBlock)
    return wait('NOT_FINAL', `block ${block.number} is above the final block ${chain.finalBlock}`);
  const price = paid(request.request, rung, mined);
  if (price === undefined) return wait('CHAIN_UNREACHABLE', 'no node says what it paid for its gas');
  const { id } = request;
  // The day of the final block: whoever writes it, whenever, writes the same name.
  const name = receiptObject(id, block.time);
  const eventId = `${resultsBucket}/${name}`;
  const { seal, sealLaw, predictions } = facts;
  const { law, logs } = chain;
  const fact = receiptOf({ eventId, request, submitted, seal, sealLaw, mined, logs, price, law, predictions });
  return act({
    receipt: { name, fact },
    outcome: {
      id,
      wallet: submitted.wallet,
      outcome: fact.status,
      code: receipt.success ? '' : 'REVERTED',
      reason: receipt.success ? '' : `mined and reverted, ${revertReason(chain.revertData)}; its fee was paid`,
      transactionHash: receipt.transactionHash,
      blockNumber: receipt.blockNumber.toString(),
      receipt: name,
    },
    foreign: undefined,
  });
};
