import { type Stop, standingStops } from '#core/facts/stops.ts';
import { all, each, type Hold } from '../hold.ts';
import type { Lane } from '../lane.ts';

/** What stops the wallet on this chain now. Whoever asks may come to that late, or never: until then a failure is nobody's. */
export const stopsOf = ({ context: { storage, buckets, wallet }, register }: Lane): Promise<readonly Stop[]> => {
  const stops = standingStops(storage, buckets.work, wallet.name, register.chainId);
  stops.catch(() => {});
  return stops;
};

/** A foreign transaction stopped this wallet on this chain: only what co-signers approved as `replaces: "foreign"` goes on. */
export const holdStopped: Hold = async ({ context, register }, candidates, pass) => {
  const stops = await pass.stops;
  if (stops.length === 0) return all(candidates);
  context.log.alarm('turn.stopped', {
    code: 'WALLET_STOPPED',
    wallet: context.wallet.name,
    chainId: register.chainId,
  });
  return each(candidates, ({ request }) =>
    request.replaces === 'foreign' ? undefined : { code: 'WALLET_STOPPED', rest: 'no' },
  );
};
