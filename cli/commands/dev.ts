import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { CliContext } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { DEFAULT_CONFIG } from '#cli/app/find-lab.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { isLiving, type Named, thisProcess } from '#cli/app/living.ts';
import { bold, dim, type Row } from '#cli/app/output.ts';
import { parseCount } from '#cli/app/units.ts';
import { type Claim, claim, claimLost, labRuns } from '#cli/dev/claim.ts';
import { ownerOf, removeDevFile, writeDevFile } from '#cli/dev/dev-file.ts';
import { environmentLines, removeEnvironments, writeEnvironments } from '#cli/dev/environment.ts';
import type { Group } from '#cli/dev/group-option.ts';
import { keepLogs } from '#cli/dev/kept-logs.ts';
import { checkKept, nodeOf } from '#cli/dev/node-option.ts';
import { otlpEnvironment, otlpOf } from '#cli/dev/otlp-option.ts';
import { lawWithPolicy, policyIn } from '#cli/dev/policy-option.ts';
import { checkFinal, groupIn } from '#cli/dev/shape-option.ts';
import { moreWalletsIn } from '#cli/dev/wallets-option.ts';
import type { Lab, LabOptions } from '#local/lab/lab.ts';
import type { NodeChoice } from '#local/lab/node.ts';
import { SHAPES, type Shape } from '#local/lab/plan-file.ts';

export interface DevOptions {
  readonly data?: string;
  readonly portBase?: string;
  /** 2 of 2, or what the shape prescribes. */
  readonly threshold?: string;
  readonly coSigners?: string;
  readonly shape: string;
  readonly node: string;
  readonly blockTime: string;
  readonly policy?: string;
  readonly wallets?: string;
  readonly logs?: boolean;
  readonly otlp?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description('Keep the whole local cloud, an Ethereum node and the functions running until Ctrl-C.')
    .option('--data <folder>', 'keep state there, and start from it next time (it holds keys: keep it private)')
    .option('--port-base <port>', 'fixed ports, starting with this one (default: the OS chooses)')
    .addOption(
      new Option('--shape <example>', 'which example of terraform/ law, rights and buckets are taken from')
        .choices(SHAPES)
        .default('lab'),
    )
    .option('--threshold <k>', 'how many shares a signature needs (default: 2)')
    .option('--co-signers <n>', 'who holds a share: alice, bob, … (default: 2)')
    .option(
      '--node <kind or url>',
      'Ethereum node: anvil, ganache, hardhat, or the url of one that runs already',
      'anvil',
    )
    .option(
      '--block-time <seconds>',
      'time between blocks of the Ethereum node; 0: a block for each transaction, which is final at once',
      '1',
    )
    .option('--policy <file>', 'policy of every wallet, as JSON of a law has it (default: anyone, up to 10 ETH)')
    .option('--wallets <list>', 'how many wallets, or names besides treasury: 3, or ops,payroll (default: 1)')
    .option('--logs', 'print what functions and machines log')
    .option('--otlp <url>', 'send traces and histograms of the functions to an OpenTelemetry collector (OTLP/HTTP)')
    .action((options: DevOptions) => run(cli, options));
  examples(command, [
    ['dev', 'then ask and approve in another terminal'],
    ['dev --data .keyturn/data', 'continue from the state in that folder'],
    ['dev --node ganache --block-time 0', 'on another node, which mines each transaction at once'],
    ['dev --node http://127.0.0.1:8545', 'on a node of your own, which is asked and never ended'],
    ['dev --otlp http://127.0.0.1:4318', 'see each payment in a collector, such as Jaeger, on this machine'],
    ['dev --policy policy.json --wallets ops,payroll', 'try a policy of your own, on three wallets'],
    ['dev --shape split', 'a locked register, a bucket of each of three co-signers, urls in secrets'],
    ['dev --port-base 8600 --threshold 2 --co-signers 3', 'the same addresses every time'],
  ]);
};

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });

interface Settings {
  readonly shape: Shape;
  readonly group: Group;
  readonly portBase: number | undefined;
  readonly node: NodeChoice;
  readonly blockTime: number;
  /** Absolute. */
  readonly folder: string;
  readonly keep: boolean;
  /** Undefined: the lab's own. */
  readonly policy: unknown;
  readonly moreWallets: readonly string[];
  readonly logs: boolean;
  /** Where telemetry goes. */
  readonly otlp: string | undefined;
}

const shapeNamed = (text: string): Shape => SHAPES.find((shape) => shape === text) ?? 'lab';

const settingsOf = (cli: CliContext, options: DevOptions): Settings => ({
  shape: shapeNamed(options.shape),
  group: groupIn(shapeNamed(options.shape), options),
  portBase: options.portBase === undefined ? undefined : parseCount(options.portBase, '--port-base', 65_000),
  node: nodeOf(options.node),
  blockTime: parseCount(options.blockTime, '--block-time', 60, 0),
  folder: resolve(cli.folder, options.data ?? join('.keyturn', `lab-${process.pid}`)),
  keep: options.data !== undefined,
  policy: policyIn(cli.folder, options.policy, shapeNamed(options.shape)),
  moreWallets: moreWalletsIn(options.wallets, shapeNamed(options.shape)),
  logs: options.logs === true,
  otlp: otlpOf(options.otlp),
});

/** What `dev` starts; a test puts others in their place. */
export interface Parts {
  readonly ensureBuilt: () => Promise<unknown>;
  readonly startLab: (options: LabOptions) => Promise<Lab>;
  readonly dist: string;
  readonly isLiving: (process: Named) => boolean;
}

