/**
 * A settled transaction, as topic `receipts` and the results bucket tell it (docs/formats.md, "Topic `receipts`"). Every value is a text: wei and
 * base units in decimal, "" where it does not apply. `schemas/receipt.ts` parses it; this is the same shape for who has no zod.
 */
export interface Receipt {
  readonly version: '2';
  readonly eventId: string;
  readonly id: string;
  readonly wallet: string;
  readonly chainId: string;
  readonly status: 'finalized' | 'reverted';
  readonly transactionHash: string;
  readonly blockNumber: string;
  readonly blockHash: string;
  readonly blockTime: string;
  readonly from: string;
  readonly to: string;
  readonly contractAddress: string;
  readonly valueWei: string;
  readonly gasUsed: string;
  readonly effectiveGasPrice: string;
  readonly feeWei: string;
  readonly executionFeeWei: string;
  readonly l1FeeWei: string;
  readonly blobFeeWei: string;
  readonly nonce: string;
  readonly reference: string;
  readonly requester: string;
  readonly memo: string;
  readonly approvedBy: readonly string[];
  readonly approvals: readonly ReceiptApproval[];
  readonly rule: string;
  readonly lawHash: string;
  readonly seal: string;
  readonly sealGeneration: string;
  readonly sealHash: string;
  readonly finality: string;
  readonly witness: 'quorum' | 'trusted-node';
  readonly tokensJudged: 'yes' | 'no';
  readonly assets: readonly ReceiptAsset[];
  readonly delayStartedAt: string;
  readonly delayEndedAt: string;
  readonly delayObject: string;
  readonly delayGeneration: string;
  readonly selector: string;
  readonly callSignature: string;
  readonly callArguments: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  readonly transfersListed: 'no' | 'some' | 'all';
  readonly transfers: readonly ReceiptTransfer[];
  readonly deviations: readonly ReceiptDeviation[];
}

export interface ReceiptApproval {
  readonly coSigner: string;
  readonly object: string;
  readonly generation: string;
  readonly sha256: string;
  readonly prediction: string;
}

export type AssetStandard = 'native' | 'erc20' | 'erc721' | 'erc1155';

export interface ReceiptAsset {
  readonly chainId: string;
  readonly standard: AssetStandard;
  readonly address: string;
  readonly tokenId: string;
  readonly symbol: string;
  readonly decimals: string;
  readonly leaves: string;
  readonly allows: string;
}

export interface ReceiptTransfer {
  readonly standard: AssetStandard;
  readonly address: string;
  readonly tokenId: string;
  readonly symbol: string;
  readonly decimals: string;
  readonly from: string;
  readonly to: string;
  readonly amount: string;
  readonly logIndex: string;
}

export interface ReceiptDeviation {
  readonly code: string;
  readonly standard: AssetStandard;
  readonly address: string;
  readonly tokenId: string;
  readonly expected: string;
  readonly actual: string;
  /** Whose prediction it differs from; "": from what was approved. */
  readonly coSigner: string;
}
