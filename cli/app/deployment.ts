import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { KeyturnError } from '#schemas/codes.ts';
import { type Config, coSignerNamed, type Law, parseConfig } from '#schemas/config.ts';
import { configValue, parseConfigText } from '#schemas/config-text.ts';
import { type Buckets, bucketsOf, type Topics, topicsOf } from '#schemas/names.ts';
import { DEFAULT_CONFIG, findLab } from './find-lab.ts';
import { isLiving, type Named } from './living.ts';
import { typedIn } from './typed.ts';

/** The files of people in a lab, from the dev.json that `keyturn dev` writes. Absolute paths. */
export interface LabFiles {
  /** The process of the local cloud. */
  readonly pid: number;
  readonly coSigners: readonly {
    readonly name: string;
    readonly shareFile: string;
    /** Of each wallet; a lab of before has one wallet. */
    readonly shareFiles?: Readonly<Record<string, string>> | undefined;
    readonly tokenFile: string;
  }[];
  /** Token files of dapp, finance and operator. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** What `--config` names: a real deployment, or a lab. */
export interface Deployment {
  readonly path: string;
  /** The keyturn.json itself, also of a lab. */
  readonly lawFile: string;
  readonly config: Config;
  readonly buckets: Buckets;
  readonly topics: Topics;
  readonly lab: LabFiles | undefined;
  /** It was not named, and lies above the folder where one stands. */
  readonly isAbove?: boolean;
}

const devSchema = z.object({
  ready: z.literal(true),
  pid: z.number().int().positive(),
  started: z.string().default(''),
  config: z.string().min(1),
  coSigners: z
    .array(
      z
        .object({
          name: z.string(),
          shareFile: z.string(),
          shareFiles: z.record(z.string(), z.string()).optional(),
          tokenFile: z.string(),
        })
        .readonly(),
    )
    .readonly(),
  tokens: z.record(z.string(), z.string()),
});

export const deploymentOf = (path: string, config: Config, lab?: LabFiles, lawFile: string = path): Deployment => ({
  path,
  lawFile,
  config,
  buckets: bucketsOf(config.law.name),
  topics: topicsOf(config.law.name),
  lab,
});

const textOf = async (path: string, missing: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new KeyturnError('NOT_FOUND', missing, { field: 'config', cause });
  }
};

/**
 * Reads the deployment that `path` names: a keyturn.json ({law, operations}), or the dev.json of a lab. Without `path`, the nearest
 * lab, of this folder or of one above it. Throws USAGE, NOT_FOUND, UNAVAILABLE (the lab has ended), CONFIG with every problem.
 */
export const loadDeployment = async (
  path: string | undefined,
  folder: string,
  living: (process: Named) => boolean = isLiving,
): Promise<Deployment> => {
  const here = resolve(folder, DEFAULT_CONFIG);
  const at = path === undefined ? (findLab(folder) ?? here) : resolve(folder, path);
  const missing =
    path === undefined
      ? `no ${DEFAULT_CONFIG} in this folder or above it: start the local cloud with "${typedIn(folder)} dev", or name a deployment with --config keyturn.json`
      : `${at} cannot be read`;
  const value = configValue(await textOf(at, missing), at);
  if (typeof value === 'object' && value !== null && 'law' in value) return deploymentOf(at, parseConfig(value));
  const dev = devSchema.safeParse(value);
  if (!dev.success) {
    const problems = dev.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new KeyturnError(
      'CONFIG',
      [`${at} is neither a keyturn.json (no law) nor the dev.json of a running lab`, ...problems].join('\n'),
      { field: 'config' },
    );
  }
  const { pid, started, config, coSigners, tokens } = dev.data;
  if (!living({ pid, started }))
    throw new KeyturnError(
      'UNAVAILABLE',
      `the local cloud of ${at} is not running: start it with "${typedIn(folder)} dev"`,
      {
        field: 'config',
      },
    );
  const text = await textOf(config, `${config}, which ${at} names, cannot be read`);
  const lab = deploymentOf(at, parseConfigText(text), { pid, coSigners, tokens }, resolve(config));
  return path === undefined && at !== here ? { ...lab, isAbove: true } : lab;
};

/** `answering co-signer`: one who approves or rejects. Whose answer it is, is never guessed. */
export type Role = 'requester' | 'co-signer' | 'answering co-signer' | 'operator' | 'finance' | 'owner';

const known = ({ coSigners, tokens }: LabFiles): readonly string[] => [
  ...coSigners.map(({ name }) => name),
  ...Object.keys(tokens),
];

/** Who acts in a lab where `--as` is not given. A dev.json may be of one person alone. */
const defaultOf = (lab: LabFiles, role: Role): string | undefined => {
  const [first, ...others] = known(lab);
  if (role !== 'answering co-signer' && others.length === 0) return first;
  const { coSigners } = lab;
  switch (role) {
    case 'requester':
      return 'dapp';
    case 'co-signer':
      return (coSigners.find(({ name }) => name === 'alice') ?? coSigners[0])?.name;
    case 'answering co-signer':
      return undefined;
    case 'operator':
      return 'operator';
    case 'finance':
      return 'finance';
    case 'owner':
      return 'dev';
  }
};

/** That `--as` is missing, or names nobody of the law. */
export const noCoSigner = (law: Law, given: string | undefined): KeyturnError => {
  const names = law.coSigners.map(({ name }) => name).join(', ');
  const message =
    given === undefined
      ? `say which co-signer you are: --as NAME, one of ${names}`
      : `--as: ${given} is no co-signer of this law; these are: ${names}`;
  return new KeyturnError('USAGE', message, { field: 'as' });
};

/**
 * Who the caller is. In a lab a name picks a token, and each command has a sensible default. In the cloud the credentials say who one is,
 * and `--as` says only which co-signer of the law that is. Throws USAGE, also where a co-signer answers without `--as`.
 */
export const principalOf = (deployment: Deployment, given: string | undefined, role: Role): string | undefined => {
  const { lab, config } = deployment;
  if (role === 'answering co-signer' && given === undefined) throw noCoSigner(config.law, given);
  if (lab === undefined) {
    if (given !== undefined && coSignerNamed(config.law, given) === undefined) throw noCoSigner(config.law, given);
    return given;
  }
  const name = given ?? defaultOf(lab, role);
  if (name === undefined || !known(lab).includes(name))
    throw new KeyturnError('USAGE', `--as: this lab knows only ${known(lab).join(', ')}`, { field: 'as' });
  return name;
};

/** The file with the lab's access token of a principal; undefined in the cloud. */
export const tokenFileOf = ({ lab }: Deployment, principal: string | undefined): string | undefined =>
  lab?.coSigners.find(({ name }) => name === principal)?.tokenFile ?? lab?.tokens[principal ?? ''];
