import { asCloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { InstanceRecord, OperationError, OperationRecord } from './records.ts';
import type { Store } from './store.ts';

/** What runs inside a VM. `exited` may be called at any time, once, with the exit code of the launcher; also after `kill`. */
export interface Guest {
  start(instance: InstanceRecord, exited: (code: number) => void): { kill(): void };
}

/** All in ms. `boot` is from RUNNING to the container, `powerOff` from the container's exit to STOPPING. */
export interface Delays {
  readonly provision: number;
  readonly staging: number;
  readonly boot: number;
  readonly powerOff: number;
  readonly stop: number;
  /** How long a guest may take to end when told to, before the power is cut. */
  readonly stopLimit: number;
}

/** Roughly what Google Cloud does. The launcher's `shutdown --poweroff +2` is two minutes exactly. */
export const REAL_DELAYS: Delays = {
  provision: 3_000,
  staging: 7_000,
  boot: 60_000,
  powerOff: 120_000,
  stop: 5_000,
  stopLimit: 120_000,
};

const EXHAUSTED = new Set(['UNAVAILABLE', 'RESOURCE_EXHAUSTED']);

const failureOf = (thrown: unknown, { zone }: InstanceRecord): OperationError => {
  const { status, message } = asCloudError(thrown);
  if (EXHAUSTED.has(status))
    return {
      code: 'ZONE_RESOURCE_POOL_EXHAUSTED',
      message: `The zone '${zone}' does not have enough resources available to fulfill the request. Try a different zone, or try again later.`,
      http: 503,
    };
  if (status === 'FAILED_PRECONDITION') return { code: 'QUOTA_EXCEEDED', message: 'Quota exceeded.', http: 403 };
  return { code: 'INTERNAL_ERROR', message, http: 500 };
};

interface Ending {
  to: 'TERMINATED' | 'GONE';
  operations: OperationRecord[];
}

/** Moves every VM through its states on the world's clock. Only this changes a status. */
export class Lifecycle {
  readonly #world: World;
  readonly #store: Store;
  readonly #machine: Guest;
  readonly #delays: Delays;
  readonly #timers = new Map<string, (() => void)[]>();
  readonly #live = new Map<string, { kill(): void }>();
  readonly #ending = new Map<string, Ending>();

  constructor(world: World, store: Store, machine: Guest, delays: Delays) {
    this.#world = world;
    this.#store = store;
    this.#machine = machine;
    this.#delays = delays;
    this.#recover();
  }

  /** From PROVISIONING on. `operation` ends when the VM runs, or when it cannot be had. */
  begin(record: InstanceRecord, operation: OperationRecord): void {
    this.#after(record, this.#delays.provision, () => {
      try {
        const detail = `zones/${record.zone}/instances/${record.name}`;
        this.#world.faults.around('compute.instances.provision', detail, () => {});
      } catch (error) {
        this.#cancelTimers(record);
        this.#store.remove(record);
        this.#store.finish(operation, failureOf(error, record));
        return;
      }
      const staged = this.#store.put({ ...record, status: 'STAGING' });
      this.#after(record, this.#delays.staging, () => this.#run(staged, operation));
    });
  }

  /** Stops a VM in any state. `operation` ends when that is done. Once asked for, a deletion is never turned into a stop. */
  end(record: InstanceRecord, to: Ending['to'], operation?: OperationRecord): void {
    const operations = operation === undefined ? [] : [operation];
    const ending = this.#ending.get(record.id);
    if (ending !== undefined) {
      ending.operations.push(...operations);
      if (to === 'GONE') ending.to = to;
      return;
    }
    this.#cancelTimers(record);
    this.#ending.set(record.id, { to, operations });
    for (const pending of this.#store.operations(record.zone))
      if (pending.targetId === record.id && pending.operationType === 'insert' && pending.status !== 'DONE')
        this.#store.finish(pending, {
          code: 'OPERATION_CANCELED_BY_USER',
          message: 'The instance was deleted.',
          http: 400,
        });
    const stopping = this.#store.put({ ...record, status: 'STOPPING' });
    const live = this.#live.get(record.id);
    if (live === undefined) this.#settleSoon(stopping);
    else {
      this.#after(record, this.#delays.stopLimit, () => this.#settleSoon(stopping));
      live.kill();
    }
  }

  /** Ends the processes without a trace in the journal: what a power cut of the whole local cloud is to its VMs. */
  shutdown(): void {
    for (const record of this.#store.instances()) this.#cancelTimers(record);
    const live = [...this.#live.values()];
    this.#live.clear();
    for (const machine of live) machine.kill();
  }

  #run(staged: InstanceRecord, operation: OperationRecord): void {
    const running = this.#store.put({ ...staged, status: 'RUNNING', lastStartTimestamp: this.#store.now() });
    this.#store.finish(operation);
    this.#after(running, this.#delays.boot, () => this.#start(running));
    const { maxRunDuration, instanceTerminationAction } = running.body.scheduling;
    if (maxRunDuration !== undefined)
      this.#after(running, Number(maxRunDuration.seconds) * 1000, () =>
        this.end(running, instanceTerminationAction === 'DELETE' ? 'GONE' : 'TERMINATED'),
      );
  }

  #start(running: InstanceRecord): void {
    const booting = { kill: () => {} };
    this.#live.set(running.id, booting);
    const handle = this.#machine.start(running, () => {
      // Also false after the power was cut, and for a machine that says twice that it has ended.
      if (!this.#live.delete(running.id)) return;
      if (this.#ending.has(running.id)) this.#settleSoon(running);
      else this.#after(running, this.#delays.powerOff, () => this.end(running, 'TERMINATED'));
    });
    if (this.#live.get(running.id) === booting) this.#live.set(running.id, handle);
  }

  #settleSoon(record: InstanceRecord): void {
    this.#cancelTimers(record);
    this.#after(record, this.#delays.stop, () => this.#settle(record));
  }

  #settle(record: InstanceRecord): void {
    const ending = this.#ending.get(record.id);
    if (ending === undefined) return;
    this.#ending.delete(record.id);
    this.#live.delete(record.id);
    this.#timers.delete(record.id);
    if (ending.to === 'GONE') this.#store.remove(record);
    else this.#store.put({ ...record, status: 'TERMINATED', lastStopTimestamp: this.#store.now() });
    for (const operation of ending.operations) this.#store.finish(operation);
  }

  /** After a restart of the local cloud no process of it is left: its VMs have lost their power. */
  #recover(): void {
    const pending = this.#store.operations().filter(({ status }) => status !== 'DONE');
    for (const record of this.#store.instances().filter(({ status }) => status !== 'TERMINATED')) {
      const deleted = pending.some(
        ({ operationType, targetId }) => operationType === 'delete' && targetId === record.id,
      );
      if (deleted) this.#store.remove(record);
      else this.#store.put({ ...record, status: 'TERMINATED', lastStopTimestamp: this.#store.now() });
    }
    for (const operation of pending) this.#store.finish(operation);
  }

  #after(record: InstanceRecord, ms: number, run: () => void): void {
    const timers = this.#timers.get(record.id) ?? [];
    timers.push(this.#world.clock.after(ms, run));
    this.#timers.set(record.id, timers);
  }

  #cancelTimers(record: InstanceRecord): void {
    for (const cancel of this.#timers.get(record.id) ?? []) cancel();
    this.#timers.delete(record.id);
  }
}
