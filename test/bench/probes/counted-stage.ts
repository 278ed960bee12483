import type { ChainClient, Chains, Clock, Publisher, Storage } from '#core/ports.ts';
import { stage } from '../../support/stage.ts';
import { type Counts, countingChain, countingStorage, noCounts } from './counted.ts';

/** ms between blocks, as Ethereum's main chain has them. What is mined is final here: how long that takes is the chain's affair. */
const BLOCK = 12_000;
/** The shipped settings: a machine or a tick looks again after 15 s, and the scheduler ticks every minute. */
export const TICK = 60_000;
const POLL_SECONDS = 15;

/** The whole pipeline over in-memory ports that count, at the cloud's cadence. Nothing moves but by the probe: two runs count the same. */
export const countedStage = (
  limits: Readonly<Record<string, unknown>> = {},
  wallet: Readonly<Record<string, unknown>> = {},
  operations: Readonly<Record<string, unknown>> = {},
) => {
  const given = stage({
    wallet,
    limits: { maxOpenPerWallet: 100_000, maxOpenPerRequester: 100_000, ...limits },
    operations: { pollSeconds: POLL_SECONDS, ...operations },
  });
  const counts: Counts = noCounts();
  const { clock, publisher } = given;
  let mined = Math.floor(clock.now() / BLOCK);
  const mine = (): void => {
    const due = Math.floor(clock.now() / BLOCK);
    if (due > mined) given.chain().mine();
    mined = due;
  };
  const counting = new Map<string, ChainClient>();
  const chains: Chains = {
    of: (id) => {
      const known = counting.get(id) ?? countingChain(given.chain(id), counts, mine);
      counting.set(id, known);
      return known;
    },
  };
  const storage: Storage = countingStorage(given.storage, counts);
  const counted: Publisher = {
    publish: (...message) => {
      counts.publish += 1;
      return publisher.publish(...message);
    },
  };
  // Every step reads its ports from this one context.
  Object.assign(given.context, { storage, publisher: counted, chains });
  const turn = (n: bigint, changed: { readonly clock?: Clock } = {}): Promise<void> =>
    given.turn(n, { storage, shareStorage: () => storage, publisher: counted, chains, ...changed });
  const reset = (): void => void Object.assign(counts, noCounts());
  return { ...given, counts, reset, turn };
};
