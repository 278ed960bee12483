import {
  competingHashes,
  missingAncestors,
  type NonceOutcome,
  nonceOutcome,
  sealedAt,
} from '#core/decide/nonce-outcome.ts';
import type { ChainClient, NonceUse } from '#core/ports.ts';
import type { RegisterRef } from '#core/register/entry.ts';
import { type EntryCache, readRegister } from '#core/register/read.ts';
import type { RegisterView } from '#core/register/rules.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import { useAmong } from './mined.ts';
import { remember, remembered, searchBodies } from './nonce-search.ts';

/** A chain of replacements longer than this is nobody's mistake. */
const MAX_READS = 8;

/** ms that a foreign transaction may have been mined before the seal at its nonce: a turn plans by nodes that may lag. */
const BEFORE_SEAL_MS = 15 * 60_000;

type Submitted = Pick<SubmittedFact, 'id' | 'chainId' | 'from' | 'nonce' | 'transactionHashes'>;

const lookForKin = async (context: ChainContext, log: RegisterRef, id: string): Promise<RegisterView | undefined> => {
  const cache: EntryCache = new Map();
  const now = context.clock.now();
  let wanted: ReadonlySet<string> = new Set([id]);
  for (let looks = 0; looks < MAX_READS; looks++) {
    const look = await readRegister(context.storage, log, { since: now, cache, wanted }, context.log);
    const unseen = [...missingAncestors(id, look)];
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
  chain: ChainClient,
  submitted: Submitted,
  finalBlock: bigint,
  look: RegisterView,
): Promise<NonceUse | undefined> => {
  const { id, from } = submitted;
  const nonce = BigInt(submitted.nonce);
  const byUs = await useAmong(chain, submitted, competingHashes(id, nonce, look));
  if (byUs !== undefined) return byUs;
  const { used, hashes } = await chain.minedAt(from, nonce);
  const found = await useAmong(chain, submitted, hashes);
  if (found !== undefined || !used) return found;
  return searchBodies(context, chain, submitted, finalBlock, sealedAt(id, look) - BEFORE_SEAL_MS);
};

/**
 * Who used the nonce of a sealed request of which no rung has a receipt. `count` is only a hint that asking is worth while. What is found is
 * remembered before it is final, since many nodes keep the state of 128 blocks only, and judged once it is. Where the register does not show
 * all that could have been mined there, nothing is decided.
 */
export const loadNonceOutcome = async (
  context: ChainContext,
  chain: ChainClient,
  submitted: Submitted,
  count: bigint,
  finalBlock: bigint,
): Promise<NonceOutcome> => {
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
  return nonceOutcome(submitted, use, finalBlock, look);
};
