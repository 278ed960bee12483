import { standingStops } from '#core/facts/stops.ts';
import { all, each, type Hold } from '../hold.ts';

/** A foreign transaction stopped this wallet on this chain: only what co-signers approved as `replaces: "foreign"` goes on. */
export const holdStopped: Hold = async ({ context, register }, candidates) => {
  const { storage, buckets, wallet } = context;
  const stops = await standingStops(storage, buckets.work, wallet.name, register.chainId);
  if (stops.length === 0) return all(candidates);
  context.log.alarm('turn.stopped', { code: 'WALLET_STOPPED', wallet: wallet.name, chainId: register.chainId });
  return each(candidates, ({ request }) =>
    request.replaces === 'foreign' ? undefined : { code: 'WALLET_STOPPED', rest: 'no' },
  );
};
