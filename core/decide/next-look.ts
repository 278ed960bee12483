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
