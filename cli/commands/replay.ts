import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, bold, good, type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { wrongOption } from '#cli/app/wrong-option.ts';
import { type DayOptions, daysOf } from '#cli/operate/days.ts';
import {
  endedReplays,
  openReplays,
  type Place,
  type ReplayState,
  receiptsIn,
  replayState,
  type Started,
  startReplay,
} from '#cli/operate/replays.ts';
import { CODES, type Code, isCode } from '#schemas/codes.ts';
import { badSpan, REPLAYED_A_TICK } from '#schemas/replay.ts';
import { dayText, timeText } from '#schemas/spellings.ts';

export interface ReplayOptions extends DayOptions {
  readonly wait?: boolean;
}

const SHOWN_ENDS = 20;
/** ms between two looks: reconcile goes on once a minute. */
const LOOK_MS = 5000;

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      `Send stored receipts again, to whoever subscribes to the topic of receipts. Each is the same event under the same id,\nmarked "replayed": whoever deduplicates books nothing twice. At most ${REPLAYED_A_TICK} a minute are sent.\nWithout days, list the replays and how far they are.`,
    )
    .option('--since <day>', 'first day of the final block, YYYY-MM-DD, UTC')
    .option('--until <day>', 'last day, included (default: today)')
    .option('--day <day>', 'of one day only, YYYY-MM-DD')
    .option('--month <month>', 'of one month only, YYYY-MM')
    .option('--wait', 'until it is over; exit code 0 only where all was sent')
    .action((options: ReplayOptions) => inSession(cli, command, 'operator', (session) => run(session, options)));
  examples(command, [
    ['replay --month 2027-01 --wait', 'finance lost January'],
    ['replay --since 2027-01-01 --until 2027-03-31', 'start one, and go on'],
    ['replay', 'how far each is, and how the last ones ended'],
  ]);
};

const daysText = (since: string, until: string): string =>
  since === '' ? 'no readable days' : since === until ? since : `${since} to ${until}`;

const list = async ({ out }: Session, place: Place): Promise<number> => {
  const [open, ended] = await out.during(
    'reading replays',
    Promise.all([openReplays(place), endedReplays(place, SHOWN_ENDS)]),
  );
  if (open.length + ended.length === 0) out.line('No replays.');
  for (const { replay, since, until, sent, receipts } of open)
    out.line([warn('open '), ` ${replay}: ${sent} of ${receipts} receipts of ${daysText(since, until)} are sent`]);
  for (const { replay, since, until, sent, code, reason, endedAt } of ended)
    out.line([
      code === '' ? good('ended') : bad('ended'),
      ` ${replay}: ${sent} receipts of ${daysText(since, until)}, ${timeText(endedAt)}`,
      code === '' ? '' : `; ${code}: ${reason}`,
    ]);
  out.result('replay', {
    ok: true,
    open: open.map(({ startedAt, ...one }) => ({ ...one, startedAt: timeText(startedAt) })),
    ended: ended.map(({ endedAt, sent, unsent, ...one }) => ({
      ...{ ...one, sent: Number(sent), unsent: Number(unsent) },
      endedAt: timeText(endedAt),
    })),
  });
  return DONE;
};

/** Looks until it is over, and says each time that it got further. */
const awaitEnd = async ({ clock, signal, out }: Session, place: Place, started: Started, receipts: number) => {
  let told = 0;
  for (;;) {
    const state = await replayState(place, started);
    if (state.kind !== 'open') return state;
    if (state.sent > told) out.line(`${state.sent} of ${receipts} sent`);
    told = state.sent;
    await clock.sleep(LOOK_MS, signal);
    goOn(signal);
  }
};

/** What is wrong with how it ended; undefined where it goes on, or all was sent. */
const problemOf = (state: ReplayState): { readonly code: Code; readonly reason: string } | undefined => {
  switch (state.kind) {
    case 'open':
      return undefined;
    case 'stopped':
      return { code: 'NOT_FOUND', reason: 'somebody deleted the wish, and the replay stopped' };
    case 'ended': {
      const { code, reason } = state.end;
      return isCode(code) ? { code, reason } : undefined;
    }
    default:
      return state satisfies never;
  }
};

const endLine = (started: Started, state: ReplayState): Line => {
  const problem = problemOf(state);
  if (problem !== undefined) return [bad('not all sent'), `: ${problem.code}: ${problem.reason}`];
  if (state.kind !== 'ended') return [good('started'), ` ${started.replay}`];
  return [good('over'), `: ${state.end.sent} receipts of ${daysText(started.since, started.until)} were sent again`];
};

const countsIn = (state: ReplayState): { readonly sent: number; readonly unsent: number } => {
  switch (state.kind) {
    case 'open':
      return { sent: state.sent, unsent: state.unsent };
    case 'ended':
      return { sent: Number(state.end.sent), unsent: Number(state.end.unsent) };
    case 'stopped':
      return { sent: 0, unsent: 0 };
    default:
      return state satisfies never;
  }
};

export const run = async (session: Session, options: ReplayOptions): Promise<number> => {
  const { out, clock, signal, deployment, commandLine } = session;
  const { since, until, day, month, wait = false } = options;
  const place = { storage: await session.ports.storage(), buckets: deployment.buckets };
  if (since === undefined && day === undefined && month === undefined) {
    const field = until !== undefined ? 'until' : wait ? 'wait' : undefined;
    if (field === undefined) return list(session, place);
    throw wrongOption(field, 'give --since, --day or --month too');
  }
  const days = daysOf(options, clock.now(), 0);
  const asked = { since: dayText(days.since), until: dayText(days.until) };
  const problem = badSpan(asked.since, asked.until);
  if (problem !== undefined) throw wrongOption('since', problem);
  const receipts = await out.during('counting receipts', receiptsIn(place, asked));
  goOn(signal);
  session.leave(`what was asked for is sent all the same: ${commandLine('replay')}`);
  const started = await startReplay(place, asked, session.uuid().slice(0, 8));
  const nothingYet = { kind: 'open', sent: 0, unsent: 0 } as const;
  if (wait) out.line(endLine(started, nothingYet));
  const state = wait ? await awaitEnd(session, place, started, receipts) : nothingYet;
  const wrong = problemOf(state);
  out.line(endLine(started, state));
  if (!wait) {
    const minutes = Math.max(1, Math.ceil(receipts / REPLAYED_A_TICK));
    out.line(
      `${receipts} receipts of ${daysText(asked.since, asked.until)} are sent again within about ${minutes} min.`,
    );
    out.line(['To see how far it is: ', bold(commandLine('replay'))]);
  }
  out.result('replay', {
    ok: wrong === undefined,
    ...(wrong === undefined
      ? {}
      : { code: wrong.code, field: 'since', message: wrong.reason, advice: CODES[wrong.code].advice }),
    ...{ replay: started.replay, ...asked, ...countsIn(state), receipts },
    state: state.kind,
    reason: wrong?.reason ?? '',
  });
  return wrong === undefined ? DONE : FAILED;
};
