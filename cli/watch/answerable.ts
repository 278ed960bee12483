import { refusalOf } from '#cli/app/failure.ts';
import { openJson, until, type Waiting } from '#cli/operate/open-requests.ts';
import { mayApprove } from '#cli/request/approval.ts';
import { mayReject } from '#cli/request/rejecting.ts';
import type { CoSigner } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';

export const ANSWERS = ['approve', 'reject'] as const;
export type Answer = (typeof ANSWERS)[number];

/**
 * What this co-signer can still answer to it; undefined where that is nothing, or was answered. An outcome that nothing backs is a function's
 * word: whoever writes one must not keep a co-signer from hearing of the request.
 */
export const answersOf = (one: Waiting, me: CoSigner, now: number): readonly Answer[] | undefined => {
  const mine = one.votes.find(({ coSigner }) => coSigner === me.name)?.answer;
  if (mine === undefined || mine === 'approved' || mine === 'rejected' || until(one) <= now) return undefined;
  const may = { approve: () => mayApprove(one, me), reject: () => mayReject(one, me.name) };
  const can = ANSWERS.filter((answer) => refusalOf(may[answer]) === undefined);
  return can.length === 0 && one.outcome === undefined ? undefined : can;
};

/** A request that somebody is told of: as --json prints it, as a command reads it, and as a webhook gets it. */
export interface News {
  readonly id: string;
  /** `ce-id` of the event keyturn.request.accepted: whoever hears of it in two ways can tell that it is one. */
  readonly eventId: string;
  /** ms: nobody can answer it later. */
  readonly validUntil: number;
  readonly json: ReturnType<typeof newsJson>;
}

const newsJson = (one: Waiting, eventId: string, { as, can }: { as: string; can: readonly Answer[] }) => ({
  ok: true,
  type: 'keyturn.request.accepted',
  eventId,
  timestamp: timeText(one.facts.request?.object.timeCreated ?? 0),
  as,
  can,
  request: openJson(one, as),
});

/** `eventId`: the name of its object, by its bucket. */
export const newsOf = (one: Waiting, eventId: string, told: { as: string; can: readonly Answer[] }): News => ({
  id: one.id,
  eventId,
  validUntil: until(one),
  json: newsJson(one, eventId, told),
});
