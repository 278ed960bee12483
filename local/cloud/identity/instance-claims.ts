import type { Claims } from './jwt.ts';

/** What the attestation service knows of one Confidential Space VM. Defaults are those of a production image on AMD SEV. */
export interface InstanceClaims {
  readonly projectId: string;
  readonly projectNumber: string;
  readonly zone: string;
  readonly instanceName: string;
  /** Decimal, as in the token. */
  readonly instanceId: string;
  readonly serviceAccount: string;
  readonly imageReference: string;
  /** `sha256:` and 64 hex digits. */
  readonly imageDigest: string;
  readonly imageId: string;
  readonly restartPolicy: 'Never' | 'OnFailure' | 'Always';
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Real tokens leave overrides out, or give null or nothing in them, by the age of image and verifier. */
  readonly envOverride?: Readonly<Record<string, string>> | null | undefined;
  readonly cmdOverride?: readonly string[] | null | undefined;
  readonly hwmodel?: string;
  readonly swname?: string;
  readonly dbgstat?: string;
  readonly secboot?: boolean;
  readonly supportAttributes?: readonly string[];
  /** tee-impersonate-service-accounts. */
  readonly impersonated?: readonly string[];
}

export const ATTESTATION_ISSUER = 'https://confidentialcomputing.googleapis.com';
export const TOKEN_LIFETIME_S = 3600;

/** The claims of an attestation token (https://cloud.google.com/confidential-computing/confidential-space/docs/reference/token-claims). */
export const attestationClaims = (
  instance: InstanceClaims,
  { audience, nonces, nowMs }: { audience: string; nonces: readonly string[]; nowMs: number },
): Claims => {
  const iat = Math.floor(nowMs / 1000);
  const { projectId, zone, instanceName, envOverride, cmdOverride } = instance;
  return {
    iss: ATTESTATION_ISSUER,
    aud: audience,
    iat,
    nbf: iat,
    exp: iat + TOKEN_LIFETIME_S,
    sub: `https://www.googleapis.com/compute/v1/projects/${projectId}/zones/${zone}/instances/${instanceName}`,
    ...(nonces.length === 0 ? {} : { eat_nonce: nonces.length === 1 ? nonces[0] : nonces }),
    eat_profile: 'https://cloud.google.com/confidential-computing/confidential-space/docs/reference/token-claims',
    secboot: instance.secboot ?? true,
    oemid: 11129,
    hwmodel: instance.hwmodel ?? 'GCP_AMD_SEV',
    swname: instance.swname ?? 'CONFIDENTIAL_SPACE',
    swversion: ['260900'],
    dbgstat: instance.dbgstat ?? 'disabled-since-boot',
    google_service_accounts: [instance.serviceAccount, ...(instance.impersonated ?? [])],
    submods: {
      confidential_space: {
        support_attributes: instance.supportAttributes ?? ['LATEST', 'STABLE', 'USABLE'],
        monitoring_enabled: { memory: false },
      },
      container: {
        image_reference: instance.imageReference,
        image_digest: instance.imageDigest,
        image_id: instance.imageId,
        restart_policy: instance.restartPolicy,
        args: instance.args,
        env: { HOSTNAME: instanceName, ...instance.env, ...envOverride },
        ...(envOverride === undefined ? {} : { env_override: envOverride }),
        ...(cmdOverride === undefined ? {} : { cmd_override: cmdOverride }),
      },
      gce: {
        zone,
        project_id: projectId,
        project_number: instance.projectNumber,
        instance_name: instanceName,
        instance_id: instance.instanceId,
      },
    },
  };
};
