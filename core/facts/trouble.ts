import { z } from 'zod';
import { spelled, time, timeMs, timeText } from '#schemas/spellings.ts';

/** That reconcile fails at a request, in the same way each time. It lies in the open mark. */
export interface Trouble {
  readonly code: string;
  readonly reason: string;
  /** ms: since when it fails alike. */
  readonly since: number;
  /** Whether a person was told. */
  readonly told: boolean;
}

const MOST_WORDS = 300;
const stored = z
  .strictObject({
    code: z.string().max(40),
    reason: z.string().max(MOST_WORDS),
    since: spelled(time),
    told: z.boolean(),
  })
  .readonly();

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** undefined where there is none, or where somebody wrote what no function writes. */
export const readTrouble = (text: string | undefined): Trouble | undefined => {
  const found = text === undefined ? undefined : stored.safeParse(parsed(text));
  return found?.success ? { ...found.data, since: timeMs(found.data.since) ?? 0 } : undefined;
};

export const troubleText = ({ since, ...rest }: Trouble): string => JSON.stringify({ ...rest, since: timeText(since) });

/** ms that the same failure may come back before a person is told: most of what fails is over by then. */
const PATIENCE_MS = 10 * 60_000;

/** What a failure now makes of the trouble before it. `alarm`: a person must be told now, once for as long as it stays the same. */
export const afterFailure = (
  before: Trouble | undefined,
  failure: { readonly code: string; readonly reason: string },
  now: number,
): { readonly trouble: Trouble; readonly alarm: boolean } => {
  const { code } = failure;
  const reason = failure.reason.slice(0, MOST_WORDS);
  const isAlike = before?.code === code && before.reason === reason;
  if (!isAlike) return { trouble: { code, reason, since: now, told: false }, alarm: false };
  const alarm = !before.told && now - before.since >= PATIENCE_MS;
  return { trouble: { ...before, told: before.told || alarm }, alarm };
};
