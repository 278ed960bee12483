import type { AbiFile } from '#cli/clear/abi-file.ts';
import type { PinnedDescriptors } from '#cli/clear/pinned.ts';
import { type ClearReading, clearReading } from '#cli/clear/reading.ts';
import { type CallNode, callTree } from '#core/calls/call-tree.ts';
import { type Law, tokensOn, type Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { type Declared, declaredFor } from './render-call.ts';

/** A request, and what its reader holds to explain its calls. */
export interface Explained {
  readonly request: TransactionRequest;
  readonly wallet: Wallet;
  readonly law: Law;
  /** What the law pins for the contracts of the request; absent where nothing was looked for. */
  readonly pinned?: PinnedDescriptors;
  /** Of --abi. */
  readonly abi?: AbiFile | undefined;
}

const NONE: PinnedDescriptors = new Map();

export interface Explanation {
  readonly tree: CallNode;
  readonly clear: ClearReading;
  /** Who names the function of the request's own call. */
  readonly declared: Declared | undefined;
}

/** Our own decoding, and beside it what the pinned descriptors say. Where one of them stops everything, it names nothing here. */
export const explained = ({ request, wallet, law, pinned = NONE, abi }: Explained): Explanation => {
  const chain = tokensOn(law, request.chainId);
  const tree = callTree(request, chain.tokens);
  const clear = clearReading(tree, { chainId: request.chainId, wallet: wallet.address, tokens: chain.tokens }, pinned);
  const rules = wallet.policy.rules;
  const usable = clear.stops.length === 0 ? pinned : NONE;
  return { tree, clear, declared: declaredFor(tree, { rules, pinned: usable, abi }) };
};
