import { isRequestId } from '#schemas/spellings.ts';
import { mustBeRead } from './covered.ts';
import { type RegisterView, sealItems, sealsOf } from './rules.ts';

/** What a view must show besides, before it can be said whose transaction used a nonce: the ids that are replaced, at any remove. */
export const missingAncestors = (id: string, view: RegisterView): ReadonlySet<string> => {
  const items = new Map(sealItems(view).map((item) => [item.id, item]));
  const unseen = new Set<string>();
  for (const { request } of items.values())
    if (isRequestId(request.replaces) && !items.has(request.replaces)) unseen.add(request.replaces);
  if (!items.has(id)) unseen.add(id);
  return unseen;
};

/** Hashes of all that the register shows sealed at this nonce for other ids: what may have been mined in this one's place. */
export const competingHashes = (id: string, nonce: bigint, view: RegisterView): readonly string[] => {
  mustBeRead(view.covered, { nonce });
  return sealItems(view).flatMap((item) => (item.id !== id && item.nonce === nonce ? item.rungs : []));
};

/** ms: when the first seal of an id was created; 0 where the view shows none. */
export const sealedAt = (id: string, view: RegisterView): number => {
  const times = sealsOf(id, view).map(({ listed }) => listed.timeCreated);
  return times.length === 0 ? 0 : Math.min(...times);
};
