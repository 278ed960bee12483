import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';

const NAME = /^projects\/([a-z][a-z0-9-]*)\/secrets\/[A-Za-z0-9_-]{1,255}$/;

export interface SecretVersion {
  /** projects/P/secrets/NAME/versions/N */
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * Secret Manager (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions). Versions are added, and read
 * with the permission that this takes. Nothing is kept: whoever makes a secret makes it again at each start.
 */
export class Secrets {
  readonly #world: World;
  readonly #versions = new Map<string, readonly Buffer[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** As whoever sets the project up. Throws INVALID_ARGUMENT. */
  add(secret: string, bytes: Buffer): SecretVersion {
    if (!NAME.test(secret)) throw new CloudError('INVALID_ARGUMENT', 'The name of the secret is malformed.');
    const versions = [...(this.#versions.get(secret) ?? []), Buffer.from(bytes)];
    this.#versions.set(secret, versions);
    return { name: `${secret}/versions/${versions.length}`, bytes };
  }

  /** `version`: a number, or `latest`. Throws PERMISSION_DENIED, also for what is not there; NOT_FOUND. */
  access(caller: Caller, secret: string, version: string): SecretVersion {
    const [, project = ''] = NAME.exec(secret) ?? [];
    const name = `${secret}/versions/${version}`;
    this.#world.iam.require(caller, 'secretmanager.versions.access', {
      name,
      type: 'secretmanager.googleapis.com/SecretVersion',
      service: 'secretmanager.googleapis.com',
      policies: [`secrets/${secret}`, `projects/${project}`],
    });
    return this.#world.faults.around('secretmanager.versions.access', secret, () => {
      const versions = this.#versions.get(secret) ?? [];
      const number = version === 'latest' ? versions.length : Number(version);
      const bytes = versions[number - 1];
      if (bytes === undefined) throw new CloudError('NOT_FOUND', `Secret Version [${name}] not found.`);
      return { name: `${secret}/versions/${number}`, bytes };
    });
  }
}
