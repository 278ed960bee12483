import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, bold, dim, good, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { parseDuration } from '#cli/app/units.ts';
import { type DraftOptions, draftOf } from '#cli/request/draft.ts';
import { nonceWarnings } from '#cli/request/next-nonce.ts';
import { estimateOf, estimateWarnings, meantToFail, walletAddressOf } from '#cli/request/outlook.ts';
import { actionLines } from '#cli/request/render-action.ts';
import { feeLines } from '#cli/request/render-request.ts';
import { namingOption } from '#cli/request/typed-fields.ts';
import { type Answer, awaitAnswer, readAnswer } from '#core/facts/intake-answer.ts';
import { type Prepared, prepare } from '#core/prepare.ts';
import { CODES, isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { parseRequest, REQUEST_FIELDS, type TransactionRequest } from '#schemas/request.ts';
import { LARGEST_MESSAGE, parseRequestBytes } from '#schemas/request-bytes.ts';
import { timeText } from '#schemas/spellings.ts';

export interface RequestOptions extends DraftOptions {
  readonly file?: string;
  readonly print?: boolean;
  /** Ask for it even where the chain says that it would fail. */
  readonly yes?: boolean;
  /** commander's `--no-wait`. */
  readonly wait?: boolean;
  readonly timeout?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Ask for a transaction. Checks it as intake will, publishes it, and waits for the answer.\nFields that you do not give are filled in and shown.\nOne payment, one reference, always. Who asks again for the same payment gives the same --reference, whatever an event or an outcome said.',
    )
    .option('--wallet <name>', 'the wallet that pays (default: the only one)')
    .option('--chain <id>', 'EIP-155 chain id (default: the only one of the wallet)')
    .option('--to <address>', 'destination, with EIP-55 checksum; "" creates a contract')
    .option('--value <amount>', '"0.5 ether", "20 gwei", or wei (default: 0)')
    .option('--data <hex>', 'call data or init code (default: 0x)')
    .option('--gas-limit <gas>', 'default: the estimate of the chain, plus a quarter')
    .option('--max-fee <amount>', 'ceiling per gas (default: 2 × base fee + tip, within the policy)')
    .option('--max-priority-fee <amount>', 'tip per gas, at most (default: as the chain suggests)')
    .option('--valid-for <duration>', 'how long it may be signed: 90s, 30m, 1h, 2d (default: 1h)')
    .option(
      '--reference <text>',
      'your own name for this payment; a second request with it is refused (default: random)',
    )
    .option('--memo <text>', 'for people; goes into the receipt')
    .option('--requester <name>', 'who asks, by no name of a co-signer (in a lab by default the name of --as, or dapp)')
    .option('--nonce <n>', 'name the nonce (default: the next one, and any other gives a warning)')
    .option('--replaces <id>', 'take the nonce of that request; or "foreign". Needs --nonce')
    .option('--type <n>', 'transaction type 2, 1 or 0 (default: 2)')
    .option('--file <path>', 'a whole request as JSON instead of options; - is standard input')
    .option('--print', 'print the request as JSON and do not publish it')
    .option('--yes', 'do not ask, even where the chain says that it would fail')
    .option('--no-wait', 'do not wait for the answer')
    .option('--timeout <duration>', 'how long to wait for the answer', '60s')
    .action((options: RequestOptions) => inSession(cli, command, 'requester', (session) => run(session, options)));
  examples(command, [
    ['request --to 0x7099…79C8 --value "0.5 ether"', 'the usual case'],
    ['request --to 0x7099…79C8 --value "20 gwei" --print', 'look at it first'],
    ['request --file request.json', 'a request made elsewhere'],
  ]);
};

const fromFile = async (session: Session, options: RequestOptions): Promise<TransactionRequest> => {
  const { file = '', print: _, wait: __, timeout: ___, yes: ____, ...fields } = options;
  const given = Object.keys(fields);
  if (given.length > 0)
    throw new KeyturnError('USAGE', `--file is the whole request: leave out ${given.join(', ')}`, { field: 'file' });
  const bytes = file === '-' ? await session.stdin(LARGEST_MESSAGE) : await bytesOf(file);
  try {
    return parseRequestBytes(bytes);
  } catch (error) {
    if (isKeyturnError(error, 'MISSING_FIELD')) throw allMissing(session, bytes);
    throw error;
  }
};

const bytesOf = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((cause: unknown) => {
    throw new KeyturnError('NOT_FOUND', `${file} cannot be read`, { field: 'file', cause });
  });

/** All that a request lacks, and not the first field alone. The bytes are a JSON object. */
const allMissing = ({ commandLine }: Session, bytes: Uint8Array): KeyturnError => {
  const given = Object.keys(JSON.parse(new TextDecoder().decode(bytes)));
  const missing = REQUEST_FIELDS.filter((field) => !given.includes(field));
  const template = commandLine('request --to 0x… --value "0.5 ether" --print');
  return new KeyturnError(
    'MISSING_FIELD',
    `the request lacks ${missing.join(', ')}. To print a whole one: ${template}`,
    {
      field: missing[0] ?? '',
    },
  );
};

