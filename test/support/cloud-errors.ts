import { foreign } from '#adapters/calls/errors.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** An error of the local cloud's classes under the code that the adapters give it, in its own words; any other as it is. */
export const translated = (error: unknown): unknown =>
  error instanceof CloudError
    ? new KeyturnError(foreign({ service: '', call: '', resource: '' }, { code: error.grpc }).code, error.message)
    : error;

export const through = <T>(run: () => T): T => {
  try {
    return run();
  } catch (error) {
    throw translated(error);
  }
};
