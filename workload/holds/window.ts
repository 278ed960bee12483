import { overfilled, plannedOutlay, sealedOutlays } from '#core/register/windows.ts';
import { tokensOn } from '#schemas/config.ts';
import { all, each, type Hold } from '../hold.ts';

/**
 * The policy's windows must have room, in the order of the requests. Room comes back with time alone, so no request is closed because room
 * is missing.
 */
export const holdOverWindow: Hold = ({ context, register }, candidates, { view }) => {
  const { windows } = context.wallet.policy;
  if (windows.length === 0) return all(candidates);
  const chain = tokensOn(context.law, register.chainId);
  const outlays = [...sealedOutlays(view, chain)];
  return each(candidates, ({ id, request }) => {
    const own = plannedOutlay(id, request, view.at, chain);
    const full = overfilled(own, outlays, { windows, chain });
    if (full !== undefined) return { code: 'WINDOW_FULL', rest: 'postpone', fields: { window: full.name } };
    outlays.push(own);
    return undefined;
  });
};
