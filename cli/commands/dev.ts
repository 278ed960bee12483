import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { DEFAULT_CONFIG } from '#cli/app/deployment.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bold, dim, type Row } from '#cli/app/output.ts';
import { parseCount } from '#cli/app/units.ts';
import type { World } from '#cli/app/world.ts';
import { KeyturnError } from '#schemas/codes.ts';

interface DevOptions {
  readonly data?: string;
  readonly portBase?: string;
  readonly threshold: string;
  readonly coSigners: string;
  readonly blockTime: string;
  readonly logs?: boolean;
}

export const define = (command: Command, world: World): void => {
  command
    .description('Keep the whole local cloud, an Ethereum node and the functions running until Ctrl-C.')
    .option('--data <folder>', 'keep state there, and start from it next time (it holds keys: keep it private)')
    .option('--port-base <port>', 'fixed ports, starting with this one (default: the OS chooses)')
    .option('--threshold <k>', 'how many shares a signature needs', '2')
    .option('--co-signers <n>', 'who holds a share: alice, bob, …', '2')
    .option('--block-time <seconds>', 'time between blocks of the Ethereum node; 0: a block for each transaction', '1')
    .option('--logs', 'print what functions and machines log')
    .action((options: DevOptions) => run(world, options));
  examples(command, [
    ['dev', 'then ask and approve in another terminal'],
    ['dev --data .keyturn/data', 'continue from the state in that folder'],
    ['dev --port-base 8600 --threshold 2 --co-signers 3', 'the same addresses every time'],
  ]);
};

export interface Group {
  readonly threshold: number;
  readonly coSigners: number;
}

/** k of n from the command line. Throws USAGE. */
export const groupOf = (options: { readonly threshold: string; readonly coSigners: string }): Group => {
  const threshold = parseCount(options.threshold, '--threshold', 16);
  const coSigners = parseCount(options.coSigners, '--co-signers', 16);
  if (threshold < 1 || coSigners < threshold)
    throw new KeyturnError('USAGE', '--threshold must lie between 1 and --co-signers', { field: 'threshold' });
  return { threshold, coSigners };
};

/** A file that is there whole or not at all: whoever waits for it must never read half of it. */
const writeWhole = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

interface Described {
  readonly project: string;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<string, string>>;
}

/** Lines that point any client here (emulators: gcloud's overrides, PUBSUB_EMULATOR_HOST, an RPC url). */
export const environmentLines = ({ project, endpoints, tokens }: Described): readonly string[] => [
  `export PUBSUB_EMULATOR_HOST=${endpoints.pubsub}`,
  `export CLOUDSDK_CORE_PROJECT=${project}`,
  `export CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=${tokens.dev}`,
  `export CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB=${endpoints.pubsubRest}/`,
  `export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=${endpoints.storage}/storage/v1/`,
  `export CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS=${endpoints.kms}/`,
  `export CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE=${endpoints.compute}/compute/v1/`,
  `export ETH_RPC_URL=${endpoints.rpc}`,
];

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });

const run = async (world: World, options: DevOptions): Promise<void> => {
  const { out, signal } = world;
  const group = groupOf(options);
  const portBase = options.portBase === undefined ? undefined : parseCount(options.portBase, '--port-base', 65_000);
  const blockTime = parseCount(options.blockTime, '--block-time', 60);
  // Ending takes down processes and writes what is kept.
  world.graceMs = 20_000;
  const [{ ensureBuilt, DIST }, { startLab }] = await Promise.all([
    import('../../build.ts'),
    import('#local/lab/lab.ts'),
  ]);
  await out.during('building the functions and the image', ensureBuilt());
  const log = (who: string, line: string): void => {
    if (options.logs === true) out.line([dim(`${who}  `), line]);
  };
  const folder = resolve(world.folder, options.data ?? join('.keyturn', `lab-${process.pid}`));
  const lab = await out.during(
    'starting the local cloud',
    startLab({
      folder,
      keep: options.data !== undefined,
      dist: DIST,
      ...group,
      portBase,
      blockTime: blockTime === 0 ? undefined : blockTime,
      onFunctionLine: (name, line) => log(name, line),
      onVmLine: ({ instance, line }) => log(instance, line),
    }),
  );
  const file = resolve(world.folder, DEFAULT_CONFIG);
  const description = lab.description;
  try {
    writeWhole(file, `${JSON.stringify(description, null, 2)}\n`);
    const described = { project: lab.world.project.id, endpoints: description.endpoints, tokens: description.tokens };
    const rows: Row[] = Object.entries(described.endpoints).map(([label, url]) => ({ label, lines: [url] }));
    out.line(
      bold(
        `The local cloud is up: wallet ${lab.wallet.name} ${lab.wallet.address}, ${group.threshold} of ${group.coSigners}`,
      ),
    );
    out.rows(rows);
    out.line();
    out.line('Point any client at it:');
    out.lines(environmentLines(described).map((line) => `  ${line}`));
    out.line();
    out.line(`All of this is in ${DEFAULT_CONFIG}. Try, in another terminal:`);
    out.line(`  ${world.typed} request --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --value "0.5 ether"`);
    for (const { name } of description.coSigners.slice(0, group.threshold))
      out.line(`  ${world.typed} approve ID --as ${name}`);
    out.line(dim('Ctrl-C ends all of it.'));
    out.result({ ...description });
    await untilAborted(signal);
  } finally {
    rmSync(file, { force: true });
    await lab.close();
  }
  world.exitCode = DONE;
};
