import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, bold } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { checkedReason, pauseOf } from '#cli/operate/pause.ts';
import { canonicalBytes } from '#schemas/canonical.ts';
import { PAUSED_OBJECT } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';

export interface PauseOptions {
  readonly reason?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Stop signing. No machine is launched, and a running turn ends before its next batch. Requests, approvals and transactions that are already signed continue. Nothing is lost.',
    )
    .option('--reason <text>', 'why, for people who read the status')
    .action((options: PauseOptions) => inSession(cli, command, 'operator', (session) => run(session, options)));
  examples(command, [
    ['pause --reason "RPC provider is being changed"', 'stop'],
    ['status', 'shows it'],
    ['resume', 'go on'],
  ]);
};

export const run = async (session: Session, options: PauseOptions): Promise<number> => {
  const { out, deployment, signal, commandLine } = session;
  const reason = checkedReason(options.reason ?? '');
  const storage = await session.ports.storage();
  goOn(signal);
  session.leave(`it may be paused: ${commandLine('status')}`);
  const { work } = deployment.buckets;
  const { created, object } = await out.during(
    'pausing',
    storage.createOnce(work, PAUSED_OBJECT, canonicalBytes({ reason })),
  );
  const standing = created ? { reason, at: object.timeCreated } : await pauseOf(storage, work);
  const at = timeText(standing?.at ?? object.timeCreated);
  const why = standing?.reason ?? '';
  out.line([bad(created ? 'PAUSED' : 'already paused'), ` since ${at}`, why === '' ? '' : `: ${why}`]);
  out.line('No machine is launched from now on, and a running turn ends before its next batch.');
  out.line(['To go on, run: ', bold(commandLine('resume'))]);
  out.result('pause', { ok: true, paused: true, created, at, reason: why });
  return DONE;
};
