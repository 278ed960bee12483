import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, bold, good } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { parseDuration } from '#cli/app/units.ts';
import { mustBeWhole } from '#cli/request/confirm.ts';
import { overWords } from '#cli/request/over.ts';
import { findId, loadRequest } from '#cli/request/requests.ts';
import { loadFacts, readFact } from '#core/facts/store.ts';
import { withdrawalDigest, withdrawalMessage } from '#core/facts/withdrawal.ts';
import type { Storage } from '#core/ports.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { CODES, KeyturnError } from '#schemas/codes.ts';
import type { OutcomeFact, RefusalFact } from '#schemas/facts.ts';
import { refusalObject } from '#schemas/names.ts';

export interface WithdrawOptions {
  readonly signature?: string;
  readonly print?: boolean;
  /** commander's `--no-wait`. */
  readonly wait?: boolean;
  readonly timeout?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Take back a request of yours that is not signed yet. It takes effect only when the register has closed the request. A request that is signed before that can only be cancelled.',
    )
    .argument('<id>', 'id of the request, or its first 8 or more digits')
    .option('--signature <hex>', 'of the withdrawal by the requester, where the request was signed')
    .option('--print', 'print the message as JSON and do not publish it')
    .option('--no-wait', 'do not wait for the outcome')
    .option('--timeout <duration>', 'how long to wait for the outcome', '2m')
    .action((id: string, options: WithdrawOptions) =>
      inSession(cli, command, 'requester', (session) => run(session, id, options)),
    );
  examples(command, [
    ['withdraw 3f2a91bc', 'take it back'],
    ['cancel 3f2a91bc', 'if it is too late for that: replace what was signed'],
  ]);
};

const late = (why: string) => new KeyturnError('WITHDRAW_LATE', why, { field: 'id' });
const over = ({ outcome }: OutcomeFact) => new KeyturnError('ALREADY_OVER', overWords(outcome), { field: 'id' });

type Ending =
  | { readonly kind: 'outcome'; readonly outcome: OutcomeFact }
  | { readonly kind: 'refused'; readonly refusal: RefusalFact }
  | { readonly kind: 'submitted' };

/** ms. How long a refusal that was there before is not believed, as with requests. */
const OLD_EVENT_MS = 5000;

const look = async (
  storage: Storage,
  { deployment }: Session,
  id: string,
  refusalName: string,
  ignored: string | undefined,
): Promise<Ending | undefined> => {
  const { results } = deployment.buckets;
  const [facts, refusal] = await Promise.all([
    loadFacts(storage, deployment.buckets, id),
    readFact(storage, { kind: 'refusal', bucket: results, name: refusalName }),
  ]);
  if (facts.outcome !== undefined) return { kind: 'outcome', outcome: facts.outcome.fact };
  if (facts.submitted !== undefined) return { kind: 'submitted' };
  return refusal === undefined || refusal.object.generation === ignored
    ? undefined
    : { kind: 'refused', refusal: refusal.fact };
};

const follow = async (
  session: Session,
  storage: Storage,
  id: string,
  refusalName: string,
  timeout: number,
  old?: string,
) => {
  const { clock, signal } = session;
  const start = clock.now();
  for (let pause = 250; ; pause = Math.min(pause * 1.5, 2000)) {
    const ignored = clock.now() - start < OLD_EVENT_MS ? old : undefined;
    const ending = await look(storage, session, id, refusalName, ignored);
    if (ending !== undefined || clock.now() - start >= timeout) return ending;
    await clock.sleep(pause, signal);
    goOn(signal);
  }
};

export const run = async (session: Session, given: string, options: WithdrawOptions): Promise<number> => {
  const { out, deployment, signal, commandLine } = session;
  const timeout = 1000 * parseDuration(options.timeout ?? '2m', '--timeout');
  const { signature = '' } = options;
  if (signature !== '' && !/^0x[0-9a-f]{130}$/.test(signature))
    throw new KeyturnError('USAGE', '--signature: must be 0x and 130 lower-case hex digits', { field: 'signature' });
  const storage = await session.ports.storage();
  const id = await findId(storage, deployment, given);
  if (options.print !== true) mustBeWhole(session, given, id, {});
  const { facts, fact } = await out.during('reading', loadRequest(storage, deployment, id));
  const short = id.slice(0, 8);
  const ended = facts.outcome?.fact;
  if (ended?.outcome === 'withdrawn') return withdrawn(session, id, false);
  if (ended !== undefined) throw over(ended);
  if (facts.submitted !== undefined)
    throw late(`it is signed and submitted: ${commandLine(`cancel ${id}`)} replaces it`);
  if (fact.request.requesterSignature !== '' && signature === '')
    throw new KeyturnError(
      'BAD_SIGNATURE',
      `the request was signed, so ${fact.request.requester} must sign its withdrawal too: sign 0x${withdrawalDigest(fact, deployment.buckets.register)} (EIP-712), and give that with --signature`,
      { field: 'signature' },
    );
  const data = withdrawalMessage(id, fact.request, signature);
  if (options.print === true) {
    await out.raw(`${new TextDecoder().decode(data)}\n`);
    return DONE;
  }
  const { config, buckets, topics } = deployment;
  const refusalName = refusalObject(sha256Hex(data), config.lawHash);
  const before = await storage.stat(buckets.results, refusalName);
  goOn(signal);
  session.leave(`the withdrawal may have been published: ${commandLine(`status ${short}`)}`);
  const publisher = await session.ports.publisher();
  await out.during('publishing', publisher.publish(topics.transactionRequests, { data, attributes: {} }));
  out.line(`published to ${topics.transactionRequests}`);
  if (options.wait === false) {
    out.line(['Whether it came in time: ', bold(commandLine(`status ${short}`))]);
    out.result('withdraw', { ok: true, id, answer: 'unknown' });
    return DONE;
  }
  const work = follow(session, storage, id, refusalName, timeout, before?.generation);
  return report(session, id, await out.during('waiting for the register', work));
};

const withdrawn = ({ out }: Session, id: string, now: boolean): number => {
  out.line([good('withdrawn'), now ? `: ${id} will never be signed` : ` before: ${id} will never be signed`]);
  out.result('withdraw', { ok: true, id, answer: 'withdrawn', already: !now });
  return DONE;
};

const report = (session: Session, id: string, ending: Ending | undefined): number => {
  const { out, commandLine } = session;
  const short = id.slice(0, 8);
  if (ending === undefined)
    throw new KeyturnError(
      'DEADLINE',
      `the withdrawal is published, but the register has not closed the request yet: ${commandLine(`status ${short}`)}`,
    );
  if (ending.kind === 'outcome' && ending.outcome.outcome === 'withdrawn') return withdrawn(session, id, true);
  if (ending.kind === 'outcome') throw over(ending.outcome);
  if (ending.kind === 'submitted')
    throw late(`it was signed before that: ${commandLine(`cancel ${id}`)} replaces what was signed`);
  const { code, field, reason } = ending.refusal;
  out.line([bad('refused'), ` ${code}: ${reason}`]);
  out.line(`  ${CODES[code].advice}`);
  out.result('withdraw', {
    ok: false,
    code,
    field,
    message: reason,
    advice: CODES[code].advice,
    id,
    answer: 'refused',
  });
  return FAILED;
};