/** As it will be published, if law, policy and clock have nothing against it. `toSign`: it is printed, and may be signed afterwards. */
const check = (session: Session, request: TransactionRequest, toSign: boolean): Prepared => {
  const prepared = prepare(request, session.deployment.config, session.clock.now());
  const { problem } = prepared;
  const isUnsigned = request.requesterSignature === '' && problem?.code === 'BAD_SIGNATURE';
  if (isUnsigned && toSign) session.out.aside(warn(`! not signed yet: ${problem.reason}`));
  else if (problem !== undefined) throw new KeyturnError(problem.code, problem.reason, { field: problem.field });
  return prepared;
};

const readAndCheck = async (session: Session, options: RequestOptions) => {
  try {
    const request =
      options.file === undefined ? parseRequest(await draftOf(session, options)) : await fromFile(session, options);
    return check(session, request, options.print === true);
  } catch (error) {
    throw options.file === undefined ? namingOption(error) : error;
  }
};

/** Whether the gas limit is the sender's own: one that is filled in comes from an estimate already. */
const isChosen = ({ file, gasLimit }: RequestOptions): boolean => file !== undefined || gasLimit !== undefined;

export const run = async (session: Session, options: RequestOptions): Promise<number> => {
  const { out, deployment, signal } = session;
  const timeout = 1000 * parseDuration(options.timeout ?? '60s', '--timeout');
  const published = await readAndCheck(session, options);
  const { request, data, id } = published;
  const estimate = isChosen(options)
    ? await estimateOf(session, request, walletAddressOf(session, request))
    : undefined;
  const warnings = [
    ...(await nonceWarnings(session, request)),
    ...(estimate === undefined ? [] : estimateWarnings(request, estimate)),
  ];
  // With --print the one object is the request itself: its warnings have no other place.
  if (!out.json || options.print === true) for (const words of warnings) out.aside(warn(`! ${words}`));
  if (options.print === true) {
    await out.raw(`${JSON.stringify(request)}\n`);
    return DONE;
  }
  goOn(signal);
  if (estimate !== undefined && !(await meantToFail(session, estimate, options.yes === true))) return FAILED;
  out.line([bold('Request '), id]);
  out.rows([
    { label: 'asks', lines: actionLines(request, deployment.config.law) },
    { label: 'fee', lines: feeLines(request) },
    { label: 'valid', lines: [`until ${request.validUntil}`] },
    { label: 'reference', lines: [request.reference] },
  ]);
  const { lawHash } = deployment.config;
  const place = { storage: await session.ports.storage(), results: deployment.buckets.results, lawHash };
  const before = await readAnswer(place, published);
  if (before?.kind !== 'accepted') {
    goOn(signal);
    session.leave(`request ${id} may have been published: ${session.commandLine(`status ${id.slice(0, 8)}`)}`);
    const topic = deployment.topics.transactionRequests;
    const publisher = await session.ports.publisher();
    await out.during('publishing', publisher.publish(topic, { data, attributes: {} }));
    out.line(dim(`published to ${topic}`));
    session.leave(`request ${id} is published: ${session.commandLine(`status ${id.slice(0, 8)}`)}`);
  }
  const patience = { clock: session.clock, signal, timeout, goOn: () => goOn(signal) };
  const answer =
    options.wait === false && before?.kind !== 'accepted'
      ? undefined
      : await out.during('waiting for intake', awaitAnswer(place, published, patience, before));
  return report(session, { id, request, warnings }, answer, before?.kind === 'accepted');
};

const report = (
  session: Session,
  {
    id,
    request,
    warnings,
  }: { readonly id: string; readonly request: TransactionRequest; readonly warnings: readonly string[] },
  answer: Answer | undefined,
  already: boolean,
): number => {
  const { out, commandLine } = session;
  const base = { id, reference: request.reference, request, warnings };
  const next = commandLine(`show ${id.slice(0, 8)}`);
  if (answer === undefined || answer.kind === 'unseen') {
    out.line(`No answer yet. It comes as an event on ${session.deployment.topics.requestEvents}.`);
    out.result({ ok: true, ...base, answer: 'unknown' });
    return DONE;
  }
  if (answer.kind === 'accepted') {
    const when = timeText(answer.at);
    out.line([good('accepted'), already ? `: the very same request was accepted before, at ${when}` : ` at ${when}`]);
    out.line(['Next, as a co-signer: ', bold(next)]);
    out.result({ ok: true, ...base, answer: 'accepted', acceptedAt: when, already });
    return DONE;
  }
  if (answer.kind === 'late')
    throw new KeyturnError(
      'DEADLINE',
      `request ${id} is published, but intake has not answered yet: ${commandLine(`status ${id.slice(0, 8)}`)}`,
    );
  const { code, field, reason, existingId } = answer.fact;
  const { advice } = CODES[code];
  out.line([bad('refused'), ` ${code}: ${field === '' ? '' : `${field} `}${reason}`]);
  out.line(`  ${advice}`);
  out.result({ ok: false, code, field, message: reason, advice, ...base, answer: 'refused', existingId });
  return FAILED;
};
