import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { CliContext } from '#cli/app/cli-context.ts';
import { connect } from '#cli/app/connect.ts';
import { deploymentOf } from '#cli/app/deployment.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { Interrupted } from '#cli/app/interrupt.ts';
import { bold, dim, good } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { inEther, parseCount } from '#cli/app/units.ts';
import { groupOf } from '#cli/dev/group-option.ts';
import { nodeOf } from '#cli/dev/node-option.ts';
import type { VmLine } from '#local/cloud/compute/launcher.ts';
import type { Lab } from '#local/lab/lab.ts';
import { NODE_KINDS } from '#local/lab/node.ts';
import { Recorder, type Story } from '../demo/recorder.ts';
import { type Asked, askFor } from '../demo/requests.ts';
import { type Cast, listen, play } from '../demo/story.ts';
import { say, sayHappening } from '../demo/tell.ts';

interface DemoOptions {
  readonly requests: string;
  readonly threshold: string;
  readonly coSigners: string;
  readonly node: string;
  readonly logs?: boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Run the full pipeline once on this machine: a local cloud, a wallet, a request, the approvals, the receipt. Leaves nothing behind.',
    )
    .option('--requests <n>', 'how many requests at once', '1')
    .option('--threshold <k>', 'how many shares a signature needs', '2')
    .option('--co-signers <n>', 'who holds a share: alice, bob, …', '2')
    .addOption(new Option('--node <kind>', 'Ethereum node').choices(NODE_KINDS).default('anvil'))
    .option('--logs', 'print what functions and machines log')
    .action((options: DemoOptions) => run(cli, options));
  examples(command, [
    ['npm start', 'one request'],
    ['npm start -- --requests 25', 'many at once'],
    ['npm start -- --threshold 3 --co-signers 5', 'any 3 of 5'],
    ['npm start -- --node ganache', 'on another Ethereum node'],
    ['npm start -- --json', 'one JSON object at the end'],
  ]);
};

const sessionOf = (cli: CliContext, lab: Lab, who: string): Session => {
  const { description, config } = lab;
  const deployment = deploymentOf('demo', config, {
    pid: process.pid,
    coSigners: description.coSigners,
    tokens: description.tokens,
  });
  const { out, clock, signal, ask, stdin, uuid } = cli;
  return {
    deployment,
    ports: connect(deployment, who),
    out,
    clock,
    signal,
    me: who,
    commandLine: (rest) => `${cli.typed} ${rest}`,
    ask,
    stdin,
    uuid,
    leave: () => {},
  };
};

/** Where the money went. */
const account = async (
  cli: CliContext,
  cast: Cast,
  lab: Lab,
  asked: readonly Asked[],
  stories: readonly Story[],
): Promise<void> => {
  const { out } = cli;
  const chain = (await cast.dapp.ports.chains()).of(String(lab.chain.chainId));
  const left = await chain.balance(lab.wallet.address);
  const fees = stories.reduce((sum, { feeWei }) => sum + BigInt(feeWei), 0n);
  out.line();
  out.line(bold('Where the money went'));
  const [only] = asked.length === 1 ? asked : [];
  out.rows([
    ...(only === undefined
      ? [{ label: 'paid', lines: [`${asked.length} payments`] }]
      : [{ label: 'paid', lines: [`0.5 ETH to ${only.to}, which now has ${inEther(await chain.balance(only.to))}`] }]),
    { label: 'fees', lines: [inEther(fees)] },
    { label: 'left', lines: [`${inEther(left)} in ${lab.wallet.name} ${lab.wallet.address}`] },
    ...stories.slice(0, 1).flatMap(({ transactionHash, blockNumber, approvedBy, id }) => [
      { label: 'chain', lines: [`${transactionHash} in block ${blockNumber}`] },
      {
        label: 'receipt',
        lines: [
          `gs://${cast.finance.deployment.buckets.results}/receipts/…/${id.slice(0, 8)}….json, approved by ${approvedBy.join(', ')}`,
        ],
      },
    ]),
  ]);
};

