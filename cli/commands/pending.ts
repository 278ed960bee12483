import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { spanText } from '#cli/app/units.ts';
import { walletGiven } from '#cli/app/wallet-option.ts';
import { backingLine } from '#cli/operate/backing.ts';
import { approvals, mineOf, openJson, openRequests, stageOf, summary, until } from '#cli/operate/open-requests.ts';
import { initiatorsIn } from '#cli/request/votes.ts';
import { watchPending } from './pending-watch.ts';

export interface PendingOptions {
  readonly wallet?: string;
  readonly watch?: boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'List the requests that are not decided yet: the signed ones first, and of each kind the most urgent first.',
    )
    .option('--wallet <name>', 'only requests of this wallet')
    .option('--watch', 'then print each new one, and each change, until Ctrl-C (with --json: one object a line)')
    .action((options: PendingOptions) => inSession(cli, command, 'co-signer', (session) => run(session, options)));
  examples(command, [
    ['pending', 'all that wait'],
    ['pending --as bob --wallet treasury', 'and what Bob has answered'],
    ['pending --as bob --watch', 'stay, and say what comes'],
  ]);
};

export const run = async (session: Session, options: PendingOptions): Promise<number> => {
  const { out, deployment, clock, me } = session;
  if (options.wallet !== undefined) walletGiven(deployment.config.law, options.wallet);
  if (options.watch === true) return watchPending(session, options.wallet);
  const now = clock.now();
  const { open, broken, short } = await out.during('reading the open requests', openRequests(session, options.wallet));
  if (open.length === 0) out.line('Nothing waits.');
  else
    out.table(
      ['id', 'wallet', 'asks', 'stage', 'approvals', 'time left', me ?? 'you'],
      open.map((picture) => [
        short.get(picture.id) ?? picture.id,
        picture.wallet.name,
        summary(picture.request, picture.law),
        stageOf(picture),
        [
          `${approvals(picture)} of ${picture.needed}`,
          ...initiatorsIn(picture).map((name) => warn(`, without ${name}, who asked`)),
        ],
        until(picture) > now ? spanText(until(picture) - now) : bad('expired'),
        mineOf(picture, me),
      ]),
    );
  for (const { id, backing } of open)
    if (backing !== undefined) out.line([`${short.get(id)}: its outcome is `, backingLine(backing)].flat());
  for (const { id, broken: error } of broken) out.line(bad(`${short.get(id)} ${error.code}: ${error.message}`));
  out.result('pending', {
    ok: true,
    requests: open.map((picture) => openJson(picture, me)),
    broken: broken.map(({ id, broken: error }) => ({ id, code: error.code, message: error.message })),
  });
  return DONE;
};
