import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { ATTESTATION_ISSUER, attestationClaims, type InstanceClaims } from './instance-claims.ts';
import { type Jwks, signJwt } from './jwt.ts';
import { derBase64, type Pki, storedPki } from './pki.ts';
import { type SigningKey, storedSigningKey } from './signing-key.ts';

export const STS_AUDIENCE = 'https://sts.googleapis.com';

export interface TokenOptions {
  readonly audience: string;
  /** OIDC or PKI; the AWS forms are refused by name. */
  readonly tokenType: string;
  readonly nonces: readonly string[];
}

const invalid = (message: string) => new CloudError('INVALID_ARGUMENT', message);
const bytes = (text: string): number => Buffer.byteLength(text);

const checkOptions = ({ audience, tokenType, nonces }: TokenOptions): void => {
  if (tokenType !== 'OIDC' && tokenType !== 'PKI') throw unimplemented(`attestation: token type ${tokenType}`);
  if (audience === '' || bytes(audience) > 512) throw invalid('audience must be 1 to 512 bytes');
  // A token that STS accepts must come from the plain GET: one handed to a relying party could be exchanged by it.
  if (/^https:\/\/sts\.google(apis)?\.com\/?$/.test(audience))
    throw invalid(`the audience ${audience} is not allowed for custom tokens`);
  if (nonces.length < 1 || nonces.length > 6) throw invalid('nonces must be 1 to 6');
  for (const nonce of nonces)
    if (bytes(nonce) < 10 || bytes(nonce) > 74) throw invalid('each nonce must be 10 to 74 bytes');
};

/**
 * Google's attestation service (confidentialcomputing.googleapis.com) for VMs of this local cloud. It believes what it is told about an
 * instance, and signs it. Only local Compute and tests tell it anything. As in the cloud, the VM's own account needs workloadUser.
 */
export class AttestationVerifier {
  readonly issuer = ATTESTATION_ISSUER;
  readonly world: World;
  readonly #oidc: SigningKey;
  readonly #pki: Pki;
  readonly #x5c: readonly string[];

  constructor(world: World, keys: { oidc: SigningKey; pki: Pki }) {
    this.world = world;
    this.#oidc = keys.oidc;
    this.#pki = keys.pki;
    this.#x5c = keys.pki.chainPem.map(derBase64);
  }

  /** With the keys of the world's journal, made at the first start. Certificates need WebCrypto, so this alone is asynchronous. */
  static async create(world: World): Promise<AttestationVerifier> {
    return new AttestationVerifier(world, {
      oidc: storedSigningKey(world, 'attestation'),
      pki: await storedPki(world),
    });
  }

  /** The launcher's own token: audience STS, no nonce. Throws PERMISSION_DENIED. */
  defaultToken(instance: InstanceClaims): string {
    return this.#sign(instance, { audience: STS_AUDIENCE, tokenType: 'OIDC', nonces: [] });
  }

  /** A token for another relying party. Throws INVALID_ARGUMENT, UNIMPLEMENTED, PERMISSION_DENIED. */
  customToken(instance: InstanceClaims, options: TokenOptions): string {
    checkOptions(options);
    return this.#sign(instance, options);
  }

  #sign(instance: InstanceClaims, { audience, tokenType, nonces }: TokenOptions): string {
    const project = `projects/${instance.projectId}`;
    this.world.iam.require(
      callerNamed(`serviceAccount:${instance.serviceAccount}`),
      'confidentialcomputing.challenges.verify',
      {
        name: project,
        type: 'cloudresourcemanager.googleapis.com/Project',
        service: 'confidentialcomputing.googleapis.com',
        policies: [project],
      },
    );
    return this.world.faults.around('attestation.token', instance.instanceName, () => {
      const claims = attestationClaims(instance, { audience, nonces, nowMs: this.world.clock.now() });
      return tokenType === 'PKI'
        ? signJwt(this.#pki.leafKey, { x5c: this.#x5c }, claims)
        : signJwt(this.#oidc.privateKey, { kid: this.#oidc.jwk.kid }, claims);
    });
  }

  jwks(): Jwks {
    return { keys: [this.#oidc.jwk] };
  }

  /** The root that verifies PKI tokens offline; pin this, never the root in a token's header. */
  get rootPem(): string {
    return this.#pki.chainPem[2];
  }
}
