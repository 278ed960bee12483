import { describe, expect, it } from 'vitest';
import { Instances } from '#local/cloud/compute/instances.ts';
import { body, DELAYS, lab, launch, sweeper, thrown, ZONE } from '#test/support/local/compute.ts';

describe('a machine', () => {
  it('goes from PROVISIONING to RUNNING, starts once, and powers off two minutes after its container ended', () => {
    const { instances, machines, clock, status, operation } = lab();
    const op = instances.insert(launch, ZONE, body());
    expect(op).toMatchObject({ status: 'RUNNING', operationType: 'insert', user: launch.name });
    expect(status()).toBe('PROVISIONING');
    clock.advance(1_000);
    expect(status()).toBe('STAGING');
    expect(operation(op.name).status).toBe('RUNNING');
    clock.advance(2_000);
    expect(status()).toBe('RUNNING');
    expect(operation(op.name)).toMatchObject({ status: 'DONE', progress: 100, endTime: '2026-01-01T00:00:03.000Z' });
    expect(machines.started).toEqual([]);
    clock.advance(10_000);
    expect(machines.started).toEqual(['turn-treasury-1']);
    machines.exit('turn-treasury-1', 1);
    clock.advance(119_999);
    expect(status()).toBe('RUNNING');
    clock.advance(1);
    expect(status()).toBe('STOPPING');
    clock.advance(5_000);
    expect(status()).toBe('TERMINATED');
    clock.advance(10_000_000);
    expect(status()).toBe('TERMINATED');
  });

  it('is deleted when maxRunDuration is over, and killed first', () => {
    const { instances, machines, clock, status } = lab();
    instances.insert(launch, ZONE, body());
    clock.advance(3_000 + 899_999);
    expect(status()).toBe('RUNNING');
    expect(machines.running.size).toBe(1);
    clock.advance(1);
    expect(status()).toBe('STOPPING');
    expect(machines.running.size).toBe(0);
    clock.advance(5_000);
    expect(thrown(status).status).toBe('NOT_FOUND');
  });

  it('is only stopped when the action is STOP', () => {
    const { instances, clock, status } = lab();
    instances.insert(
      launch,
      ZONE,
      body({
        scheduling: {
          automaticRestart: false,
          maxRunDuration: { seconds: '30' },
          instanceTerminationAction: 'STOP',
        },
      }),
    );
    clock.advance(3_000 + 30_000 + 5_000);
    expect(status()).toBe('TERMINATED');
  });

  it('that has ended by itself is not deleted by maxRunDuration', () => {
    const { instances, machines, clock, status } = lab();
    instances.insert(launch, ZONE, body());
    clock.advance(13_000);
    machines.exit('turn-treasury-1', 0);
    clock.advance(2_000_000);
    expect(status()).toBe('TERMINATED');
  });

  it('that does not end when killed loses its power after the limit', () => {
    const { instances, machines, clock, status } = lab();
    machines.stubborn = true;
    instances.insert(launch, ZONE, body());
    clock.advance(13_000);
    const op = instances.delete(sweeper, ZONE, 'turn-treasury-1');
    clock.advance(60_000);
    expect(status()).toBe('STOPPING');
    clock.advance(5_000);
    expect(thrown(status).status).toBe('NOT_FOUND');
    expect(instances.getOperation(launch, ZONE, String(op.name)).status).toBe('DONE');
    machines.exit('turn-treasury-1', 0);
    clock.advance(1_000_000);
    expect(thrown(status).status).toBe('NOT_FOUND');
  });

  it('may end before start has returned', () => {
    const { clock, world } = lab();
    const instances = new Instances(
      world,
      {
        start: (_, exited) => {
          exited(1);
          return { kill: () => {} };
        },
      },
      DELAYS,
    );
    instances.insert(launch, ZONE, body());
    clock.advance(13_000 + 120_000 + 5_000);
    expect(instances.get(launch, ZONE, 'turn-treasury-1').status).toBe('TERMINATED');
  });
});

describe('instances.delete', () => {
  it('stops what runs, then forgets it: the name is free again', () => {
    const { instances, machines, clock, status } = lab();
    instances.insert(launch, ZONE, body());
    clock.advance(13_000);
    const op = instances.delete(sweeper, ZONE, 'turn-treasury-1');
    expect(op).toMatchObject({ operationType: 'delete', status: 'RUNNING' });
    expect(machines.running.size).toBe(0);
    expect(status()).toBe('STOPPING');
    clock.advance(5_000);
    expect(instances.getOperation(launch, ZONE, String(op.name)).status).toBe('DONE');
    instances.insert(launch, ZONE, body());
    expect(status()).toBe('PROVISIONING');
  });

  it('before it runs: nothing starts, and the insert ends with an error', () => {
    const { instances, machines, clock, operation } = lab();
    const insert = instances.insert(launch, ZONE, body());
    instances.delete(sweeper, ZONE, 'turn-treasury-1');
    clock.advance(1_000_000);
    expect(machines.started).toEqual([]);
    expect(operation(insert.name)).toMatchObject({
      status: 'DONE',
      error: { errors: [{ code: 'OPERATION_CANCELED_BY_USER' }] },
    });
  });

  it('while it powers off turns the stop into a deletion', () => {
    const { instances, machines, clock, status } = lab();
    instances.insert(launch, ZONE, body());
    clock.advance(13_000);
    machines.exit('turn-treasury-1', 0);
    clock.advance(121_000);
    expect(status()).toBe('STOPPING');
    instances.delete(sweeper, ZONE, 'turn-treasury-1');
    clock.advance(5_000);
    expect(thrown(status).status).toBe('NOT_FOUND');
  });

  it('refuses the unknown, the protected, and who may not', () => {
    const { instances } = lab();
    expect(thrown(() => instances.delete(sweeper, ZONE, 'nobody'))).toMatchObject({ status: 'NOT_FOUND', http: 404 });
    instances.insert(launch, ZONE, body({ deletionProtection: true }));
    expect(thrown(() => instances.delete(sweeper, ZONE, 'turn-treasury-1')).message).toMatch(
      /protected against deletion/,
    );
    expect(thrown(() => instances.delete(launch, ZONE, 'turn-treasury-1')).message).toContain(
      'compute.instances.delete',
    );
  });
});
