import { CloudError } from '#local/cloud/runtime/cloud-error.ts';

/** https://cloud.google.com/storage/docs/request-preconditions; generation 0 means: no live object of that name. */
export interface Preconditions {
  readonly ifGenerationMatch?: number | undefined;
  readonly ifGenerationNotMatch?: number | undefined;
  readonly ifMetagenerationMatch?: number | undefined;
  readonly ifMetagenerationNotMatch?: number | undefined;
}

interface Numbers {
  readonly generation: number;
  readonly metageneration: number;
}

const conditionNotMet = (): CloudError =>
  new CloudError('FAILED_PRECONDITION', 'At least one of the pre-conditions you specified did not hold.', {
    http: 412,
    reason: 'conditionNotMet',
  });

const notModified = (): CloudError =>
  new CloudError('FAILED_PRECONDITION', 'Not Modified', { http: 304, reason: 'notModified' });

/** Throws 412, or 304 where a *reader* asked for "only if it is another one than I have". */
export const requirePreconditions = (
  given: Preconditions,
  found: Numbers | undefined,
  verb: 'read' | 'write',
): void => {
  const { ifGenerationMatch, ifGenerationNotMatch, ifMetagenerationMatch, ifMetagenerationNotMatch } = given;
  const generation = found?.generation ?? 0;
  if (ifGenerationMatch !== undefined && ifGenerationMatch !== generation) throw conditionNotMet();
  if (ifMetagenerationMatch !== undefined && ifMetagenerationMatch !== found?.metageneration) throw conditionNotMet();
  if (ifGenerationNotMatch === generation || (found && ifMetagenerationNotMatch === found.metageneration))
    throw verb === 'read' ? notModified() : conditionNotMet();
};
