import { createHash } from 'node:crypto';
import type { MachineSpec } from '#core/ports.ts';
import type { Law, Operations } from '#schemas/config.ts';

const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';

/** A path, or the name of a subnetwork in the zone's region. */
const subnetworkOf = (text: string, zone: string): string =>
  text.includes('/') ? text : `regions/${zone.replace(/-[a-z0-9]+$/, '')}/subnetworks/${text}`;

/**
 * The body of instances.insert for one turn (https://cloud.google.com/compute/docs/reference/rest/v1/instances/insert; metadata keys:
 * https://cloud.google.com/confidential-computing/confidential-space/docs/reference/vm-metadata-variables).
 * No external address; secure boot, which is off by default; the hardened image; gone by itself after the turn limit. The image is named
 * by digest: a tag would let whoever may push choose the code. Only KEYTURN_TURN may be handed in, and nothing secret: the launcher logs
 * every value.
 */
export const instanceResource = (spec: MachineSpec, law: Law, operations: Operations) => ({
  name: spec.name,
  machineType: `zones/${spec.zone}/machineTypes/${operations.machineType}`,
  confidentialInstanceConfig: {
    enableConfidentialCompute: true,
    confidentialInstanceType: operations.confidentialType,
  },
  shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
  scheduling: {
    onHostMaintenance: 'TERMINATE',
    automaticRestart: false,
    provisioningModel: 'STANDARD',
    maxRunDuration: { seconds: operations.turnLimitSeconds },
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
  networkInterfaces: [
    {
      ...(operations.subnetwork === undefined ? {} : { subnetwork: subnetworkOf(operations.subnetwork, spec.zone) }),
      // C3 machines, which TDX needs, have no other network card.
      ...(operations.confidentialType === 'TDX' ? { nicType: 'GVNIC' } : {}),
    },
  ],
  serviceAccounts: [{ email: law.operator.workloadAccount, scopes: [CLOUD_PLATFORM] }],
  metadata: {
    items: [
      { key: 'tee-image-reference', value: operations.image },
      { key: 'tee-restart-policy', value: 'Never' },
      { key: 'tee-container-log-redirect', value: 'cloud_logging' },
      { key: 'tee-env-KEYTURN_TURN', value: `${spec.wallet}/${spec.turn}` },
    ],
  },
  labels: { keyturn: law.name, wallet: spec.wallet, turn: String(spec.turn) },
  deletionProtection: false,
});

/** The UUID (in the form of version 5) that makes a repeated insert of one VM the same insert. */
export const requestIdOf = (project: string, zone: string, name: string): string => {
  const hash = createHash('sha256').update(`keyturn/v1/insert/${project}/${zone}/${name}`).digest('hex');
  const variant = ((Number.parseInt(hash.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  const at = (from: number, to: number) => hash.slice(from, to);
  return `${at(0, 8)}-${at(8, 12)}-5${at(13, 16)}-${variant}${at(18, 20)}-${at(20, 32)}`;
};
