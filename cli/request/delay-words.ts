import { spanText } from '#cli/app/units.ts';
import { delayOf } from '#core/policy-delay.ts';
import type { Picture } from './render-request.ts';

/** What the law says of the delay of this request, in one sentence; undefined where it has none. */
export const delayWords = ({
  request,
  wallet,
  law,
}: Pick<Picture, 'request' | 'wallet' | 'law'>): string | undefined => {
  const delay = delayOf(request, wallet, law);
  return delay === 0
    ? undefined
    : `it waits ${spanText(delay)} after the approvals, and each co-signer of the wallet can veto it (reject)`;
};