const nextSteps = (cli: CliContext): void => {
  const { out } = cli;
  out.line();
  out.line(bold('Next'));
  const dev = `${cli.typed} dev`;
  out.line(`  ${dev.padEnd(37)}  keep this cloud running, and try requests, rejections, bad shares yourself`);
  out.line('  npm start -- --requests 25             many at once: one machine signs them in one turn');
  out.line('  npm start -- --threshold 3 --co-signers 5');
  out.line(dim('  README.md says what is real here, and what needs a Google Cloud project.'));
};

const run = async (cli: CliContext, options: DemoOptions): Promise<void> => {
  const { out, signal } = cli;
  const group = groupOf(options);
  const count = Math.max(1, parseCount(options.requests, '--requests', 500));
  cli.graceMs = 20_000;
  const [{ ensureBuilt, DIST }, { startLab }] = await Promise.all([
    import('../../build/build.ts'),
    import('#local/lab/lab.ts'),
  ]);
  let image = '';
  const recorder = new Recorder(
    () => performance.now(),
    (happening) => {
      if (count === 1 || !['share-seen', 'broadcast', 'submitted', 'receipt'].includes(happening.kind))
        sayHappening(out, recorder.elapsed(), happening);
    },
  );
  const tell = (who: string, words: Parameters<typeof say>[3]) => say(out, recorder.elapsed(), who, words);
  const log = (who: string, line: string): void => {
    if (options.logs === true) out.line(dim(`          ${who}  ${line}`));
  };
  tell('build', 'bundles the five functions and the workload image');
  await ensureBuilt();
  tell('cloud', 'starts Cloud Storage, Pub/Sub, KMS, Compute, STS, attestation, and an Ethereum node');
  const lab = await startLab({
    folder: join(tmpdir(), `keyturn-demo-${process.pid}`),
    keep: false,
    dist: DIST,
    ...group,
    node: nodeOf(options.node),
    blockTime: 1,
    onFunctionLine: (name, line) => log(name, line),
    onVmLine: ({ instance, line }: VmLine) => {
      recorder.vmLine(instance, line, image);
      log(instance, line);
    },
  });
  image = lab.config.operations.image.split('@')[1] ?? '';
  const who = ['dapp', 'finance', ...lab.config.law.coSigners.map(({ name }) => name)];
  const sessions = who.map((name) => sessionOf(cli, lab, name));
  const [dapp, finance, ...coSigners] = sessions;
  let stop = async (): Promise<void> => {};
  try {
    if (dapp === undefined || finance === undefined) throw new Interrupted();
    const names = lab.wallet.holders.map(({ coSigner }) => coSigner).join(', ');
    tell('wallet', [
      bold(`${lab.wallet.name} ${lab.wallet.address}`),
      `: key split ${group.threshold} of ${group.coSigners} for ${names}, then forgotten`,
    ]);
    const cast: Cast = {
      dapp,
      finance,
      coSigners,
      wallet: lab.wallet.name,
      subscriptions: lab.description.subscriptions,
    };
    stop = await listen(cast, recorder);
    const asked = askFor(count, randomBytes(3).toString('hex'));
    await play(cast, recorder, asked, group.threshold);
    const stories = recorder.stories;
    const ok = stories.length === count && stories.every(({ outcome }) => outcome === 'finalized');
    tell('done', [
      good(`${stories.filter(({ outcome }) => outcome === 'finalized').length} of ${count} final`),
      `, ${recorder.vmBoots} VM ${recorder.vmBoots === 1 ? 'boot' : 'boots'}`,
    ]);
    await account(cli, cast, lab, asked, stories);
    nextSteps(cli);
    out.result('demo', {
      ok,
      requests: stories.map(({ reason: _, ...story }) => story),
      vmBoots: recorder.vmBoots,
      elapsedMs: Math.round(recorder.elapsed()),
    });
    cli.exitCode = ok ? DONE : FAILED;
  } finally {
    await stop();
    await Promise.allSettled(sessions.map(({ ports }) => ports.close()));
    await lab.close();
  }
  if (signal.aborted) throw new Interrupted();
};
