import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellWord } from '#cli/app/shell.ts';
import type { Lab } from '#local/lab/lab.ts';

type Described = Pick<Lab['description'], 'project' | 'endpoints' | 'tokens'> & {
  readonly coSigners: readonly Pick<Lab['description']['coSigners'][number], 'name' | 'tokenFile'>[];
};

/** Lines for a shell that point any client at a lab (gcloud's overrides, PUBSUB_EMULATOR_HOST, an RPC url), as whoever has this token. */
export const environmentLines = (
  { project, endpoints }: Pick<Described, 'project' | 'endpoints'>,
  tokenFile: string,
): readonly string[] =>
  Object.entries({
    PUBSUB_EMULATOR_HOST: endpoints.pubsub,
    CLOUDSDK_CORE_PROJECT: project,
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `${endpoints.pubsubRest}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${endpoints.storage}/storage/v1/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: `${endpoints.kms}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${endpoints.compute}/compute/v1/`,
    ETH_RPC_URL: endpoints.rpc,
  }).map(([name, value]) => `export ${name}=${shellWord(value)}`);

/** Name and token file of everybody that a lab knows. */
const everybody = ({ coSigners, tokens }: Described): readonly (readonly [string, string])[] => [
  ...coSigners.map(({ name, tokenFile }) => [name, tokenFile] as const),
  ...Object.entries(tokens),
];

const environmentFile = (devFile: string, name: string): string => join(dirname(devFile), `${name}.env`);

/** Beside dev.json: for each person a file that a shell reads (`. .keyturn/alice.env`). gcloud is that person then. */
export const writeEnvironments = (devFile: string, described: Described): void => {
  for (const [name, tokenFile] of everybody(described))
    writeFileSync(environmentFile(devFile, name), `${environmentLines(described, tokenFile).join('\n')}\n`, {
      mode: 0o600,
    });
};

export const removeEnvironments = (devFile: string, described: Described): void => {
  for (const [name] of everybody(described)) rmSync(environmentFile(devFile, name), { force: true });
};
