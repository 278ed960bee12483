import type { Telemetry } from '#adapters/telemetry/telemetry.ts';
import type { TurnSource } from '#core/facts/read-turns.ts';
import type { Chains, Clock, Log, MachineState, Machines, Publisher, Storage } from '#core/ports.ts';
import type { Config } from '#schemas/config.ts';
import type { Buckets } from '#schemas/names.ts';

/** What every function has at hand. */
export interface Context extends Config {
  readonly buckets: Buckets;
  readonly storage: Storage;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent where no endpoint is set, which is the default. */
  readonly telemetry?: Telemetry | undefined;
  /** Says which request the message at hand is about: every later line of this call carries that id. */
  readonly concerns?: (id: string) => void;
}

export interface LaunchContext extends Context {
  readonly machines: Machines;
}

/** Where the newest turn of a wallet is read. */
export const turnSource = ({ storage, buckets, clock, machines }: LaunchContext): TurnSource<MachineState> => ({
  storage,
  work: buckets.work,
  clock,
  machineState: (zone, name) => machines.state(zone, name),
});

export interface ChainContext extends Context {
  readonly chains: Chains;
}

export interface ReconcileContext extends LaunchContext, ChainContext {
  /** Ids that a tick of this process has in hand. Ticks overlap when there is most to do. */
  readonly inHand?: Set<string>;
  /** When (ms) this process last checked the age of each register log's newest seal. Absent: it never does. */
  readonly periodChecks?: Map<string, number>;
  /** When (ms) this process last kept the law, by its hash. Absent: it never does. */
  readonly lawKept?: Map<string, number>;
}
