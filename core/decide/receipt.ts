import { getCreateAddress } from 'ethers';
import { type CallNode, callTree } from '#core/calls/call-tree.ts';
import { selectorOf } from '#core/policy-call.ts';
import { allowancesIn } from '#core/settled/allowances.ts';
import { callText } from '#core/settled/call-text.ts';
import { deviationsOf } from '#core/settled/deviations.ts';
import { feeOf } from '#core/settled/fee.ts';
import { predictedDeviations, type ToldPrediction } from '#core/settled/predicted.ts';
import { movementsIn } from '#core/settled/transfers.ts';
import { type ChainLaw, type Law, tokensOn, type Wallet, walletNamed } from '#schemas/config.ts';
import type { ReceiptFact, RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Token } from '#schemas/tokens.ts';
import type { FoundSeal, Mined } from '../facts/chain-facts.ts';
import type { TransactionLog } from '../ports.ts';

/** What a receipt is made of: a mined and final transaction, and the seal that let it out. */
export interface Settled {
  readonly eventId: string;
  readonly request: RequestFact;
  readonly submitted: SubmittedFact;
  readonly seal: FoundSeal;
  /** The law of the seal; undefined where it is not kept. */
  readonly sealLaw: Law | undefined;
  readonly mined: Mined;
  /** Undefined where they were not read. */
  readonly logs: readonly TransactionLog[] | undefined;
  /** wei per gas */
  readonly price: bigint;
  readonly law: ChainLaw;
  /** What those who approved were shown, as far as it is known. */
  readonly predictions: readonly ToldPrediction[];
}

/** wei. Blobs are in no request, so a node that names a fee for them is not believed. */
const feesIn = ({ receipt: { gasUsed, l1Fee } }: Mined, price: bigint) => {
  const { execution, l1, total } = feeOf({ gasUsed, l1Fee }, price);
  return {
    feeWei: total.toString(),
    executionFeeWei: execution.toString(),
    l1FeeWei: l1?.toString() ?? '',
    blobFeeWei: '',
  };
};

/** What the law of the seal calls an asset. Without that law nothing is named. */
type Name = (address: string) => { readonly symbol: string; readonly decimals: string };

const namesIn =
  (tokens: readonly Token[]): Name =>
  (address) => {
    const token = tokens.find((each) => each.address === address);
    return { symbol: token?.symbol ?? '', decimals: token?.decimals.toString() ?? '' };
  };

/** Who approved, by which rule and law, and what could leave: as the wallet's own key sealed it, never as a function says it. */
const sealedIn = ({ name, generation, rawHash, lawHash, item }: FoundSeal, nameOf: Name) => ({
  approvedBy: [...new Set(item.approvals.map(({ coSigner }) => coSigner))],
  approvals: item.approvals,
  rule: item.rule,
  lawHash,
  seal: name,
  sealGeneration: generation,
  sealHash: rawHash,
  tokensJudged: item.tokensJudged,
  assets: item.assets.map((asset) => ({ ...asset, ...nameOf(asset.address) })),
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

const MAX_TRANSFERS = 1000;
const MAX_DEVIATIONS = 64;

/** Logs that were not read say nothing: nothing is listed or compared. */
const NOT_READ = { transfersListed: 'no', transfers: [], deviations: [] } as const;

/** What left the wallet and what came, and where that is not what was approved. */
const movedIn = (
  { request: { id, request: asked }, submitted, seal: { item }, mined: { receipt }, logs, predictions }: Settled,
  tree: CallNode,
  nameOf: Name,
): Pick<ReceiptFact, 'transfersListed' | 'transfers' | 'deviations'> => {
  if (logs === undefined) return NOT_READ;
  const wallet = submitted.from;
  const to = asked.to === '' ? createdBy(submitted) : asked.to;
  const moved = movementsIn(logs, { from: wallet, to, wei: receipt.success ? BigInt(asked.value) : 0n });
  const own = moved.movements.filter((each) => each.from === wallet || each.to === wallet);
  const { tokensJudged, assets } = item;
  const approved = receipt.success ? deviationsOf(moved, { wallet, tree, tokensJudged, assets }) : [];
  const allowances = allowancesIn(logs, wallet);
  const { movements } = moved;
  const predicted = predictedDeviations(predictions, { id, wallet, success: receipt.success, movements, allowances });
  return {
    transfersListed: moved.unread || own.length > MAX_TRANSFERS ? 'some' : 'all',
    transfers: own.slice(0, MAX_TRANSFERS).map(({ standard, address, tokenId, from, to: payee, amount, index }) => ({
      ...{ standard, address, tokenId, ...nameOf(address), from, to: payee },
      ...{ amount: amount.toString(), logIndex: index?.toString() ?? '' },
    })),
    // Those from what was approved stand first: register and chain prove them, and no co-signer's word takes their place.
    deviations: [
      ...approved.map(({ code, asset, expected, actual }) => ({
        ...{ code, ...asset, expected: expected.toString(), actual: actual.toString(), coSigner: '' },
      })),
      ...predicted.map(({ code, coSigner, asset, expected, actual }) => ({
        ...{ code, ...asset, expected, actual, coSigner },
      })),
    ].slice(0, MAX_DEVIATIONS),
  };
};

/** The approved call, by functions that are known and those that the law of the seal names. */
const calledIn = (tree: CallNode, wallet: Wallet | undefined) => {
  const call = callText(tree, wallet?.policy.rules ?? []);
  return { callSignature: call?.signature ?? '', callArguments: call?.arguments ?? [] };
};

/** CREATE's address: of sender and nonce. */
const createdBy = ({ from, nonce }: SubmittedFact): string => getCreateAddress({ from, nonce: BigInt(nonce) });

/** Pure: whoever finds the same block final and the same seal writes the same receipt. */
export const receiptOf = (settled: Settled): ReceiptFact => {
  const { eventId, request, submitted, seal, sealLaw, mined, price, law } = settled;
  const { receipt, block } = mined;
  const { id, request: asked } = request;
  const { tokens } = sealLaw === undefined ? { tokens: [] } : tokensOn(sealLaw, submitted.chainId);
  const nameOf = namesIn(tokens);
  const tree = callTree(asked, tokens);
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
    contractAddress: created ? createdBy(submitted) : '',
    valueWei: asked.value,
    gasUsed: receipt.gasUsed.toString(),
    effectiveGasPrice: price.toString(),
    ...feesIn(mined, price),
    nonce: submitted.nonce,
    reference: asked.reference,
    requester: asked.requester,
    memo: asked.memo,
    ...sealedIn(seal, nameOf),
    ...finalityOf(law),
    selector: selectorOf(asked, false) ?? '',
    ...calledIn(tree, sealLaw && walletNamed(sealLaw, submitted.wallet)),
    ...movedIn(settled, tree, nameOf),
  };
};
