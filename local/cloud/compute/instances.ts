import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller, Resource } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { parseInstanceBody } from './instance-body.ts';
import { type Delays, type Guest, Lifecycle, REAL_DELAYS } from './lifecycle.ts';
import { type ListOptions, type Page, pageOf, parseFilter } from './list.ts';
import { instanceOf, needsOf, operationOf, projectOf } from './permissions.ts';
import {
  type InstanceRecord,
  instancePath,
  instanceResource,
  type OperationRecord,
  operationResource,
} from './records.ts';
import { Store } from './store.ts';

type Shown = Readonly<Record<string, unknown>>;

const ZONE = /^[a-z]+-[a-z]+[0-9]+-[a-z]$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const ZERO_UUID = '00000000-0000-0000-0000-000000000000';
/** operations.wait answers after two minutes at the latest, done or not. */
const WAIT_LIMIT_MS = 120_000;

const invalid = (field: string, value: string, why: string): CloudError =>
  new CloudError('INVALID_ARGUMENT', `Invalid value for field '${field}': '${value}'. ${why}`);

/**
 * Compute Engine's zonal instances and operations (compute v1), cut down to what a Confidential Space VM needs. Synchronous: what
 * takes time goes on under the world's clock. Faults: compute.instances.{insert,get,list,delete} for the calls, and
 * compute.instances.provision for the operation that follows an insert (UNAVAILABLE: ZONE_RESOURCE_POOL_EXHAUSTED;
 * FAILED_PRECONDITION: QUOTA_EXCEEDED). Their detail is `zones/Z/instances/N`.
 */
export class Instances {
  readonly #world: World;
  readonly #store: Store;
  readonly #lifecycle: Lifecycle;

  constructor(world: World, machine: Guest, delays: Partial<Delays> = {}) {
    this.#world = world;
    this.#store = new Store(world);
    this.#lifecycle = new Lifecycle(world, this.#store, machine, { ...REAL_DELAYS, ...delays });
  }

