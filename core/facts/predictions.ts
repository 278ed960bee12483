import type { Storage } from '#core/ports.ts';
import { predictionObject, type ShareLocation } from '#schemas/names.ts';
import { MAX_PREDICTION_BYTES, type Prediction, parsePrediction } from '#schemas/prediction.ts';

/** What a co-signer was shown when approving; undefined where nothing lies there. Throws MALFORMED and TOO_LARGE, and what Storage throws. */
export const readPrediction = async (
  storage: Pick<Storage, 'read'>,
  location: ShareLocation,
  id: string,
): Promise<Prediction | undefined> => {
  const content = await storage.read(location.bucket, predictionObject(location, id), { limit: MAX_PREDICTION_BYTES });
  return content === undefined ? undefined : parsePrediction(content.bytes);
};
