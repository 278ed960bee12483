import { idsAt } from '#core/register/plan.ts';
import { noncesOf, type RegisterView } from '#core/register/rules.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { all, each, type Hold } from '../hold.ts';
import type { Candidate, Lane } from '../lane.ts';
import { areStored } from '../stored-bytes.ts';

interface Gap {
  readonly id: string;
  readonly nonce: bigint;
}

/** Seals in hand, delayed ones too, of whose nonce nothing was ever stored: neither their own bytes nor those of a replacement. */
const gapsIn = async (lane: Lane, inHand: readonly Candidate[], view: RegisterView): Promise<readonly Gap[]> => {
  const gaps: Gap[] = [];
  for (const { id } of inHand)
    for (const nonce of noncesOf(id, view)) {
      const stored = await Promise.all(idsAt(nonce, view).map((other) => areStored(lane, other)));
      if (!stored.includes(true)) gaps.push({ id, nonce });
    }
  return gaps;
};

/** What the chain has used up is no gap, whoever used it. A node's word: it can end a wait, and chooses no nonce. */
const unmined = async ({ context, register }: Lane, gaps: readonly Gap[]): Promise<readonly Gap[]> => {
  try {
    const count = await context.chains.of(register.chainId).count(register.address, 'latest');
    return gaps.filter(({ nonce }) => nonce >= count);
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return gaps;
  }
};

/**
 * Below a nonce whose bytes cannot come out nothing can be mined. What is sealed above it could only end by a replacement of the one below.
 * So it waits instead, and can still expire, be rejected or withdrawn. Replacements go on: they are the cure. So does a skip past a foreign
 * transaction: it lifts the stop that would hold up the cure.
 */
export const holdAboveGap: Hold = async (lane, candidates, { view, inHand }) => {
  const found = await gapsIn(lane, inHand, view);
  const gaps = found.length === 0 ? [] : await unmined(lane, found);
  const [first] = gaps;
  if (first === undefined) return all(candidates);
  const lowest = gaps.reduce((least, { nonce }) => (nonce < least ? nonce : least), first.nonce);
  for (const { id, nonce } of gaps) {
    if (lane.alarmedGaps.has(id)) continue;
    lane.alarmedGaps.add(id);
    const { chainId } = lane.register;
    lane.context.log.alarm('turn.gap', { id, code: 'GAP_BELOW', chainId, nonce: `${nonce}` });
  }
  return each(candidates, ({ request }) =>
    request.replaces === '' ? { code: 'GAP_BELOW', nextNonce: lowest, rest: 'delay' } : undefined,
  );
};
