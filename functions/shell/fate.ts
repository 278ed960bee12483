import { type Fate, fateOf, unseenKin } from '#core/decide/fate.ts';
import type { Chain } from '#core/ports.ts';
import type { Look } from '#core/register.ts';
import type { LogId } from '#core/register-entry.ts';
import { type EntryCache, lookAt } from '#core/register-log.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import type { ChainContext } from './context.ts';

/** A chain of replacements longer than this is nobody's mistake. */
const MOST_LOOKS = 8;

const lookForKin = async (context: ChainContext, log: LogId, id: string): Promise<Look | undefined> => {
  const cache: EntryCache = new Map();
  const now = context.clock.now();
  let wanted: ReadonlySet<string> = new Set([id]);
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const look = await lookAt(context.storage, log, now, cache, context.log, wanted);
    const unseen = [...unseenKin(id, look)];
    if (unseen.length === 0) return look;
    if (unseen.every((each) => wanted.has(each))) return undefined;
    wanted = new Set([...wanted, ...unseen]);
  }
  return undefined;
};

/**
 * Who used the nonce of a sealed request of which no rung has a receipt. `count` is only a hint that asking is worth while. Where the
 * register does not show all that could have been mined there, nothing is decided.
 */
export const fateOfNonce = async (
  context: ChainContext,
  chain: Chain,
  submitted: Pick<SubmittedFact, 'id' | 'chainId' | 'from' | 'nonce'>,
  count: bigint,
  finalBlock: bigint,
): Promise<Fate> => {
  const { id, chainId, from } = submitted;
  const nonce = BigInt(submitted.nonce);
  if (count <= nonce) return { kind: 'open' };
  const use = await chain.minedAt(from, nonce);
  if (use === undefined || use.blockNumber > finalBlock) return { kind: 'open' };
  const look = await lookForKin(context, { chainId, address: from, registerBucket: context.buckets.register }, id);
  if (look === undefined) {
    context.log.alarm('settle.unsure', { id, code: 'SEAL_STUCK', reason: 'the register does not show its seal' });
    return { kind: 'open' };
  }
  return fateOf(id, use, finalBlock, look);
};
