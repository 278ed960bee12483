import { errorFields } from '#core/error-fields.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { announce, commitFact, readFact } from '#core/facts/store.ts';
import { judgePolicy } from '#core/policy.ts';
import { delayOf } from '#core/policy-delay.ts';
import type { StoredObject } from '#core/ports.ts';
import type { Approved, GoodShare } from '#core/register/sealing.ts';
import { initiatorsOf } from '#core/shares/initiators.ts';
import { listShares } from '#core/shares/list.ts';
import { MAX_SHARE_BYTES, shareState } from '#core/shares/quorum.ts';
import { type BadShare, judgeShares, wipe } from '#core/shares/shares.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { CODES, type Code, isKeyturnError } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import { badShareEvents } from '#schemas/events.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { badShareObject, shareAad } from '#schemas/names.ts';
import { parseShareText } from '#schemas/share-text.ts';
import type { TurnContext } from './context.ts';
import type { Candidate, Lane } from './lane.ts';
import { tokenTime } from './trusted-time.ts';
import { delayOver } from './veto.ts';
import { noteWaits } from './waits.ts';

type Blamed = Omit<BadShare, 'code'> & { readonly code: Code };

type Opened =
  | { readonly kind: 'share'; readonly share: GoodShare }
  | { readonly kind: 'bad'; readonly bad: Blamed }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Reads and decrypts one upload of one generation. The holder is blamed only for what the holder did. */
const open = async (context: TurnContext, id: string, coSigner: string, object: StoredObject): Promise<Opened> => {
  const { name, generation } = object;
  const bad = (code: Code): Opened => ({ kind: 'bad', bad: { coSigner, object: name, generation, code } });
  try {
    const content = await context
      .shareStorage(coSigner)
      .read(object.bucket, name, { generation, listed: object, limit: MAX_SHARE_BYTES });
    if (content === undefined) return { kind: 'unreachable', reason: `${coSigner}: the share object is gone` };
    const decrypted = await context.releaseKeys.decrypt(coSigner, content.bytes, shareAad(id, coSigner));
    if (decrypted.kind === 'bad') return bad('SHARE_CIPHERTEXT');
    if (decrypted.kind === 'unreachable') return { kind: 'unreachable', reason: `${coSigner}: ${decrypted.reason}` };
    try {
      return {
        kind: 'share',
        share: {
          coSigner,
          object: name,
          generation,
          share: parseShareText(decrypted.bytes),
          sha256: sha256Hex(content.bytes),
        },
      };
    } finally {
      wipe(decrypted.bytes);
    }
  } catch (error) {
    if (isKeyturnError(error, 'SHARE_TEXT')) return bad('SHARE_TEXT');
    const fields = errorFields(error);
    if (!isKeyturnError(error)) context.log.alarm('turn.fault', { id, coSigner, ...fields });
    return { kind: 'unreachable', reason: `${coSigner}: ${fields.code}` };
  }
};

const report = async (context: TurnContext, fact: RequestFact, bad: Blamed): Promise<void> => {
  const { id, request } = fact;
  context.log.warn('turn.bad-share', {
    id,
    coSigner: bad.coSigner,
    object: bad.object,
    generation: bad.generation,
    code: bad.code,
  });
  const stored = await commitFact(
    context.storage,
    { kind: 'badShare', bucket: context.buckets.results, name: badShareObject(id, bad.coSigner, bad.generation) },
    { id, wallet: request.wallet, ...bad },
  );
  await announce(
    context.publisher,
    context.law.name,
    stored.object,
    badShareEvents(stored.fact, request, CODES[bad.code].advice),
  );
};

/** Bad shares that an earlier life wrote down, and may have died before it named them: said again before they are left out. */
const repeatReports = async (
  context: TurnContext,
  facts: RequestFacts,
  request: RequestFact['request'],
): Promise<void> => {
  for (const { coSigner, generation } of facts.knownBad) {
    const name = badShareObject(facts.id, coSigner, generation);
    const stored = await readFact(context.storage, { kind: 'badShare', bucket: context.buckets.results, name });
    if (stored === undefined) continue;
    const events = badShareEvents(stored.fact, request, CODES[stored.fact.code].advice);
    await announce(context.publisher, context.law.name, stored.object, events);
  }
};

