import { Instances } from '#local/cloud/compute/instances.ts';
import type { Guest } from '#local/cloud/compute/lifecycle.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { type Journal, noJournal } from '#local/cloud/runtime/journal.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

export const ZONE = 'us-central1-a';
export const VM_ACCOUNT = 'workload@keyturn-local.iam.gserviceaccount.com';
export const launch = callerNamed('serviceAccount:launch@keyturn-local.iam.gserviceaccount.com');
export const sweeper = callerNamed('serviceAccount:reconcile@keyturn-local.iam.gserviceaccount.com');
export const REQUEST = '11111111-2222-4333-8444-555555555555';

export const body = (over: Record<string, unknown> = {}) => ({
  name: 'turn-treasury-1',
  machineType: `zones/${ZONE}/machineTypes/n2d-standard-2`,
  confidentialInstanceConfig: { enableConfidentialCompute: true, confidentialInstanceType: 'SEV' },
  shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
  scheduling: {
    onHostMaintenance: 'TERMINATE',
    automaticRestart: false,
    provisioningModel: 'STANDARD',
    maxRunDuration: { seconds: '900' },
    instanceTerminationAction: 'DELETE',
  },
  disks: [
    {
      boot: true,
      autoDelete: true,
      initializeParams: {
        labels: {},
        resourceManagerTags: {},
        sourceImage: 'projects/confidential-space-images/global/images/family/confidential-space',
        diskSizeGb: '12',
      },
    },
  ],
  networkInterfaces: [{ subnetwork: 'projects/keyturn-local/regions/us-central1/subnetworks/vm', nicType: 'GVNIC' }],
  serviceAccounts: [{ email: VM_ACCOUNT, scopes: ['https://www.googleapis.com/auth/cloud-platform'] }],
  metadata: { items: [{ key: 'tee-restart-policy', value: 'Never' }] },
  labels: { wallet: 'treasury' },
  tags: { items: ['keyturn'] },
  deletionProtection: false,
  ...over,
});

/** Machines that run until told to end, or until the test says so. */
export class Machines implements Guest {
  readonly running = new Map<string, (code: number) => void>();
  readonly started: string[] = [];
  stubborn = false;

  start(instance: { name: string }, exited: (code: number) => void) {
    this.started.push(instance.name);
    this.running.set(instance.name, exited);
    return { kill: () => (this.stubborn ? undefined : this.exit(instance.name, 143)) };
  }

  exit(name: string, code: number): void {
    const exited = this.running.get(name);
    this.running.delete(name);
    exited?.(code);
  }
}

export const DELAYS = {
  provision: 1_000,
  staging: 2_000,
  boot: 10_000,
  powerOff: 120_000,
  stop: 5_000,
  stopLimit: 60_000,
};

export const lab = (journal: Journal = noJournal, clock = new VirtualClock(Date.UTC(2026, 0, 1))) => {
  let counter = 0;
  const randomHex = (length: number) => (++counter).toString(16).padStart(2 * length, '0');
  const world = createWorld({ clock, journal, randomHex });
  const bind = (id: string, role: string, resource: string, member: string) =>
    world.iam.bind({ id, role, resource, members: [member] });
  bind('launch', 'keyturn.launcher', 'projects/keyturn-local', launch.name);
  bind('actAs', 'roles/iam.serviceAccountUser', `serviceAccounts/${VM_ACCOUNT}`, launch.name);
  bind('sweep', 'keyturn.sweeper', 'projects/keyturn-local', sweeper.name);
  const machines = new Machines();
  const instances = new Instances(world, machines, DELAYS);
  const status = (name = 'turn-treasury-1') => instances.get(launch, ZONE, name).status;
  const operation = (name: unknown) => instances.getOperation(launch, ZONE, String(name));
  return { world, clock, machines, instances, status, operation };
};

export const thrown = (run: () => unknown): { status?: string; http?: number; reason?: string; message: string } => {
  try {
    run();
  } catch (error) {
    if (error instanceof CloudError)
      return { status: error.status, http: error.http, reason: error.reason, message: error.message };
    throw error;
  }
  return { message: 'nothing was thrown' };
};
