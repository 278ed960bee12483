import { describe, expect, it } from 'vitest';
import { body, lab, launch, thrown, VM_ACCOUNT, ZONE } from '#test/support/local/compute.ts';

describe('instances.insert refuses', () => {
  const scheduling = body().scheduling;
  const disk = body().disks[0];
  it.each([
    ['an unknown field', { canIpForward: true }, 'UNIMPLEMENTED', /field canIpForward of instances\.insert/],
    [
      'an external address',
      { networkInterfaces: [{ accessConfigs: [{}] }] },
      'UNIMPLEMENTED',
      /field networkInterfaces\[0\]\.accessConfigs of/,
    ],
    [
      'a disk key it would ignore',
      { disks: [{ ...disk, diskEncryptionKey: {} }] },
      'UNIMPLEMENTED',
      /field disks\[0\]\.diskEncryptionKey of/,
    ],
    [
      'labels on a disk',
      { disks: [{ ...disk, initializeParams: { sourceImage: 'x', labels: { a: 'b' } } }] },
      'UNIMPLEMENTED',
      /field disks\[0\]\.initializeParams\.labels\.a of/,
    ],
    ['two disks', { disks: [disk, disk] }, 'UNIMPLEMENTED', /disks: other than exactly one disk/],
    [
      'a spot machine',
      { scheduling: { ...scheduling, provisioningModel: 'SPOT' } },
      'UNIMPLEMENTED',
      /provisioningModel/,
    ],
    [
      'automatic restart',
      { scheduling: { ...scheduling, automaticRestart: true } },
      'UNIMPLEMENTED',
      /automaticRestart/,
    ],
    [
      'SEV-SNP',
      { confidentialInstanceConfig: { enableConfidentialCompute: true, confidentialInstanceType: 'SEV_SNP' } },
      'UNIMPLEMENTED',
      /confidentialInstanceType other than SEV and TDX/,
    ],
    ['a name that is none', { name: 'Turn_1' }, 'INVALID_ARGUMENT', /'resource\.name': not a valid RFC 1035 name/],
    ['a name of 64 characters', { name: 'a'.repeat(64) }, 'INVALID_ARGUMENT', /'resource\.name'/],
    [
      'a machine of another zone',
      { machineType: 'zones/us-east1-b/machineTypes/n2d-standard-2' },
      'INVALID_ARGUMENT',
      /machineType.*is not zones\/us-central1-a/,
    ],
    [
      'SEV on a machine that has none',
      { machineType: `zones/${ZONE}/machineTypes/e2-medium` },
      'INVALID_ARGUMENT',
      /e2-medium does not support confidential computing with SEV/,
    ],
    [
      'a run of 29 seconds',
      { scheduling: { ...scheduling, maxRunDuration: { seconds: '29' } } },
      'INVALID_ARGUMENT',
      /between 30 seconds and 120 days/,
    ],
    [
      'a duration that is no int64',
      { scheduling: { ...scheduling, maxRunDuration: { seconds: '9e2' } } },
      'INVALID_ARGUMENT',
      /scheduling\.maxRunDuration\.seconds': not an int64/,
    ],
    [
      'a duration without an action',
      { scheduling: { automaticRestart: false, maxRunDuration: { seconds: '900' } } },
      'INVALID_ARGUMENT',
      /given together/,
    ],
    [
      'metadata twice under one key',
      {
        metadata: {
          items: [
            { key: 'a', value: '1' },
            { key: 'a', value: '2' },
          ],
        },
      },
      'INVALID_ARGUMENT',
      /duplicate metadata key/,
    ],
    [
      'a metadata key with a dot',
      { metadata: { items: [{ key: 'a.b', value: '1' }] } },
      'INVALID_ARGUMENT',
      /metadata\.items\[0\]\.key': not a metadata key/,
    ],
    [
      'metadata over 256 KiB',
      { metadata: { items: [{ key: 'a', value: 'x'.repeat(256 * 1024 + 1) }] } },
      'INVALID_ARGUMENT',
      /over 256 KiB/,
    ],
    ['a label in capitals', { labels: { Wallet: 'x' } }, 'INVALID_ARGUMENT', /'resource\.labels': label keys/],
  ])('%s', (_, over, status, message) => {
    const { instances } = lab();
    const error = thrown(() => instances.insert(launch, ZONE, body(over)));
    expect(error.status).toBe(status);
    expect(error.message).toMatch(message);
    expect(instances.list(launch, ZONE).items).toEqual([]);
  });

  it.each([[null], ['text'], [[]]])('a body that is no object: %j', (given) => {
    const world = lab();
    expect(thrown(() => world.instances.insert(launch, ZONE, given)).status).toBe('INVALID_ARGUMENT');
  });

  it('an unknown zone and a request id that is no UUID', () => {
    const { instances } = lab();
    expect(thrown(() => instances.insert(launch, 'mars', body())).message).toMatch(/'zone': 'mars'/);
    expect(thrown(() => instances.insert(launch, ZONE, body(), 'again')).message).toMatch(/Must be a UUID/);
    expect(thrown(() => instances.insert(launch, ZONE, body(), '00000000-0000-0000-0000-000000000000')).status).toBe(
      'INVALID_ARGUMENT',
    );
  });

  it.each(['compute.instances.create', 'compute.disks.create'])('a caller without %s, naming it', (permission) => {
    const { world, instances } = lab();
    world.iam.unbind('launch');
    if (permission === 'compute.disks.create')
      // A condition on the resource type lets the instance pass, but not its disk.
      world.iam.bind({
        id: 'half',
        role: 'keyturn.launcher',
        resource: 'projects/keyturn-local',
        members: [launch.name],
        condition: 'resource.type == "compute.googleapis.com/Instance"',
      });
    const error = thrown(() => instances.insert(launch, ZONE, body()));
    expect(error.status).toBe('PERMISSION_DENIED');
    expect(error.message).toContain(`${launch.name} does not have ${permission}`);
  });

  it('a caller who may not act as the machine account', () => {
    const { world, instances } = lab();
    world.iam.unbind('actAs');
    const error = thrown(() => instances.insert(launch, ZONE, body()));
    expect(error.message).toContain(`iam.serviceAccounts.actAs access to projects/-/serviceAccounts/${VM_ACCOUNT}`);
  });

  it('a name in use in the zone, but not in another zone', () => {
    const { instances, machines, clock } = lab();
    instances.insert(launch, ZONE, body());
    const error = thrown(() => instances.insert(launch, ZONE, body()));
    expect(error).toMatchObject({ status: 'ALREADY_EXISTS', http: 409, reason: 'alreadyExists' });
    expect(error.message).toBe(
      "The resource 'projects/keyturn-local/zones/us-central1-a/instances/turn-treasury-1' already exists",
    );
    instances.insert(launch, 'us-east1-b', body({ machineType: 'zones/us-east1-b/machineTypes/n2d-standard-2' }));
    clock.advance(20_000);
    expect(machines.started).toEqual(['turn-treasury-1', 'turn-treasury-1']);
  });

  it('a name in use also while that machine is TERMINATED', () => {
    const { instances, machines, clock, status } = lab();
    instances.insert(launch, ZONE, body());
    clock.advance(13_000);
    machines.exit('turn-treasury-1', 0);
    clock.advance(125_000);
    expect(status()).toBe('TERMINATED');
    expect(thrown(() => instances.insert(launch, ZONE, body())).status).toBe('ALREADY_EXISTS');
  });
});
