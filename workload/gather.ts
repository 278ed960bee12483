import { errorFields } from '#core/error-fields.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { announce, commitFact, readFact } from '#core/facts/store.ts';
import { judgePolicy } from '#core/policy.ts';
import { delayOf } from '#core/policy-delay.ts';
import type { StoredObject } from '#core/ports.ts';
import type { Approved, GoodShare } from '#core/register/sealing.ts';
import { initiatorsOf } from '#core/shares/initiators.ts';
import { listShares, type ShareObjects, votesOfAll } from '#core/shares/list.ts';
import type { SharePlaces } from '#core/shares/places.ts';
import { MAX_SHARE_BYTES, shareState } from '#core/shares/quorum.ts';
import type { BadShare } from '#core/shares/shares.ts';
import type { SigningSession, Verdict } from '#core/signing/signer.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { CODES, type Code, isKeyturnError } from '#schemas/codes.ts';
import { badShareEvents } from '#schemas/events.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { badShareObject } from '#schemas/names.ts';
import type { TurnContext } from './context.ts';
import type { Candidate, Lane } from './lane.ts';
import { tokenTime } from './trusted-time.ts';
import { delayOver } from './veto.ts';
import { noteWaits } from './waits.ts';

type Blamed = Omit<BadShare, 'code'> & { readonly code: Code };

type Read =
  | { readonly kind: 'read'; readonly upload: GoodShare; readonly ciphertext: Uint8Array }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** One upload of one generation. */
const read = async (context: TurnContext, id: string, coSigner: string, object: StoredObject): Promise<Read> => {
  const { name, generation } = object;
  try {
    const content = await context
      .shareStorage(coSigner)
      .read(object.bucket, name, { generation, listed: object, limit: MAX_SHARE_BYTES });
    if (content === undefined) return { kind: 'unreachable', reason: `${coSigner}: the share object is gone` };
    const upload = { coSigner, object: name, generation, sha256: sha256Hex(content.bytes) };
    return { kind: 'read', upload, ciphertext: content.bytes };
  } catch (error) {
    const fields = errorFields(error);
    if (!isKeyturnError(error)) context.log.alarm('turn.fault', { id, coSigner, ...fields });
    return { kind: 'unreachable', reason: `${coSigner}: ${fields.code}` };
  }
};

interface Judged {
  readonly good: readonly GoodShare[];
  readonly bad: readonly Blamed[];
  /** Why others could not be judged now. */
  readonly reasons: readonly string[];
}

/** What the session says of each upload. The holder is blamed only for what the holder did. */
const judged = (
  { log }: TurnContext,
  id: string,
  uploads: readonly GoodShare[],
  verdicts: readonly Verdict[],
): Judged => {
  const good: GoodShare[] = [];
  const bad: Blamed[] = [];
  const reasons: string[] = [];
  for (const [n, { coSigner, object, generation, sha256 }] of uploads.entries()) {
    const verdict = verdicts[n] ?? { kind: 'unreachable', reason: 'no verdict' };
    switch (verdict.kind) {
      case 'good':
        good.push({ coSigner, object, generation, sha256 });
        break;
      case 'spare':
        break;
      case 'bad':
        bad.push({ coSigner, object, generation, code: verdict.code });
        break;
      case 'unreachable':
        reasons.push(`${coSigner}: ${verdict.reason}`);
        break;
      case 'bug':
        log.alarm('turn.fault', { id, coSigner, code: 'BUG', reason: verdict.name });
        reasons.push(`${coSigner}: BUG`);
        break;
      /* v8 ignore next -- the compiler sees to it that no verdict is left @preserve */
      default:
        verdict satisfies never;
    }
  }
  return { good, bad, reasons };
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

interface Gathering {
  /** For bytes that are sealed already. */
  readonly completing?: boolean;
  /** Where the votes of its batch are listed together. */
  readonly places?: SharePlaces | undefined;
}

/** Alone, where there are no others to list it with, or a delay hangs on when it is listed. */
const listedFor = (
  { law, wallet, shareStorage }: TurnContext,
  id: string,
  places: SharePlaces | undefined,
): Promise<ShareObjects> =>
  places === undefined
    ? listShares(shareStorage, law, wallet, id)
    : votesOfAll(wallet, (coSigner) => places.votesOf(coSigner, id));

/**
 * Every share present for one request, judged: as many good ones of distinct holders as the policy asks for, or undefined. The caller
 * drops them. Bad ones are named in facts; whatever cannot be reached now is waited for. `completing` skips what only counts before a seal.
 */
export const gather = async (
  lane: Lane,
  { facts, fact }: Candidate,
  session: SigningSession,
  { completing = false, places }: Gathering = {},
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
  const listed = await listedFor(context, id, delay === 0 ? places : undefined);
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
  session.start();
  const all = await Promise.all(
    state.uploads.flatMap(({ coSigner, objects }) => objects.map((object) => read(context, id, coSigner, object))),
  );
  const present = all.flatMap((one) => (one.kind === 'read' ? [one] : []));
  const uploads = present.map(({ upload }) => upload);
  const asked = present.map(({ upload, ciphertext }) => ({ coSigner: upload.coSigner, ciphertext }));
  const { good, bad, reasons } = judged(context, id, uploads, await session.open({ id, request, uploads: asked }));
  for (const each of bad) await report(context, fact, each);
  const rule = verdict.kind === 'allowed' ? verdict.rule : '';
  const approved: Approved = { id, request, rule, shares: good, delay: null };
  // A bad share may have started the delay: until it was opened, it looked like any other.
  if (good.length >= needed) {
    if (delay === 0) return approved;
    const by = state.uploads.filter(({ coSigner }) => good.some((one) => one.coSigner === coSigner));
    const over = await delayOver(lane, id, listed, { ...waits, uploads: by });
    return over === undefined ? undefined : { ...approved, delay: over };
  }
  const unreachable = [...all.flatMap((one) => (one.kind === 'unreachable' ? [one.reason] : [])), ...reasons];
  const code = unreachable.length > 0 ? 'SHARE_UNREACHABLE' : 'NOT_ENOUGH_SHARES';
  log.info('turn.wait', { id, code, reason: unreachable.join('; ') });
  await noteWaits(lane, [{ id, code }]);
  return undefined;
};
