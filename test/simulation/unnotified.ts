import type { Cloud } from './cloud.ts';
import { acceptedAt, approvedAt, servedIn } from './fairness.ts';
import { HOUR, MINUTE } from './law.ts';
import type { Plan } from './plan.ts';

/** ms: a tick, the next one, and what a look takes. */
const SLACK = 6 * MINUTE;
/** ms before validUntil at which a last look is promised: 20 polls of a minute. */
const LAST = 20 * MINUTE;

/** 8: votes of which no notification ever came are found within the hour, and while the request can still be sealed. */
export const foundInTime = (cloud: Cloud, plan: Plan): void => {
  const { observer, buckets, faults } = cloud;
  if (faults.profile.unnotified === 0) return;
  for (const request of servedIn(cloud, plan)) {
    const [approved, accepted] = [approvedAt(cloud, request), acceptedAt(cloud, request.id)];
    if (approved === undefined || accepted === undefined) continue;
    const since = Math.max(approved, accepted);
    const last = Date.parse(request.fields.validUntil ?? '') - LAST;
    if (since > last) continue;
    const found = observer.everAt(buckets.results, `requests/${request.id}/approved.json`)[0]?.created;
    if (found === undefined || found > Math.min(since + HOUR, last) + SLACK)
      observer.fail('8 unnotified', `${request.id} had the votes that it needs, and nobody looked in time`);
  }
};
