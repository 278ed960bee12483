import { z } from 'zod';
import { waitFields } from '#schemas/facts.ts';
import { spelled, time, timeMs, timeText } from '#schemas/spellings.ts';
import { type WaitAbout, waitAboutOf, waitTextsOf } from '#schemas/wait-about.ts';
import type { WaitCode } from '#schemas/waits.ts';

export { WAIT_CODES, type WaitCode } from '#schemas/waits.ts';

/**
 * What somebody learned last about a request that waits. It lies in the open mark. It is advice and can only delay: the register and the
 * chain decide whether a turn is owed (core/decide/nonce-wait.ts).
 */
export interface Wait extends WaitAbout {
  readonly code: WaitCode;
  /** ms: when it was learned */
  readonly at: number;
  /** The nonce that had to move: the next one of the register; of GAP_BELOW, the sealed one whose bytes are missing. */
  readonly nextNonce: bigint | undefined;
}

/** A wait as it is found, before anybody says when. */
export type FoundWait = WaitAbout & { readonly code: WaitCode };

/** `at`: ms. */
export const waitAt = (found: FoundWait, at: number): Wait => ({ nextNonce: undefined, ...found, at });

/** What a mark says of why its request waits. */
export interface NotedWaits {
  readonly wait: Wait | undefined;
  readonly held: Wait | undefined;
}

/**
 * The newest of what a turn and what another step learned; of two of one time, the turn's: it was started first. `isApproved`: a count of
 * approvals that another step made is over then.
 */
export const newestWait = ({ wait, held }: NotedWaits, isApproved: boolean): Wait | undefined => {
  const other = isApproved && held?.code === 'NOT_ENOUGH_SHARES' ? undefined : held;
  return other === undefined || (wait !== undefined && wait.at >= other.at) ? wait : other;
};

const stored = z.strictObject({ ...waitFields, at: spelled(time) }).readonly();

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** undefined where there is none, or where somebody wrote what no step writes. */
export const readWait = (text: string | undefined): Wait | undefined => {
  const found = text === undefined ? undefined : stored.safeParse(parsed(text));
  if (!found?.success) return undefined;
  const { code, at, ...texts } = found.data;
  return { code, at: timeMs(at) ?? 0, nextNonce: undefined, ...waitAboutOf(texts) };
};

export const waitText = ({ code, at, ...about }: Wait): string =>
  JSON.stringify({ code, at: timeText(at), ...waitTextsOf(about) });
