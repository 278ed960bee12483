import { z } from 'zod';
import type { ImageConfig } from './images.ts';

/**
 * What the operator asks of the launcher by `tee-*` metadata, and the image's own policy on it, as go-tpm-tools reads them
 * (launcher/spec). The operator is hostile here: what is not allowed ends the launch, it is not left out.
 */
export interface LaunchSpec {
  readonly imageReference: string;
  readonly restartPolicy: 'Never';
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logRedirect: boolean;
}

/** Ends the launch: what it says goes to the log. It never holds a value of metadata, which may be a secret put in the wrong place. */
export class LaunchRefused extends Error {
  override readonly name = 'LaunchRefused';
}

const KNOWN = new Set(['tee-image-reference', 'tee-restart-policy', 'tee-cmd', 'tee-container-log-redirect']);
const OURS = /^(?:tee-|ita-|gca-service-env$|test-fake-verifier$)/;
const ENV_PREFIX = 'tee-env-';
const ENV_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const REDIRECTS = ['false', 'true', 'cloud_logging', 'serial'];
const LABELS = 'tee.launch_policy.';

const restartPolicyOf = (given: string): 'Never' => {
  if (given === '' || given === 'Never') return 'Never';
  if (given === 'Always' || given === 'OnFailure')
    throw new LaunchRefused(`the local launcher does not implement tee-restart-policy ${given}`);
  throw new LaunchRefused(`invalid restart policy: ${given}`);
};

const cmdOf = (given: string): readonly string[] => {
  if (given === '') return [];
  try {
    return z.array(z.string()).parse(JSON.parse(given));
  } catch {
    throw new LaunchRefused('tee-cmd is not a JSON array of strings');
  }
};

const redirectOf = (given: string): boolean => {
  if (given !== '' && !REDIRECTS.includes(given))
    throw new LaunchRefused(`invalid logging redirect location, expect one of ${REDIRECTS.join(', ')}`);
  return given !== '' && given !== 'false';
};

/** Parses the metadata of a VM. Throws LaunchRefused; keys that are not the launcher's are left alone. */
export const parseLaunchSpec = (metadata: ReadonlyMap<string, string>): LaunchSpec => {
  for (const key of metadata.keys())
    if (OURS.test(key) && !KNOWN.has(key) && !key.startsWith(ENV_PREFIX))
      throw new LaunchRefused(`the local launcher does not implement the metadata key ${key}`);
  const imageReference = metadata.get('tee-image-reference') ?? '';
  if (imageReference === '') throw new LaunchRefused('tee-image-reference is not specified in the custom metadata');
  const given = (key: string) => metadata.get(key) ?? '';
  const env = [...metadata].filter(([key]) => key.startsWith(ENV_PREFIX));
  return {
    imageReference,
    restartPolicy: restartPolicyOf(given('tee-restart-policy')),
    cmd: cmdOf(given('tee-cmd')),
    env: Object.fromEntries(env.map(([key, value]) => [key.slice(ENV_PREFIX.length), value])),
    logRedirect: redirectOf(given('tee-container-log-redirect')),
  };
};

const booleanLabel = (labels: ImageConfig['labels'], name: string): boolean => {
  const value = labels[`${LABELS}${name}`] ?? 'false';
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw new LaunchRefused(`invalid image LABEL '${LABELS}${name}' (not a boolean)`);
};

const redirectLabel = (labels: ImageConfig['labels']): string => {
  const value = (labels[`${LABELS}log_redirect`] ?? 'debugonly').trim().toLowerCase();
  if (!['always', 'never', 'debugonly'].includes(value))
    throw new LaunchRefused(`invalid image LABEL '${LABELS}log_redirect'`);
  return value;
};

/** Checks a spec against the labels of the image. `hardened`: not the debug image. Throws LaunchRefused with the first violation. */
export const checkLaunchPolicy = (spec: LaunchSpec, labels: ImageConfig['labels'], hardened: boolean): void => {
  const allowed = (labels[`${LABELS}allow_env_override`] ?? '').split(',').filter((name) => name !== '');
  const cmdAllowed = booleanLabel(labels, 'allow_cmd_override');
  const redirect = redirectLabel(labels);
  for (const name of Object.keys(spec.env)) {
    if (!allowed.includes(name))
      throw new LaunchRefused(
        `env var ${name} is not allowed to be overridden on this image; allowed envs to be overridden: [${allowed.join(' ')}]`,
      );
    if (!ENV_NAME.test(name)) throw new LaunchRefused(`invalid env name ${name}`);
  }
  if (spec.cmd.length > 0 && !cmdAllowed) throw new LaunchRefused('CMD is not allowed to be overridden on this image');
  if (spec.logRedirect && redirect === 'never') throw new LaunchRefused('logging redirection not allowed by image');
  if (spec.logRedirect && redirect === 'debugonly' && hardened)
    throw new LaunchRefused('logging redirection only allowed on debug environment by image');
};
