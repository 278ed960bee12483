import type { Operations } from '#schemas/config.ts';
import { vmName } from '#schemas/names.ts';
import { act, type Decision, ignore, wait } from '../decision.ts';
import { isOpen, type NewestTurn } from '../facts/turns.ts';

export interface Launching {
  readonly turn: bigint;
  readonly zone: string;
  readonly name: string;
  /** False: the claim is there, but its VM never came; insert exactly that. */
  readonly claim: boolean;
}

export const zoneOf = (turn: bigint, zones: readonly string[]): string => {
  const zone = zones[Number(turn - 1n) % zones.length];
  if (zone === undefined) throw new RangeError('operations name no zone');
  return zone;
};

/** What may stand against a launch. */
export interface Against {
  readonly paused: boolean;
  /** The request that made a turn due has its outcome, or its bytes are out already. */
  readonly decided: boolean;
  /** A foreign transaction stopped the wallet, and this request is not the one that lifts it. */
  readonly stopped: boolean;
}

/** A turn whose machine runs finds the request by itself: none is launched beside it. */
export const isAtWork = (newest: NewestTurn | undefined, operations: Operations): boolean =>
  newest?.machine === 'alive' && isOpen(newest, operations);

/** Whether to launch, and what. */
export const decideLaunch = (
  wallet: string,
  newest: NewestTurn | undefined,
  { paused, decided, stopped }: Against,
  operations: Operations,
): Decision<Launching> => {
  if (decided) return ignore('nothing is due for this request any more');
  if (paused) return wait('PAUSED', 'the deployment is paused');
  if (stopped) return wait('WALLET_STOPPED', 'a foreign transaction used this wallet');
  if (newest !== undefined && isOpen(newest, operations)) {
    if (newest.machine === 'alive') return wait('TURN_OPEN', `turn ${newest.turn} is running and will try again`);
    // Claimed, but the insert was never made, or its answer is not in yet: making the same insert again is harmless.
    return act({ turn: newest.turn, zone: newest.zone, name: vmName(wallet, newest.turn), claim: false });
  }
  const turn = (newest?.turn ?? 0n) + 1n;
  return act({ turn, zone: zoneOf(turn, operations.zones), name: vmName(wallet, turn), claim: true });
};
