import { causesOf } from '#core/error-fields.ts';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';

/** The KeyturnError that another library wrapped in its own, as viem does; undefined where there is none. */
export const keyturnErrorIn = (error: unknown): KeyturnError | undefined =>
  causesOf(error).find((one): one is KeyturnError => isKeyturnError(one));
