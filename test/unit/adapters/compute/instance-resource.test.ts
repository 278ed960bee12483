import { describe, expect, it } from 'vitest';
import { machineStateOf } from '#adapters/compute/answers.ts';
import { instanceResource, requestIdOf } from '#adapters/compute/instance-resource.ts';
import { parseInstanceBody } from '#local/cloud/compute/instance-body.ts';
import { configOf, plainLaw, plainOperations, plainWallet, splitOf } from '#test/support/law.ts';

const resourceOf = (over: Record<string, unknown> = {}, zone = 'us-central1-a') => {
  const { law, operations } = configOf(plainLaw([plainWallet(splitOf(1, 1))]), plainOperations(over));
  return instanceResource({ zone, name: 'turn-hot-7', wallet: 'hot', turn: 7n }, law, operations);
};

describe('the body of a machine', () => {
  it('is confidential, locked down, and gone by itself', () => {
    expect(resourceOf()).toEqual({
      name: 'turn-hot-7',
      machineType: 'zones/us-central1-a/machineTypes/n2d-standard-2',
      confidentialInstanceConfig: { enableConfidentialCompute: true, confidentialInstanceType: 'SEV' },
      shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
      scheduling: {
        onHostMaintenance: 'TERMINATE',
        automaticRestart: false,
        provisioningModel: 'STANDARD',
        maxRunDuration: { seconds: 3600 },
        instanceTerminationAction: 'DELETE',
      },
      disks: [
        {
          boot: true,
          autoDelete: true,
          initializeParams: {
            sourceImage: 'projects/confidential-space-images/global/images/family/confidential-space',
            diskSizeGb: 12,
          },
        },
      ],
      networkInterfaces: [{}],
      serviceAccounts: [{ email: 'vm@lab', scopes: ['https://www.googleapis.com/auth/cloud-platform'] }],
      metadata: {
        items: [
          { key: 'tee-image-reference', value: `registry/keyturn@sha256:${'0'.repeat(64)}` },
          { key: 'tee-restart-policy', value: 'Never' },
          { key: 'tee-container-log-redirect', value: 'cloud_logging' },
          { key: 'tee-env-KEYTURN_TURN', value: 'hot/7' },
        ],
      },
      labels: { keyturn: 'lab', wallet: 'hot', turn: '7' },
      deletionProtection: false,
    });
  });

  it.each([
    [{ subnetwork: 'lab' }, [{ subnetwork: 'regions/us-central1/subnetworks/lab' }]],
    [{ subnetwork: 'projects/p/regions/r/subnetworks/s' }, [{ subnetwork: 'projects/p/regions/r/subnetworks/s' }]],
    [{ confidentialType: 'TDX', machineType: 'c3-standard-4' }, [{ nicType: 'GVNIC' }]],
  ])('has no address outside: %j', (over, interfaces) => {
    expect(resourceOf(over).networkInterfaces).toEqual(interfaces);
  });

  it('is what the local Compute takes', () => {
    const wire = JSON.parse(JSON.stringify(resourceOf({ subnetwork: 'lab' })), (key, value) =>
      ['seconds', 'diskSizeGb'].includes(key) ? String(value) : value,
    );
    wire.serviceAccounts[0].email = 'vm@lab.iam.gserviceaccount.com';
    expect(parseInstanceBody(wire, 'us-central1-a').name).toBe('turn-hot-7');
  });
});

describe('the request id', () => {
  it('is a UUID that depends on project, zone and name alone', () => {
    const id = requestIdOf('p', 'z', 'turn-hot-1');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(requestIdOf('p', 'z', 'turn-hot-1')).toBe(id);
    const others = [
      requestIdOf('q', 'z', 'turn-hot-1'),
      requestIdOf('p', 'y', 'turn-hot-1'),
      requestIdOf('p', 'z', 'turn-hot-2'),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
  });
});

it.each([
  ['PROVISIONING', 'alive'],
  ['STAGING', 'alive'],
  ['RUNNING', 'alive'],
  ['REPAIRING', 'alive'],
  ['a word of tomorrow', 'alive'],
  ['STOPPING', 'stopped'],
  ['TERMINATED', 'stopped'],
  ['SUSPENDED', 'stopped'],
] as const)('a machine that is %s is %s', (status, state) => {
  expect(machineStateOf(status)).toBe(state);
});
