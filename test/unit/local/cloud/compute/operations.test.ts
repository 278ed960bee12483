import { describe, expect, it } from 'vitest';
import { Instances } from '#local/cloud/compute/instances.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld, type World } from '#local/cloud/runtime/world.ts';
import { body, DELAYS, lab, launch, Machines, REQUEST, thrown, VM_ACCOUNT, ZONE } from '#test/support/local/compute.ts';
import type { VirtualClock } from '#test/support/virtual-clock.ts';

describe('operations', () => {
  it('the same request id is the same operation, however late', () => {
    const { instances, clock, machines } = lab();
    const first = instances.insert(launch, ZONE, body(), REQUEST);
    clock.advance(50_000);
    const again = instances.insert(launch, ZONE, body(), REQUEST);
    expect(again.name).toBe(first.name);
    expect(again.status).toBe('DONE');
    expect(machines.started).toHaveLength(1);
    expect(thrown(() => instances.insert(launch, ZONE, body())).status).toBe('ALREADY_EXISTS');
  });

  it('a stock-out shows in the operation, and the name is free again', () => {
    const { world, instances, clock, operation, machines } = lab();
    world.faults.add({ method: 'compute.instances.provision', matching: 'turn-treasury-1', kind: 'before' });
    const op = instances.insert(launch, ZONE, body());
    clock.advance(1_000);
    expect(operation(op.name)).toMatchObject({
      status: 'DONE',
      httpErrorStatusCode: 503,
      error: { errors: [{ code: 'ZONE_RESOURCE_POOL_EXHAUSTED' }] },
    });
    expect(world.faults.pending).toEqual([]);
    expect(instances.list(launch, ZONE).items).toEqual([]);
    instances.insert(launch, ZONE, body());
    clock.advance(20_000);
    expect(machines.started).toHaveLength(1);
  });

  it('a fault before does nothing, a fault after has done it', () => {
    const { world, instances } = lab();
    world.faults.add({ method: 'compute.instances.insert', kind: 'before' });
    expect(thrown(() => instances.insert(launch, ZONE, body())).status).toBe('UNAVAILABLE');
    expect(instances.list(launch, ZONE).items).toHaveLength(0);
    world.faults.add({ method: 'compute.instances.insert', kind: 'after' });
    expect(thrown(() => instances.insert(launch, ZONE, body())).status).toBe('UNAVAILABLE');
    expect(instances.list(launch, ZONE).items).toHaveLength(1);
  });

  it('wait tells when it is done, and after two minutes in any case', () => {
    const { instances, clock } = lab();
    const op = instances.insert(launch, ZONE, body());
    const seen: unknown[] = [];
    instances.waitOperation(launch, ZONE, String(op.name), ({ status }) => seen.push(status));
    clock.advance(2_999);
    expect(seen).toEqual([]);
    clock.advance(1);
    instances.waitOperation(launch, ZONE, String(op.name), ({ status }) => seen.push(status));
    expect(seen).toEqual(['DONE', 'DONE']);
    clock.advance(500_000);
    expect(seen).toHaveLength(2);
    const slow = new Instances(createLike(clock), new Machines(), { ...DELAYS, provision: 1_000_000 });
    const late = slow.insert(launch, ZONE, body({ name: 'slow' }));
    slow.waitOperation(launch, ZONE, String(late.name), ({ status }) => seen.push(status));
    clock.advance(120_000);
    expect(seen.at(-1)).toBe('RUNNING');
  });

  it('are unknown to other zones and closed to others', () => {
    const stranger = callerNamed('serviceAccount:intake@keyturn-local.iam.gserviceaccount.com');
    const { instances } = lab();
    const op = instances.insert(launch, ZONE, body());
    expect(thrown(() => instances.getOperation(launch, 'us-east1-b', String(op.name))).status).toBe('NOT_FOUND');
    expect(thrown(() => instances.getOperation(stranger, ZONE, String(op.name))).message).toContain(
      'compute.zoneOperations.get',
    );
    expect(thrown(() => instances.listOperations(launch, ZONE)).message).toContain('compute.zoneOperations.list');
  });
});

const createLike = (clock: VirtualClock): World => {
  const world = createWorld({ clock });
  const members = [launch.name];
  world.iam.bind({ id: 'a', role: 'roles/compute.instanceAdmin.v1', resource: 'projects/keyturn-local', members });
  world.iam.bind({ id: 'b', role: 'roles/iam.serviceAccountUser', resource: `serviceAccounts/${VM_ACCOUNT}`, members });
  return world;
};
