import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, good } from '#cli/app/output.ts';
import type { Leased, Session } from '#cli/app/session.ts';
import { deadLetterSubscription, readDeadLetter, redriven } from '#cli/operate/dead-letters.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';

export interface RedriveOptions {
  readonly all?: boolean;
}

/** Seconds that a message is kept from others while it is put back: then it is delivered again, which every step takes. */
const PUT_BACK_SECONDS = 120;
/** How many are looked through for one. */
const MAX_MESSAGES = 1000;

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Put dead letters back on the topic that they came from. They are delivered like new messages. A message leaves the dead letters only after its topic has it.',
    )
    .argument('[message]', 'message id, as dead-letters shows it')
    .option('--all', 'every one that came from a topic of this deployment')
    .action((message: string | undefined, options: RedriveOptions) =>
      inSession(cli, command, 'operator', (session) => run(session, message, options)),
    );
  examples(command, [
    ['redrive 1234567890', 'deliver that one again'],
    ['redrive --all', 'deliver all of them again'],
  ]);
};

interface Result {
  readonly messageId: string;
  readonly topic: string | null;
  readonly id: string;
  /** '' where it is back on its topic. */
  readonly problem: string;
}

const putBack = async (session: Session, one: Leased): Promise<Result> => {
  const letter = readDeadLetter(session.deployment, one);
  const result = (problem: string): Result => ({
    messageId: letter.messageId,
    topic: letter.topic ?? null,
    id: letter.id,
    problem,
  });
  if (letter.topic === undefined) return result('it does not say which topic of this deployment it came from');
  try {
    const publisher = await session.ports.publisher();
    await publisher.publish(letter.topic, redriven(one));
    return result('');
  } catch (error) {
    // One that its topic will not take (its schema has changed, say) must not keep the others.
    if (!isKeyturnError(error)) throw error;
    return result(`${error.code}: ${error.message}`);
  }
};

const checked = (message: string | undefined, options: RedriveOptions): void => {
  if ((message === undefined) === (options.all !== true))
    throw new KeyturnError('USAGE', 'give the id of one message, or --all', { field: 'message' });
  if (message !== undefined && !/^[0-9]{1,32}$/.test(message))
    throw new KeyturnError('USAGE', 'a message id is a number, as dead-letters shows it', { field: 'message' });
};

export const run = async (session: Session, message: string | undefined, options: RedriveOptions): Promise<number> => {
  const { out, deployment, signal } = session;
  checked(message, options);
  const subscription = deadLetterSubscription(deployment);
  const lessor = await session.ports.lessor();
  session.leave(`what was put back is delivered again; the others come back within ${PUT_BACK_SECONDS} s`);
  const leased = [
    ...(await out.during('reading dead letters', lessor.lease(subscription, MAX_MESSAGES, PUT_BACK_SECONDS))),
  ];
  const wanted = leased.filter(({ id }) => message === undefined || id === message);
  const results: Result[] = [];
  try {
    for (const one of wanted) {
      if (signal.aborted) break;
      const result = await putBack(session, one);
      if (result.problem === '') {
        await lessor.acknowledge(subscription, [one]);
        leased.splice(leased.indexOf(one), 1);
      }
      results.push(result);
    }
  } finally {
    await lessor.giveBack(subscription, leased);
  }
  if (message !== undefined && wanted.length === 0)
    throw new KeyturnError('NOT_FOUND', `no dead letter ${message} is waiting (somebody may be handling it now)`, {
      field: 'message',
    });
  if (results.length === 0) out.line('No dead letters.');
  for (const { messageId, topic, id, problem } of results)
    out.line(
      problem === ''
        ? [good('back'), ` ${messageId} on ${topic}${id === '' ? '' : `, about ${id}`}`]
        : [bad('kept'), ` ${messageId}: ${problem}`],
    );
  const ok = results.every(({ problem }) => problem === '');
  const kept = results.find(({ problem }) => problem !== '');
  out.result('redrive', {
    ok,
    ...(kept === undefined ? {} : { code: 'INVALID_ARGUMENT', field: 'message', message: kept.problem, advice: '' }),
    redriven: results.filter(({ problem }) => problem === '').length,
    results,
  });
  return ok ? DONE : FAILED;
};
