import { z } from 'zod';
import { isCode } from './codes.ts';
import { dayMs, either, exactly, type Spelling, spelled, uint64 } from './spellings.ts';

/** Receipts that are sent again, at most so many a tick: whoever subscribes can keep up, and a tick has time for the requests. */
export const REPLAYED_A_TICK = 100;
/** Of one replay. More is asked for in several. */
export const MAX_REPLAY_DAYS = 366;

const DAY_MS = 86_400_000;

const day: Spelling = (text) => (dayMs(text) === undefined ? 'must be a real day written YYYY-MM-DD' : undefined);

/** What is wrong with these days, in words; undefined where they can be replayed. Both are days as `dayMs` reads them. */
export const badSpan = (since: string, until: string): string | undefined => {
  const days = ((dayMs(until) ?? 0) - (dayMs(since) ?? 0)) / DAY_MS + 1;
  if (days < 1) return 'the first day lies after the last';
  return days > MAX_REPLAY_DAYS ? `at most ${MAX_REPLAY_DAYS} days in one replay` : undefined;
};

/** The wish that the receipts of these days, both included, are sent again. The days are those in the receipts' names, of the final blocks. */
export const replayFact = z
  .strictObject({ since: spelled(day), until: spelled(day) })
  .superRefine(({ since, until }, context) => {
    const problem = badSpan(since, until);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, path: ['since'] });
  })
  .readonly();

const dayOrNone = spelled(either(day, exactly('')));

/** How a replay ended. `code` "": all was sent. Else `reason` says what was not, or why the wish was refused; a refused one has no days. */
export const replayedFact = z
  .strictObject({
    replay: z.string(),
    since: dayOrNone,
    until: dayOrNone,
    sent: spelled(uint64),
    unsent: spelled(uint64),
    code: z.union([z.string().refine(isCode, 'is no known code'), z.literal('')]),
    reason: z.string().max(4096),
  })
  .readonly();
export type ReplayFact = z.infer<typeof replayFact>;
export type ReplayedFact = z.infer<typeof replayedFact>;