  /** Throws ALREADY_EXISTS for a name in use in the zone. The same `requestId` again answers with the operation of the first call. */
  insert(caller: Caller, zone: string, body: unknown, requestId?: string): Shown {
    const named = nameIn(body);
    const allowed = this.#call(
      caller,
      'insert',
      'create',
      this.#instance(zone, named),
      `zones/${zone}/instances/${named}`,
    );
    return allowed(() => {
      const given = parseInstanceBody(body, checkZone(zone));
      for (const [permission, resource] of needsOf(this.#project, zone, given))
        this.#world.iam.require(caller, permission, resource);
      const before = this.#repeated(zone, requestId);
      if (before !== undefined) return operationResource(this.#project, before);
      if (this.#store.instance(zone, given.name) !== undefined)
        throw new CloudError('ALREADY_EXISTS', `The resource '${this.#path(zone, given.name)}' already exists`);
      const record = this.#store.put({
        id: this.#store.newId(),
        zone,
        name: given.name,
        body: given,
        status: 'PROVISIONING',
        creationTimestamp: this.#store.now(),
      });
      const operation = this.#operation('insert', record, caller, requestId);
      this.#lifecycle.begin(record, operation);
      return operationResource(this.#project, operation);
    });
  }

  get(caller: Caller, zone: string, name: string): Shown {
    return this.#call(
      caller,
      'get',
      'get',
      this.#instance(zone, name),
      `zones/${zone}/instances/${name}`,
    )(() => instanceResource(this.#project, this.#known(zone, name)));
  }

  /** One page, by name. */
  list(caller: Caller, zone: string, options: ListOptions = {}): Page<Shown> {
    return this.#call(
      caller,
      'list',
      'list',
      projectOf(this.#project),
      `zones/${zone}`,
    )(() => {
      const matches = parseFilter(options.filter);
      const page = pageOf(this.#store.instances(checkZone(zone)).filter(matches), options);
      return { ...page, items: page.items.map((record) => instanceResource(this.#project, record)) };
    });
  }

  /** The VM is gone when the operation is done. */
  delete(caller: Caller, zone: string, name: string, requestId?: string): Shown {
    return this.#call(
      caller,
      'delete',
      'delete',
      this.#instance(zone, name),
      `zones/${zone}/instances/${name}`,
    )(() => {
      const before = this.#repeated(zone, requestId);
      if (before !== undefined) return operationResource(this.#project, before);
      const record = this.#known(zone, name);
      if (record.body.deletionProtection === true)
        throw new CloudError(
          'INVALID_ARGUMENT',
          `Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion. '${this.#path(zone, name)}''.`,
          { reason: 'invalidResourceUsage' },
        );
      const operation = this.#operation('delete', record, caller, requestId);
      this.#lifecycle.end(record, 'GONE', operation);
      return operationResource(this.#project, operation);
    });
  }

  getOperation(caller: Caller, zone: string, name: string): Shown {
    return operationResource(this.#project, this.#permittedOperation(caller, zone, name));
  }

  /** Calls `tell` once: when the operation is done, or with what it is after two minutes. */
  waitOperation(caller: Caller, zone: string, name: string, tell: (operation: Shown) => void): void {
    const operation = this.#permittedOperation(caller, zone, name);
    if (operation.status === 'DONE') {
      tell(operationResource(this.#project, operation));
      return;
    }
    const answer = (now: OperationRecord): void => {
      forget();
      cancel();
      tell(operationResource(this.#project, now));
    };
    const forget = this.#store.whenDone(operation, answer);
    const cancel = this.#world.clock.after(WAIT_LIMIT_MS, () => answer(operation));
  }

  listOperations(caller: Caller, zone: string, options: Omit<ListOptions, 'filter'> = {}): Page<Shown> {
    this.#world.iam.require(caller, 'compute.zoneOperations.list', projectOf(this.#project));
    const page = pageOf(this.#store.operations(checkZone(zone)), options);
    return { ...page, items: page.items.map((record) => operationResource(this.#project, record)) };
  }

  /** Kills what runs and forgets every timer; the journal is left as it is. */
  shutdown(): void {
    this.#lifecycle.shutdown();
  }

  get #project(): string {
    return this.#world.project.id;
  }

  #path(zone: string, name: string): string {
    return instancePath(this.#project, zone, name);
  }

  #instance(zone: string, name: string): Resource {
    return instanceOf(this.#project, zone, name);
  }

  #call(caller: Caller, method: string, permission: string, resource: Resource, detail: string) {
    this.#world.iam.require(caller, `compute.instances.${permission}`, resource);
    return <T>(run: () => T): T => this.#world.faults.around(`compute.instances.${method}`, detail, run);
  }

  #known(zone: string, name: string): InstanceRecord {
    const record = this.#store.instance(checkZone(zone), name);
    if (record === undefined)
      throw new CloudError('NOT_FOUND', `The resource '${this.#path(zone, name)}' was not found`);
    return record;
  }

  #permittedOperation(caller: Caller, zone: string, name: string): OperationRecord {
    const resource = operationOf(this.#project, zone, name);
    this.#world.iam.require(caller, 'compute.zoneOperations.get', resource);
    const operation = this.#store.operation(checkZone(zone), name);
    if (operation === undefined) throw new CloudError('NOT_FOUND', `The resource '${resource.name}' was not found`);
    return operation;
  }

  #repeated(zone: string, requestId: string | undefined): OperationRecord | undefined {
    if (requestId === undefined) return undefined;
    if (!UUID.test(requestId) || requestId === ZERO_UUID)
      throw invalid('requestId', requestId, 'Must be a UUID other than zero.');
    return this.#store.operations(zone).find((operation) => operation.requestId === requestId);
  }

  #operation(
    operationType: OperationRecord['operationType'],
    target: InstanceRecord,
    caller: Caller,
    requestId: string | undefined,
  ): OperationRecord {
    return this.#store.putOperation({
      id: this.#store.newId(),
      name: `operation-${this.#world.clock.now()}-${this.#world.randomHex(6)}-${this.#world.randomHex(4)}`,
      zone: target.zone,
      operationType,
      target: target.name,
      targetId: target.id,
      user: caller.name,
      ...(requestId === undefined ? {} : { requestId }),
      status: 'RUNNING',
      insertTime: this.#store.now(),
    });
  }
}

const checkZone = (zone: string): string => {
  if (!ZONE.test(zone)) throw invalid('zone', zone, 'Unknown zone.');
  return zone;
};

/** The name alone, before anything is parsed: whoever may not create it learns nothing else. */
export const nameIn = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'name' in body && typeof body.name === 'string' ? body.name : '';
