import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, bold, dim, type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { fromNow, parseCount } from '#cli/app/units.ts';
import { type DeadLetter, deadLetterSubscription, readDeadLetter } from '#cli/operate/dead-letters.ts';
import { timeText } from '#schemas/spellings.ts';

export interface DeadLettersOptions {
  readonly limit?: string;
}

/** Seconds that a message is kept from others while it is being looked at. */
export const PEEK_SECONDS = 60;

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'List the messages that could not be processed, and why. A message comes here at once, or after too many deliveries.\nListing changes nothing: each message is read and given back.',
    )
    .option('--limit <n>', 'at most so many', '100')
    .action((options: DeadLettersOptions) => inSession(cli, command, 'operator', (session) => run(session, options)));
  examples(command, [
    ['dead-letters', 'what is waiting, and why if that is known'],
    ['redrive 1234567890', 'deliver that message again, after its cause is fixed'],
    ['redrive --all', 'or all of them'],
  ]);
};

const MAX_SHOWN_CHARS = 400;
const bodyLine = (body: string): Line =>
  dim(body.length > MAX_SHOWN_CHARS ? `${body.slice(0, MAX_SHOWN_CHARS)}…` : body);

const rowsOf = (letter: DeadLetter, now: number) => [
  { label: 'message', lines: [bold(letter.messageId)] },
  {
    label: 'from',
    lines: [
      letter.topic ?? [
        bad('unknown'),
        letter.subscription === '' ? '; no subscription is named' : `; subscription ${letter.subscription}`,
      ],
    ],
  },
  {
    label: 'given up',
    lines: [
      [
        `${timeText(letter.deadSince)} (${fromNow(letter.deadSince, now)})`,
        letter.buriedBy === '' ? '' : `, by ${letter.buriedBy}`,
        letter.attempts === undefined ? '' : `, at delivery ${letter.attempts}`,
      ].join(''),
    ],
  },
  {
    label: 'published',
    lines:
      letter.publishedAt === undefined
        ? []
        : [`${timeText(letter.publishedAt)}${letter.original === undefined ? '' : `, as ${letter.original}`}`],
  },
  { label: 'request', lines: letter.id === '' ? [] : [letter.id] },
  { label: 'why', lines: [letter.why === '' ? dim('no reason is known') : warn(letter.why)] },
  { label: 'body', lines: [bodyLine(letter.body)] },
];

export const run = async (session: Session, options: DeadLettersOptions): Promise<number> => {
  const { out, deployment, clock, commandLine } = session;
  const limit = parseCount(options.limit ?? '100', '--limit', 1000);
  const subscription = deadLetterSubscription(deployment);
  session.leave(`the messages that were read come back within ${PEEK_SECONDS} s`);
  const lessor = await session.ports.lessor();
  const leased = await out.during('reading dead letters', lessor.lease(subscription, limit, PEEK_SECONDS));
  const letters = leased.map((one) => readDeadLetter(deployment, one));
  await lessor.giveBack(subscription, leased);
  const now = clock.now();
  if (letters.length === 0) out.line('No dead letters.');
  for (const letter of letters) {
    out.rows(rowsOf(letter, now).filter(({ lines }) => lines.length > 0));
    out.line();
  }
  if (letters.length === limit) out.line(`The first ${limit}; --limit shows more.`);
  const able = letters.some(({ topic }) => topic !== undefined);
  if (able) out.line(['After the cause is fixed: ', bold(commandLine('redrive --all'))]);
  out.result('dead-letters', {
    ok: true,
    subscription,
    deadLetters: letters.map(({ deadSince, publishedAt, ...letter }) => ({
      ...letter,
      original: letter.original ?? null,
      topic: letter.topic ?? null,
      attempts: letter.attempts ?? null,
      deadSince: timeText(deadSince),
      publishedAt: publishedAt === undefined ? null : timeText(publishedAt),
    })),
    complete: letters.length < limit,
  });
  return DONE;
};
