import { z } from 'zod';
import type { Json } from '#local/cloud/runtime/journal.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import {
  type InstanceRecord,
  instanceRecord,
  type OperationError,
  type OperationRecord,
  operationRecord,
} from './records.ts';

const SERVICE = 'compute';
/** Compute forgets finished operations after 14 days. */
const OPERATION_LIFE_MS = 14 * 24 * 3600 * 1000;

const mutation = z.union([
  z.strictObject({ instance: instanceRecord }),
  z.strictObject({ gone: z.strictObject({ zone: z.string(), name: z.string() }) }),
  z.strictObject({ operation: operationRecord }),
]);

type Mutation = z.infer<typeof mutation>;

const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));
const keyOf = ({ zone, name }: { readonly zone: string; readonly name: string }): string => `${zone}/${name}`;

/** Instances and operations: each mutation goes to the journal first, then to memory by the function that a restart replays. */
export class Store {
  readonly #world: World;
  readonly #instances = new Map<string, InstanceRecord>();
  readonly #operations = new Map<string, OperationRecord>();
  readonly #waiting = new Map<string, Set<(done: OperationRecord) => void>>();

  constructor(world: World) {
    this.#world = world;
    world.journal.replay(SERVICE, (record) => this.#apply(mutation.parse(record)));
  }

  /** RFC 3339, with milliseconds. */
  now(): string {
    return new Date(this.#world.clock.now()).toISOString();
  }

  /** A numeric id of 18 digits, as Compute gives to everything. */
  newId(): string {
    return String(10n ** 17n + (BigInt(`0x${this.#world.randomHex(7)}`) % (9n * 10n ** 17n)));
  }

  instance(zone: string, name: string): InstanceRecord | undefined {
    return this.#instances.get(keyOf({ zone, name }));
  }

  instances(zone?: string): readonly InstanceRecord[] {
    return [...this.#instances.values()].filter((record) => zone === undefined || record.zone === zone);
  }

  operation(zone: string, name: string): OperationRecord | undefined {
    return this.#operations.get(keyOf({ zone, name }));
  }

  operations(zone?: string): readonly OperationRecord[] {
    return [...this.#operations.values()].filter((record) => zone === undefined || record.zone === zone);
  }

  put(instance: InstanceRecord): InstanceRecord {
    this.#write({ instance });
    return instance;
  }

  remove({ zone, name }: InstanceRecord): void {
    this.#write({ gone: { zone, name } });
  }

  putOperation(operation: OperationRecord): OperationRecord {
    this.#write({ operation });
    return operation;
  }

  /** Ends an operation, well or with `error`, and tells whoever waits for it. */
  finish(operation: OperationRecord, error?: OperationError): void {
    const done: OperationRecord = {
      ...operation,
      status: 'DONE',
      endTime: this.now(),
      ...(error === undefined ? {} : { error }),
    };
    this.putOperation(done);
    const key = keyOf(operation);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    for (const tell of waiting ?? []) tell(done);
  }

  /** Calls `tell` when the operation ends; the returned function forgets it. */
  whenDone(operation: OperationRecord, tell: (done: OperationRecord) => void): () => void {
    const key = keyOf(operation);
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add(tell));
    return () => waiting.delete(tell);
  }

  #write(change: Mutation): void {
    this.#world.journal.append(SERVICE, toJson(change));
    this.#apply(change);
  }

  #apply(change: Mutation): void {
    if ('instance' in change) this.#instances.set(keyOf(change.instance), change.instance);
    else if ('gone' in change) this.#instances.delete(keyOf(change.gone));
    else {
      this.#operations.set(keyOf(change.operation), change.operation);
      this.#forget(Date.parse(change.operation.insertTime) - OPERATION_LIFE_MS);
    }
  }

  #forget(beforeMs: number): void {
    for (const [key, { status, endTime }] of this.#operations) {
      if (status !== 'DONE' || Date.parse(endTime ?? '') >= beforeMs) break;
      this.#operations.delete(key);
    }
  }
}
