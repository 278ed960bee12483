import { type Fate, fateOf, rivalRungs, sealedAt, unseenKin } from '#core/decide/fate.ts';
import type { Chain, NonceUse } from '#core/ports.ts';
import type { Look } from '#core/register.ts';
import type { LogId } from '#core/register-entry.ts';
import { type EntryCache, lookAt } from '#core/register-log.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import type { ChainContext } from './context.ts';
import { useAmong } from './mined.ts';
import { remember, remembered, searchBodies } from './nonce-search.ts';

/** A chain of replacements longer than this is nobody's mistake. */
const MOST_LOOKS = 8;

/** ms that a foreign transaction may have been mined before the seal at its nonce: a turn plans by nodes that may lag. */
const BEFORE_SEAL = 15 * 60_000;

type Submitted = Pick<SubmittedFact, 'id' | 'chainId' | 'from' | 'nonce'>;

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
 * Cheapest first: our own rungs at that nonce need only receipts; then the block in which the count passed the nonce, for which a node needs
 * the state of that time; then blocks one by one.
 */
const findUse = async (
  context: ChainContext,
  chain: Chain,
  submitted: Submitted,
  finalBlock: bigint,
  look: Look,
): Promise<NonceUse | undefined> => {
  const { id, from } = submitted;
  const nonce = BigInt(submitted.nonce);
  const byUs = await useAmong(chain, submitted, rivalRungs(id, nonce, look));
  if (byUs !== undefined) return byUs;
  const { used, hashes } = await chain.minedAt(from, nonce);
  const found = await useAmong(chain, submitted, hashes);
  if (found !== undefined || !used) return found;
  return searchBodies(context, chain, submitted, finalBlock, sealedAt(id, look) - BEFORE_SEAL);
};

/**
 * Who used the nonce of a sealed request of which no rung has a receipt. `count` is only a hint that asking is worth while. What is found is
 * remembered before it is final, since many nodes keep the state of 128 blocks only, and judged once it is. Where the register does not show
 * all that could have been mined there, nothing is decided.
 */
export const fateOfNonce = async (
  context: ChainContext,
  chain: Chain,
  submitted: Submitted,
  count: bigint,
  finalBlock: bigint,
): Promise<Fate> => {
  const { id, chainId, from } = submitted;
  if (count <= BigInt(submitted.nonce)) return { kind: 'open' };
  const known = await useAmong(chain, submitted, await remembered(context, id));
  if (known !== undefined && known.blockNumber > finalBlock) return { kind: 'open' };
  const look = await lookForKin(context, { chainId, address: from, registerBucket: context.buckets.register }, id);
  if (look === undefined) {
    context.log.alarm('settle.unsure', { id, code: 'SEAL_STUCK', reason: 'the register does not show its seal' });
    return { kind: 'open' };
  }
  const use = known ?? (await findUse(context, chain, submitted, finalBlock, look));
  if (use !== undefined && known === undefined) await remember(context, id, use.hash);
  return fateOf(id, use, finalBlock, look);
};
