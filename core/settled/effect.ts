import { getAddress } from 'ethers';
import type { TransactionLog } from '#core/ports.ts';
import { type Allowance, allowancesIn } from './allowances.ts';
import { type Movement, movementsIn, type OwnValue, SYSTEM } from './transfers.ts';

/** What a transaction would do, by the logs of a simulation. */
export interface Effect {
  readonly success: boolean;
  /** `0x…`, what a failure gives back; undefined where it is not told. */
  readonly revertData: string | undefined;
  /** All that would move, whoever owns it, in the order of the logs. */
  readonly movements: readonly Movement[];
  /** Some log has the name of a transfer and not the form of one. */
  readonly unread: boolean;
  readonly allowances: readonly Allowance[];
  /** False: ether moves, and the node told no log of it, so what contracts send on is not known. */
  readonly etherTraced: boolean;
}

/**
 * Whom a simulation names as the emitter where ether moves, also within calls (`traceTransfers`). Nobody can have a contract there: its address
 * is chosen, and not made from a key or a creation.
 */
const TRACER = getAddress(`0x${'e'.repeat(40)}`);

/** One emitter for ether. A chain with EIP-7708 logs it by itself, and what is traced beside that would count it twice. */
const oneEmitter = (logs: readonly TransactionLog[]): readonly TransactionLog[] =>
  logs.some(({ address }) => address === SYSTEM)
    ? logs.filter(({ address }) => address !== TRACER)
    : logs.map((log) => (log.address === TRACER ? { ...log, address: SYSTEM } : log));

/** `own`: what the request itself moves. */
export const effectOf = (
  told: {
    readonly success: boolean;
    readonly revertData: string | undefined;
    readonly logs: readonly TransactionLog[];
  },
  own: OwnValue,
): Effect => {
  const { success, revertData } = told;
  if (!success) return { success, revertData, movements: [], unread: false, allowances: [], etherTraced: true };
  const logs = oneEmitter(told.logs);
  const { movements, unread } = movementsIn(logs, own);
  const etherTraced =
    own.wei === 0n || movements.some(({ standard, index }) => standard === 'native' && index !== undefined);
  return { success, revertData, movements, unread, allowances: allowancesIn(logs, own.from), etherTraced };
};
