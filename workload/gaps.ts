import { replacementProblem } from '#core/register/replacement.ts';
import { noncesOf, type RegisterView, sealItems } from '#core/register/rules.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { signedObject } from '#schemas/names.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type { Candidate, Lane } from './lane.ts';

/** Are the bytes of this id stored? Whoever stored them may have sent them, and reconcile sends them again. */
const areOut = async ({ context, storedIds }: Lane, id: string): Promise<boolean> => {
  if (storedIds.has(id)) return true;
  if ((await context.storage.stat(context.buckets.signed, signedObject(id))) === undefined) return false;
  storedIds.add(id);
  return true;
};

const idsAt = (nonce: bigint, look: RegisterView): readonly string[] =>
  sealItems(look)
    .filter((item) => item.nonce === nonce)
    .map(({ id }) => id);

interface Gap {
  readonly id: string;
  readonly nonce: bigint;
}

/** Seals in hand, resting ones too, of whose nonce nothing was ever stored: neither their own bytes nor those of a replacement. */
const gapsIn = async (lane: Lane, candidates: readonly Candidate[], look: RegisterView): Promise<readonly Gap[]> => {
  const gaps: Gap[] = [];
  for (const { id } of candidates)
    for (const nonce of noncesOf(id, look)) {
      const stored = await Promise.all(idsAt(nonce, look).map((each) => areOut(lane, each)));
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
 * Those that may be sealed now. Below a nonce whose bytes cannot come out nothing can be mined: whatever is sealed above it could only end
 * by a replacement of the one below, so it waits instead, where it can still expire, be rejected or withdrawn. Replacements go on: they
 * are the cure. So does a skip past a foreign transaction: it lifts the stop that would hold up the cure.
 */
export const holdAboveGap = async (
  lane: Lane,
  fresh: readonly Candidate[],
  candidates: readonly Candidate[],
  look: RegisterView,
): Promise<readonly Candidate[]> => {
  if (fresh.length === 0) return fresh;
  const found = await gapsIn(lane, candidates, look);
  const gaps = found.length === 0 ? [] : await unmined(lane, found);
  if (gaps.length === 0) return fresh;
  const { log } = lane.context;
  for (const { id, nonce } of gaps) {
    if (lane.alarmedGaps.has(id)) continue;
    lane.alarmedGaps.add(id);
    log.alarm('turn.gap', { id, code: 'GAP_BELOW', chainId: lane.register.chainId, nonce: `${nonce}` });
  }
  const held = fresh.filter(({ request }) => request.replaces === '');
  for (const { id } of held) {
    log.info('turn.wait', { id, code: 'GAP_BELOW' });
    lane.backoff.delay(id);
  }
  return fresh.filter(({ request }) => request.replaces !== '');
};

interface Judged {
  readonly sound: readonly Candidate[];
  readonly refused: readonly { readonly id: string; readonly code: 'REPLACES_UNDERPRICED'; readonly reason: string }[];
}

/**
 * Replacements that no node would take, or that are the same transaction as another, are refused. Whatever never came out is in no pool and
 * need not be outbid. Of several for one nonce the first goes on and the others are judged again once it is sealed.
 */
export const refuseUnderpriced = async (
  lane: Lane,
  fresh: readonly Candidate[],
  look: RegisterView,
): Promise<Judged> => {
  const sound: Candidate[] = [];
  const refused: { id: string; code: 'REPLACES_UNDERPRICED'; reason: string }[] = [];
  const nonces = new Set<string>();
  for (const each of fresh) {
    const { id, request } = each;
    if (isRequestId(request.replaces)) {
      // What it replaces may be sealed in this very batch: only beside that seal can it be judged.
      if (noncesOf(request.replaces, look).size === 0 && fresh.some((other) => other.id === request.replaces)) continue;
      if (nonces.has(request.nonce)) continue;
      const rivals = idsAt(BigInt(request.nonce), look);
      const out = new Set<string>();
      for (const rival of rivals) if (await areOut(lane, rival)) out.add(rival);
      const reason = replacementProblem(id, request, look, out);
      if (reason !== undefined) {
        refused.push({ id, code: 'REPLACES_UNDERPRICED', reason });
        continue;
      }
      nonces.add(request.nonce);
    }
    sound.push(each);
  }
  return { sound, refused };
};
