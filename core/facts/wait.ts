import { z } from 'zod';
import { waitFields } from '#schemas/facts.ts';
import { spelled, time, timeMs, timeText } from '#schemas/spellings.ts';
import { WAIT_NUMBERS, type WaitAbout, type WaitCode, type WaitNumbers } from '#schemas/waits.ts';

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

const stored = z.strictObject({ ...waitFields, at: spelled(time) }).readonly();

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

type Texts = Readonly<Partial<Record<string, string>>>;

/** The numbers of a wait from their decimal texts. */
export const waitNumbers = (texts: Texts): WaitNumbers => {
  const numbers: Partial<Record<keyof WaitNumbers, bigint>> = {};
  for (const name of WAIT_NUMBERS) {
    const text = texts[name];
    if (text !== undefined) numbers[name] = BigInt(text);
  }
  return numbers;
};

export const numberTexts = (numbers: WaitNumbers): Texts => {
  const texts: Partial<Record<string, string>> = {};
  for (const name of WAIT_NUMBERS) if (numbers[name] !== undefined) texts[name] = `${numbers[name]}`;
  return texts;
};

/** undefined where there is none, or where somebody wrote what no step writes. */
export const readWait = (text: string | undefined): Wait | undefined => {
  const found = text === undefined ? undefined : stored.safeParse(parsed(text));
  if (!found?.success) return undefined;
  const { code, at, nextNonce, numbers, refusal } = found.data;
  return {
    code,
    at: timeMs(at) ?? 0,
    nextNonce: nextNonce === undefined ? undefined : BigInt(nextNonce),
    ...(numbers === undefined ? {} : { numbers: waitNumbers(numbers) }),
    ...(refusal === undefined ? {} : { refusal }),
  };
};

export const waitText = ({ code, at, nextNonce, numbers, refusal }: Wait): string =>
  JSON.stringify({
    code,
    at: timeText(at),
    ...(nextNonce === undefined ? {} : { nextNonce: `${nextNonce}` }),
    ...(numbers === undefined ? {} : { numbers: numberTexts(numbers) }),
    ...(refusal === undefined ? {} : { refusal }),
  });
