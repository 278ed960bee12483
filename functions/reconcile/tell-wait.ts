import { markStage, type Owed } from '#core/decide/reconcile.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { type Mark, noteTold } from '#core/facts/marks.ts';
import { announce, commitFact } from '#core/facts/store.ts';
import { newestWait, type WaitCode } from '#core/facts/wait.ts';
import { waitingEvents } from '#schemas/events.ts';
import { waitingObject } from '#schemas/names.ts';
import { waitTextsOf } from '#schemas/wait-about.ts';
import type { Tick } from './tick.ts';

/** Of these alone it can be said that they wait: everything else is about to go on, or to end. */
const WAITING: readonly Owed['kind'][] = ['nothing', 'launch', 'settle'];

/** Of what is sealed. A close that is owed then, for a veto or for its validUntil, comes to nothing: it goes on waiting. */
const SEALED: readonly WaitCode[] = ['SEAL_STUCK', 'SEAL_VETOED', 'TAMPERED'];

/**
 * Says, once for each code, what a request still waits for: what stood in its mark before this look. A fact, then an event, then a note that
 * both are made. Whoever dies in between leaves a fact that the next look announces again, under the same ce-id. Where nothing is owed, the
 * patch that ends the look is that note: what was told is given back for it.
 */
export const tellWait = async (
  { context }: Tick,
  facts: RequestFacts,
  mark: Mark,
  owed: Owed,
): Promise<Mark['told'] | undefined> => {
  const { storage, buckets, publisher, law } = context;
  const stage = markStage(facts);
  if (facts.request === undefined || mark.stage !== stage) return undefined;
  const wait = newestWait(mark, stage !== 'accepted');
  if (wait === undefined || mark.told.includes(wait.code)) return undefined;
  if (!WAITING.includes(owed.kind) && !SEALED.includes(wait.code)) return undefined;
  const { id, request } = facts.request.fact;
  const { code } = wait;
  const stored = await commitFact(
    storage,
    { kind: 'waiting', bucket: buckets.results, name: waitingObject(id, code) },
    { id, wallet: request.wallet, code, ...waitTextsOf(wait) },
  );
  await announce(publisher, law.name, stored.object, waitingEvents(stored.fact, request));
  context.log.info('reconcile.waiting', { id, code });
  const told = [...mark.told, code];
  if (owed.kind === 'nothing') return told;
  await noteTold(storage, buckets.work, { wallet: request.wallet, id }, told);
  return undefined;
};
