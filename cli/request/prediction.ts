import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { realClock } from '#adapters/clock.ts';
import { type Line, warn } from '#cli/app/output.ts';
import type { Clock, Storage } from '#core/ports.ts';
import { revertReason } from '#core/transaction/revert.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { CoSigner } from '#schemas/config.ts';
import { predictionObject } from '#schemas/names.ts';
import { MAX_PREDICTED, MAX_PREDICTION_BYTES, type Prediction, predictionBytes } from '#schemas/prediction.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Picture } from './render-request.ts';

const flag = (is: boolean): 'yes' | 'no' => (is ? 'yes' : 'no');

/**
 * What this co-signer was shown that the request would do: of the wallet alone, since no more can be compared with a receipt. Undefined where
 * nothing was simulated, or the nodes disagreed.
 */
export const predictionOf = (
  { id, wallet, simulation, now }: Pick<Picture, 'id' | 'wallet' | 'simulation' | 'now'>,
  coSigner: string,
): Prediction | undefined => {
  if (simulation?.kind !== 'told') return undefined;
  const { effect, gas, places } = simulation;
  const own = effect.movements.filter(({ from, to }) => from === wallet.address || to === wallet.address);
  const { allowances } = effect;
  return {
    ...{ version: '1', id, coSigner, at: timeText(now), nodes: places.length.toString() },
    succeeds: flag(effect.success),
    reason: effect.success ? '' : revertReason(effect.revertData),
    gasUsed: gas.most.toString(),
    etherTraced: flag(effect.etherTraced),
    complete: flag(!effect.unread && own.length <= MAX_PREDICTED && allowances.length <= MAX_PREDICTED),
    moves: own.slice(0, MAX_PREDICTED).map(({ standard, address, tokenId, from, to, amount }) => ({
      ...{ standard, address, tokenId, from, to, amount: amount.toString() },
    })),
    allows: allowances.slice(0, MAX_PREDICTED).map(({ standard, address, tokenId, spender, amount }) => ({
      ...{ standard, address, tokenId, spender, amount: amount.toString() },
    })),
  };
};

/** What became of a prediction. `code`: why it does not lie there. */
export interface Kept {
  readonly state: 'stored' | 'there' | 'none' | 'failed';
  /** gs://…, or "". */
  readonly object: string;
  readonly code: string;
}

export const NOT_KEPT: Kept = { state: 'none', object: '', code: '' };

/** ms that an approval waits for it at most. */
export const PREDICTION_MS = 5_000;

/**
 * Puts the prediction beside the share, once. It is advice: nothing that happens here keeps an approval, and whatever fails is told. The first
 * stands, as the share does.
 */
export const keepPrediction = async (
  storage: Storage,
  picture: Picture,
  { name, shareLocation }: CoSigner,
  clock: Clock = realClock,
): Promise<Kept> => {
  const prediction = predictionOf(picture, name);
  if (prediction === undefined) return NOT_KEPT;
  const bytes = predictionBytes(prediction);
  const failed = (code: string): Kept => ({ state: 'failed', object: '', code });
  if (bytes.length > MAX_PREDICTION_BYTES) return failed('TOO_LARGE');
  try {
    const { bucket } = shareLocation;
    const made = await withTimeLimit(clock, PREDICTION_MS, () =>
      storage.createOnce(bucket, predictionObject(shareLocation, picture.id), bytes),
    );
    if (made === undefined) return failed('DEADLINE');
    const { created, object } = made.result;
    return { state: created ? 'stored' : 'there', object: `gs://${object.bucket}/${object.name}`, code: '' };
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return failed(error.code);
  }
};

/** What a person is told of it. */
export const keptLines = ({ state, object, code }: Kept): readonly Line[] => {
  switch (state) {
    case 'stored':
      return [`what the nodes said lies beside it: ${object}`];
    case 'there':
      return [`what the nodes said then lies beside it already: ${object}`];
    case 'failed':
      return [warn(`what the nodes said could not be stored (${code}): the approval counts all the same`)];
    case 'none':
      return [];
    default:
      return state satisfies never;
  }
};
