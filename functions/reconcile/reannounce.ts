import { unannounced } from '#core/decide/reconcile.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import type { Mark } from '#core/facts/marks.ts';
import { announce, readFact } from '#core/facts/store.ts';
import type { ShareObjects } from '#core/shares/list.ts';
import { COUNTED_UPLOADS } from '#core/shares/quorum.ts';
import { CODES } from '#schemas/codes.ts';
import {
  acceptedEvents,
  approvedEvents,
  badShareEvents,
  rejectedByEvents,
  shareSeenEvents,
  submittedEvents,
} from '#schemas/events.ts';
import { badShareObject } from '#schemas/names.ts';
import type { Tick } from './tick.ts';

/** Says again whatever the mark does not vouch for: same events, same ce-ids. */
export const announceMissing = async ({ context }: Tick, facts: RequestFacts, mark: Mark): Promise<void> => {
  const { publisher, law } = context;
  if (facts.request === undefined) return;
  const { request } = facts.request.fact;
  for (const stage of unannounced(facts, mark.stage)) {
    if (stage === 'accepted')
      await announce(publisher, law.name, facts.request.object, acceptedEvents(facts.id, request));
    if (stage === 'approved' && facts.approved !== undefined)
      await announce(publisher, law.name, facts.approved.object, approvedEvents(facts.approved.fact, request));
    if (stage === 'submitted' && facts.submitted !== undefined)
      await announce(publisher, law.name, facts.submitted.object, submittedEvents(facts.submitted.fact, request));
  }
};

/** Bad shares that a turn wrote down and died before it named them. */
export const announceBadShares = async ({ context }: Tick, facts: RequestFacts): Promise<void> => {
  const { storage, buckets, publisher, law } = context;
  if (facts.request === undefined) return;
  for (const { coSigner, generation } of facts.knownBad) {
    const name = badShareObject(facts.id, coSigner, generation);
    const bad = await readFact(storage, { kind: 'badShare', bucket: buckets.results, name });
    if (bad === undefined) continue;
    const events = badShareEvents(bad.fact, facts.request.fact.request, CODES[bad.fact.code].advice);
    await announce(publisher, law.name, bad.object, events);
  }
};

/** Uploads whose notification never came, said before what follows from them. */
export const announceVotes = async ({ context }: Tick, facts: RequestFacts, objects: ShareObjects): Promise<void> => {
  if (facts.request === undefined) return;
  const { request } = facts.request.fact;
  const { name } = context.law;
  for (const [coSigner, shares] of objects.shares)
    for (const object of shares.slice(0, COUNTED_UPLOADS))
      await announce(context.publisher, name, object, shareSeenEvents(facts.id, request, coSigner));
  for (const [coSigner, object] of objects.rejections)
    await announce(context.publisher, name, object, rejectedByEvents(facts.id, request, coSigner));
};
