import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Passing } from '#local/cloud/runtime/faults.ts';
import type { FunctionName } from '#local/lab/people.ts';
import type { FaultLab } from './lab.ts';

/** kill -9: no handler runs, nothing is said, open connections break. */
const kill = (pid: number | undefined): void => {
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
};

/** How many there were. */
export const killWorkloads = (lab: Pick<FaultLab, 'servers'>): number => {
  const { workloads } = lab.servers.launcher;
  for (const pid of workloads.values()) kill(pid);
  return workloads.size;
};

export const killFunctions = (lab: FaultLab, names: readonly FunctionName[]): void => {
  for (const name of names) kill(lab.functions.hosts.get(name)?.pid);
};

export type When = (call: Passing) => boolean;

export const at =
  (phase: Passing['phase'], method: string, detail = ''): When =>
  (call) =>
    call.phase === phase && call.method === method && call.detail.includes(detail);

/** The second, but only once the first has happened. */
export const afterThat = (first: When, second: When): When => {
  let armed = false;
  return (call) => {
    if (armed) return second(call);
    armed = first(call);
    return false;
  };
};

/** Only calls of the attested machine: reconcile reads the register, too, and says again what a turn said. */
export const byMachine =
  (when: When): When =>
  (call) =>
    call.by.startsWith('principal:') && when(call);

/**
 * Runs `strike` at the first call that `when` knows, in the middle of that call. Before it, nothing of the call happens. After it, all of
 * it did and its answer is lost. Resolves when that has come.
 */
export const strikeAt = (lab: FaultLab, when: When, strike: (call: Passing) => void): Promise<void> =>
  new Promise((resolve) => {
    const end = lab.watch((call) => {
      if (!when(call)) return;
      end();
      strike(call);
      resolve();
      throw new CloudError('UNAVAILABLE', `struck down ${call.phase} ${call.method} ${call.detail}`);
    });
  });
