import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { readPrediction } from '#core/facts/predictions.ts';
import type { ToldPrediction } from '#core/settled/predicted.ts';
import type { Context } from '#functions/runtime/context.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { coSignerNamed } from '#schemas/config.ts';

/** ms that a receipt waits for predictions, all at once. */
const LIMIT_MS = 5_000;

/**
 * What those who approved were shown, as far as it can be read now. It is advice in places of co-signers, who may be hostile. So one that is not there,
 * cannot be read, is late or is none keeps no receipt from being written.
 */
export const loadPredictions = async (
  { storage, law, clock, log }: Pick<Context, 'storage' | 'law' | 'clock' | 'log'>,
  id: string,
  coSigners: readonly string[],
): Promise<readonly ToldPrediction[]> => {
  const read = async (coSigner: string): Promise<readonly ToldPrediction[]> => {
    const location = coSignerNamed(law, coSigner)?.shareLocation;
    if (location === undefined) return [];
    try {
      const found = await withTimeLimit(clock, LIMIT_MS, () => readPrediction(storage, location, id));
      if (found === undefined) log.info('settle.prediction', { id, coSigner, code: 'DEADLINE' });
      return found?.result === undefined ? [] : [{ coSigner, prediction: found.result }];
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      log.info('settle.prediction', { id, coSigner, code: error.code });
      return [];
    }
  };
  return (await Promise.all(coSigners.map(read))).flat();
};