const realParts = async (): Promise<Parts> => {
  const [{ ensureBuilt, DIST }, { startLab }] = await Promise.all([
    import('../../build/build.ts'),
    import('#local/lab/lab.ts'),
  ]);
  return { ensureBuilt: () => ensureBuilt(), startLab, dist: DIST, isLiving };
};

/** Claims the folder of dev.json, and that of the state where it is kept. Throws LAB_RUNS, and holds nothing then. */
const claimFolders = (cli: CliContext, file: string, me: Named, settings: Settings, parts: Parts): readonly Claim[] => {
  const holder = { ...me, token: cli.uuid(), folder: cli.folder };
  const claims = [claim(join(dirname(file), 'dev.lock'), holder, parts.isLiving)];
  try {
    const owner = ownerOf(file);
    if (owner !== undefined && owner.pid !== me.pid && parts.isLiving(owner))
      throw labRuns({ pid: owner.pid, folder: cli.folder });
    if (settings.keep) claims.push(claim(join(settings.folder, 'lab.lock'), holder, parts.isLiving));
    return claims;
  } catch (error) {
    for (const each of claims) each.release();
    throw error;
  }
};

const start = async (cli: CliContext, settings: Settings, parts: Parts): Promise<Lab> => {
  const { out } = cli;
  const { shape, group, node, blockTime, portBase, folder, keep } = settings;
  const kept = keepLogs(resolve(cli.folder, DEFAULT_CONFIG), () => cli.clock.now());
  const log = (who: string, line: string): void => {
    kept.add(who, line);
    if (settings.logs) out.line([dim(`${who}  `), line]);
  };
  await out.during('building the functions and the image', parts.ensureBuilt());
  goOn(cli.signal);
  return out.during(
    'starting the local cloud',
    parts.startLab({
      folder,
      keep,
      dist: parts.dist,
      ...group,
      shape,
      moreWallets: settings.moreWallets,
      ...(settings.policy === undefined ? {} : { law: lawWithPolicy(settings.policy) }),
      portBase,
      node,
      blockTime: blockTime === 0 ? undefined : blockTime,
      functionEnv: otlpEnvironment(settings.otlp),
      onFunctionLine: (name, line) => log(name, line),
      onVmLine: ({ instance, line }) => log(instance, line),
      onNotice: (words) => out.aside(`keyturn: ${words}`),
    }),
  );
};

const announce = ({ out, typed }: CliContext, { description, wallet }: Lab, { shape, node, otlp }: Settings): void => {
  const rows: Row[] = Object.entries(description.endpoints).map(([label, url]) => ({ label, lines: [url] }));
  out.line(
    bold(
      `The local cloud is up: wallet ${wallet.name} ${wallet.address}, ${wallet.threshold} of ${wallet.holders.length}`,
    ),
  );
  out.rows(rows);
  for (const { name, address } of description.wallets.slice(1))
    out.line(`Wallet ${name} ${address}, of the same holders`);
  out.line();
  out.line('Point any client at it:');
  out.lines(environmentLines(description, description.tokens.dev).map((line) => `  ${line}`));
  out.line('These may do everything. As alice alone, for example:');
  out.line('  . .keyturn/alice.env');
  out.line();
  out.line(`All of this is in ${DEFAULT_CONFIG}. Try, in another terminal:`);
  // The split example keeps the urls of the chain in secrets, which no person may read.
  const fees = shape === 'split' ? ' --max-fee "30 gwei" --max-priority-fee "1 gwei" --gas-limit 210000' : '';
  out.line(`  ${typed} request --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --value "0.5 ether"${fees}`);
  for (const { name } of description.coSigners.slice(0, wallet.threshold))
    out.line(`  ${typed} approve ID --as ${name}`);
  if (otlp !== undefined) out.line(`Traces and histograms of the functions go to ${new URL(otlp).origin}`);
  const isElsewhere = node.kind === 'url';
  out.line(dim(isElsewhere ? 'Ctrl-C ends all of it but the Ethereum node.' : 'Ctrl-C ends all of it.'));
};

export const run = async (cli: CliContext, options: DevOptions, given?: Parts): Promise<void> => {
  const settings = settingsOf(cli, options);
  checkKept(settings.node, settings.keep);
  checkFinal(settings.shape, settings.node, settings.blockTime);
  const parts = given ?? (await realParts());
  const file = resolve(cli.folder, DEFAULT_CONFIG);
  const me = thisProcess();
  // Ending takes down processes and writes what is kept.
  cli.graceMs = 20_000;
  const claims = claimFolders(cli, file, me, settings, parts);
  try {
    const lab = await start(cli, settings, parts);
    try {
      // By hand, or by two that found the same claim left behind: it may have been taken from us meanwhile.
      if (!claims.every((one) => one.isOurs())) throw claimLost(cli.folder);
      writeDevFile(file, me, lab.description);
      writeEnvironments(file, lab.description);
      announce(cli, lab, settings);
      cli.out.result('dev', { ...lab.description, ...me });
      await untilAborted(cli.signal);
    } finally {
      if (removeDevFile(file, me)) removeEnvironments(file, lab.description);
      await lab.close();
      // On standard error: whoever reads the one object of --json has it.
      cli.out.aside(settings.keep ? `Ended. Its state is kept in ${settings.folder}` : 'Ended. Nothing of it is kept.');
    }
  } finally {
    for (const each of claims) each.release();
  }
  cli.exitCode = DONE;
};
