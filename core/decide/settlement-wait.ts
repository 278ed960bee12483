import type { Waiting } from '#core/decision.ts';
import type { ChainFacts } from '#core/facts/chain-facts.ts';
import type { FoundWait } from '#core/facts/wait.ts';
import type { NodeRefusal } from '#schemas/wait-about.ts';
import { isWaitCode } from '#schemas/waits.ts';

type Found = Pick<ChainFacts, 'finalBlock' | 'mined' | 'nonce'>;

/** What a released request waits for, as settlement judged it. `nonce`: its own. */
export const settlementWait = (
  { code }: Pick<Waiting, 'code'>,
  facts: { readonly sealed: false } | { readonly sealed: true; readonly chain: Found },
  nonce: bigint,
): FoundWait | undefined => {
  if (!isWaitCode(code)) return undefined;
  if (!facts.sealed) return { code };
  const { mined, nonce: used, finalBlock } = facts.chain;
  if (code === 'NOT_FINAL' && mined !== undefined) return { code, numbers: { block: mined.block.number, finalBlock } };
  // Behind a nonce that is not mined no fee and no node can help.
  if (code === 'NOT_MINED' && used !== undefined && used.count < nonce)
    return { code: 'EARLIER_NONCE', nextNonce: used.count, numbers: { ownNonce: nonce } };
  return { code };
};

const refused = (refusal: NodeRefusal): FoundWait => ({ code: 'NODE_REFUSED', refusal });

/** What a node's refusal (`field` of RPC_REFUSED) of released bytes says that they wait for; undefined: for nothing but to be mined. */
export const refusalWait = (refusal: string | undefined): FoundWait | undefined => {
  switch (refusal) {
    case 'known':
    case 'nonce-too-low':
    case 'replacement-underpriced':
      return undefined;
    case 'underpriced':
      return { code: 'FEE_TOO_LOW' };
    case 'insufficient-funds':
      return { code: 'BALANCE_LOW' };
    case 'gas':
      return { code: 'FORK_RULE' };
    case 'nonce-too-high':
      return { code: 'EARLIER_NONCE' };
    case 'fee-cap':
    case 'invalid':
    case 'pool-full':
    case 'busy':
    case 'late':
      return refused(refusal);
    default:
      return refused('refused');
  }
};
