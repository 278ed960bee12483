import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { good } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { pauseOf } from '#cli/operate/pause.ts';
import { PAUSED_OBJECT } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';

export const define = (command: Command, cli: CliContext): void => {
  command
    .description('End a pause. The next tick of reconcile takes up waiting requests within a minute.')
    .action(() => inSession(cli, command, 'operator', run));
  examples(command, [['resume', 'go on after a pause']]);
};

export const run = async (session: Session): Promise<number> => {
  const { out, deployment, signal, commandLine } = session;
  const { work } = deployment.buckets;
  const storage = await session.ports.storage();
  const standing = await pauseOf(storage, work);
  goOn(signal);
  session.leave(`the pause may have ended: ${commandLine('status')}`);
  const ended = await out.during('resuming', storage.delete(work, PAUSED_OBJECT));
  out.line(
    ended
      ? [
          good('resumed'),
          standing === undefined ? '' : `; it was paused since ${timeText(standing.at)}`,
          standing === undefined || standing.reason === '' ? '' : `: ${standing.reason}`,
        ]
      : 'It was not paused.',
  );
  out.result('resume', {
    ok: true,
    paused: false,
    ended,
    since: standing === undefined ? null : timeText(standing.at),
  });
  return DONE;
};