export const wipeShares = (approved: Approved | undefined): void => {
  for (const { share } of approved?.shares ?? []) wipe(share.scalar);
};

const judgeOrWipe = (candidates: readonly GoodShare[], wallet: Wallet): ReturnType<typeof judgeShares<GoodShare>> => {
  try {
    return judgeShares(candidates, wallet);
  } catch (error) {
    for (const { share } of candidates) wipe(share.scalar);
    throw error;
  }
};

/**
 * Every share present for one request, judged: as many good ones of distinct holders as the policy asks for, or undefined. The caller
 * wipes them. Bad ones are named in facts; whatever cannot be reached now is waited for. `completing` skips what only counts before a seal.
 */
export const gather = async (
  lane: Lane,
  { facts, fact }: Candidate,
  completing = false,
): Promise<Approved | undefined> => {
  const { context } = lane;
  const { wallet, law, log } = context;
  const { id, request } = fact;
  const verdict = judgePolicy(request, wallet, law);
  if (verdict.kind === 'denied' && !completing) return undefined;
  // To make the same bytes again the key is all that is needed; the tier was judged before the seal.
  const needed = verdict.kind === 'allowed' && !completing ? verdict.approvals : wallet.threshold;
  await repeatReports(context, facts, request);
  const delay = completing ? 0 : delayOf(request, wallet, law);
  // Before the listing: what lay there when the delay had ended is then in it.
  const at = delay === 0 ? 0 : await tokenTime(context.attestation);
  const listed = await listShares(context.shareStorage, law, wallet, id);
  // Once sealed, a rejection comes too late, and the key is the same whichever good shares make it, whoever asked.
  const rejections = completing ? new Set<string>() : new Set(listed.rejections.keys());
  const initiators = completing ? new Set<string>() : initiatorsOf(request, law);
  const state = shareState({ wallet, needed, shares: listed.shares, rejections, initiators, knownBad: facts.knownBad });
  if (!state.enough) {
    log.info('turn.wait', {
      id,
      code: 'NOT_ENOUGH_SHARES',
      have: state.countable.join(','),
      rejected: state.rejecters.join(','),
      asked: state.initiators.join(','),
      unreachable: [...listed.unreachable].map(([coSigner, code]) => `${coSigner}: ${code}`).join(', '),
    });
    await noteWaits(lane, [{ id, code: 'NOT_ENOUGH_SHARES' }]);
    return undefined;
  }
  const waits = { delay, needed, at, requestedAt: facts.request?.object.timeCreated };
  if (delay > 0 && (await delayOver(lane, id, listed, { ...waits, uploads: state.uploads })) === undefined)
    return undefined;
  const opened = await Promise.all(
    state.uploads.flatMap(({ coSigner, objects }) => objects.map((object) => open(context, id, coSigner, object))),
  );
  const candidates = opened.flatMap((one) => (one.kind === 'share' ? [one.share] : []));
  const judged = judgeOrWipe(candidates, wallet);
  for (const { share } of candidates) if (!judged.good.some((good) => good.share === share)) wipe(share.scalar);
  const rule = verdict.kind === 'allowed' ? verdict.rule : '';
  const approved: Approved = { id, request, rule, shares: judged.good, delay: null };
  try {
    for (const bad of [...opened.flatMap((one) => (one.kind === 'bad' ? [one.bad] : [])), ...judged.bad])
      await report(context, fact, bad);
    const isGood = ({ coSigner }: { coSigner: string }) => judged.good.some((good) => good.coSigner === coSigner);
    const uploads = state.uploads.filter(isGood);
    // A bad share may have started the delay: until it was opened, it looked like any other.
    if (judged.good.length >= needed) {
      if (delay === 0) return approved;
      const over = await delayOver(lane, id, listed, { ...waits, uploads });
      if (over !== undefined) return { ...approved, delay: over };
      wipeShares(approved);
      return undefined;
    }
  } catch (error) {
    wipeShares(approved);
    throw error;
  }
  wipeShares(approved);
  const reasons = opened.flatMap((one) => (one.kind === 'unreachable' ? [one.reason] : []));
  const code = reasons.length > 0 ? 'SHARE_UNREACHABLE' : 'NOT_ENOUGH_SHARES';
  log.info('turn.wait', { id, code, reason: reasons.join('; ') });
  await noteWaits(lane, [{ id, code }]);
  return undefined;
};
