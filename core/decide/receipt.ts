import { getCreateAddress } from 'ethers';
import { selectorOf } from '#core/policy-call.ts';
import type { ChainLaw } from '#schemas/config.ts';
import type { ReceiptFact, RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { timeText } from '#schemas/spellings.ts';
import type { FoundSeal, Mined } from '../facts/chain-facts.ts';

/** What a receipt is made of: a mined and final transaction, and the seal that let it out. */
export interface Settled {
  readonly eventId: string;
  readonly request: RequestFact;
  readonly submitted: SubmittedFact;
  readonly seal: FoundSeal;
  readonly mined: Mined;
  /** wei per gas */
  readonly price: bigint;
  readonly law: ChainLaw;
}

/** wei. A rollup's charge for data on its base chain stands beside the gas. Blobs are in no request, so there is no fee for them. */
const feeOf = ({ receipt }: Mined, price: bigint) => {
  const execution = receipt.gasUsed * price;
  return {
    feeWei: (execution + (receipt.l1Fee ?? 0n)).toString(),
    executionFeeWei: execution.toString(),
    l1FeeWei: receipt.l1Fee?.toString() ?? '',
    blobFeeWei: '',
  };
};

/** Who approved, by which rule and law, and what could leave: as the wallet's own key sealed it, never as a function says it. */
const sealedIn = ({ name, generation, rawHash, lawHash, item }: FoundSeal) => ({
  approvedBy: [...new Set(item.approvals.map(({ coSigner }) => coSigner))],
  approvals: item.approvals,
  rule: item.rule,
  lawHash,
  seal: name,
  sealGeneration: generation,
  sealHash: rawHash,
  tokensJudged: item.tokensJudged,
  // The law of the functions may not be that of the seal, which alone says what a token is called.
  assets: item.assets.map((asset) => ({ ...asset, symbol: '', decimals: '' })),
  delayStartedAt: item.delay?.startedAt ?? '',
  delayEndedAt: item.delay?.endedAt ?? '',
  delayObject: item.delay?.object ?? '',
  delayGeneration: item.delay?.generation ?? '',
});

const finalityOf = ({ finality, trusted }: ChainLaw) =>
  ({
    finality: finality.kind === 'finalized' ? 'finalized' : `confirmations/${finality.count}`,
    witness: trusted ? 'trusted-node' : 'quorum',
  }) as const;

/** Logs and calls are not read yet, and the receipt says so: nothing is listed, compared or decoded. */
const NOT_READ = {
  callSignature: '',
  callArguments: [],
  transfersListed: 'no',
  transfers: [],
  deviations: [],
} as const;

/** Pure: whoever finds the same block final and the same seal writes the same receipt. */
export const receiptOf = ({ eventId, request, submitted, seal, mined, price, law }: Settled): ReceiptFact => {
  const { receipt, block } = mined;
  const { id, request: asked } = request;
  const created = asked.to === '' && receipt.success;
  return {
    version: '2',
    eventId,
    id,
    wallet: submitted.wallet,
    chainId: submitted.chainId,
    status: receipt.success ? 'finalized' : 'reverted',
    transactionHash: receipt.transactionHash,
    blockNumber: receipt.blockNumber.toString(),
    blockHash: receipt.blockHash,
    blockTime: timeText(block.time),
    from: submitted.from,
    to: asked.to,
    contractAddress: created ? getCreateAddress({ from: submitted.from, nonce: BigInt(submitted.nonce) }) : '',
    valueWei: asked.value,
    gasUsed: receipt.gasUsed.toString(),
    effectiveGasPrice: price.toString(),
    ...feeOf(mined, price),
    nonce: submitted.nonce,
    reference: asked.reference,
    requester: asked.requester,
    memo: asked.memo,
    ...sealedIn(seal),
    ...finalityOf(law),
    selector: selectorOf(asked, false) ?? '',
    ...NOT_READ,
  };
};
