import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import type { Operations } from '#schemas/config.ts';
import { validUntilMs } from '#schemas/request.ts';

/** Polls after its acceptance at which a request is looked at that waits for its co-signers. With the shipped poll of 15 s: 1, 5, 15 minutes. */
const FIRST_POLLS = [4, 20, 60];
/** Polls between two looks after those. */
const EVERY_POLLS = 240;
/** ms between two looks at most, whatever a poll is: a vote whose notification was lost is found within this time. */
const MOST_MS = 3_600_000;
/** Polls before `validUntil` at which it is looked at once more: a vote that is found then leaves a machine the time to seal. */
const LAST_POLLS = [60, 20];
/** Polls between two looks at most, where a place cannot be listed: it can be again at any time, and nobody says so. */
const UNLISTED_POLLS = 20;

/** The first look after this age. All ms. */
const lookAfter = (age: number, poll: number): number => {
  const [last = 0] = FIRST_POLLS.slice(-1).map((polls) => polls * poll);
  const every = Math.min(EVERY_POLLS * poll, MOST_MS);
  const first = FIRST_POLLS.map((polls) => polls * poll).find((at) => at > age);
  return first ?? last + every * (Math.floor((age - last) / every) + 1);
};

/**
 * ms: when a request is due again of which nothing is owed now. Votes announce themselves, so looks are for notifications that never came. They
 * become rarer with its age alone, so nobody counts them. `isUnlisted`: the place of a holder could not be listed.
 */
export const nextDue = (facts: RequestFacts, now: number, operations: Operations, isUnlisted = false): number => {
  const state = stateOf(facts);
  const poll = operations.pollSeconds * 1000;
  if (facts.request === undefined || (state.stage !== 'accepted' && state.stage !== 'approved')) return now + poll;
  const acceptedAt = facts.request.object.timeCreated;
  const validUntil = validUntilMs(facts.request.fact.request);
  const looks = [
    acceptedAt + lookAfter(now - acceptedAt, poll),
    now + (isUnlisted ? Math.min(UNLISTED_POLLS * poll, MOST_MS) : MOST_MS),
    ...LAST_POLLS.map((polls) => validUntil - polls * poll).filter((at) => at > now),
    validUntil,
  ];
  return Math.max(now + 1000, Math.min(...looks));
};

/** Polls for which an approved request may be passed over once it is due. */
const ASIDE_POLLS = 20;

/**
 * Whether one that is due (ms) need not be looked at yet, while what it waits for goes on. That is a machine at work, a pause, or a stop.
 */
export const mayBePassedOver = (due: number, now: number, { pollSeconds }: Operations): boolean =>
  now < due + ASIDE_POLLS * pollSeconds * 1000;

/** ms: when one is due that may be passed over from then on. It is looked at again when `validUntil` comes. */
export const dueAside = (validUntil: number, now: number, { pollSeconds }: Operations): number => {
  const poll = pollSeconds * 1000;
  return validUntil > now ? Math.min(now + poll, validUntil - ASIDE_POLLS * poll) : now + poll;
};

/** Polls between two looks at what waits for a pause between machines, or for a nonce: at least, and at most. */
const SLOW_POLLS = { least: 8, most: 60 } as const;

/**
 * ms: the next look at a request that was approved at `since`, where nothing but time or another request can help it. A quarter of its age
 * later, and no later than `validUntil`.
 */
export const slowLook = (since: number, validUntil: number, now: number, { pollSeconds }: Operations): number => {
  const poll = pollSeconds * 1000;
  const at = now + Math.min(Math.max((now - since) / 4, SLOW_POLLS.least * poll), SLOW_POLLS.most * poll);
  return validUntil > now ? Math.min(at, validUntil) : at;
};
