import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bold, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { parseDuration } from '#cli/app/units.ts';
import { feeWarnings, unitWarnings } from '#cli/request/amount-warnings.ts';
import { type DraftOptions, draftOf } from '#cli/request/draft.ts';
import { nonceWarnings } from '#cli/request/next-nonce.ts';
import { estimateOf, estimateWarnings, meantToFail, walletAddressOf } from '#cli/request/outlook.ts';
import { printedOf } from '#cli/request/printed.ts';
import { publish, report, type Waiting } from '#cli/request/publish.ts';
import { actionLines } from '#cli/request/render-action.ts';
import { quoted } from '#cli/request/render-data.ts';
import { feeLines } from '#cli/request/render-request.ts';
import { requestFromFile } from '#cli/request/request-file.ts';
import { requesterBy, type SigningOptions, signed, signerOf } from '#cli/request/sign-request.ts';
import { namingOption } from '#cli/request/typed-fields.ts';
import { judgeAsked } from '#core/policy.ts';
import { type Prepared, prepare } from '#core/prepare.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { walletNamed } from '#schemas/config.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';

export interface RequestOptions extends DraftOptions, SigningOptions {
  readonly file?: string;
  readonly print?: boolean;
  /** Ask for it even where the chain says that it would fail. */
  readonly yes?: boolean;
  /** `--wait`: to the outcome. `--no-wait`: for nothing. Neither: for intake's answer. */
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
    .option('--token <symbol>', 'pay a token that the law names, such as USDC, to --to. Needs --amount')
    .option('--amount <number>', 'how much of it, such as 12.5: exact, and no more digits than it has')
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
    .option('--file <path>', 'a whole request as JSON instead of options, also as printed; - is standard input')
    .option('--print', 'print id, request and what its requester signs (eth_signTypedData_v4); publish nothing')
    .option('--signature <hex>', 'of the request in --file, by its requester, made elsewhere')
    .option('--sign-with <key>', 'sign it: a keystore file, or the url of a signer that holds the account')
    .option('--password-file <path>', "the keystore's, which others must not read (default: it is asked)")
    .option('--yes', 'do not ask, even where the chain says that it would fail')
    .option(
      '--wait',
      'wait until it is over; exit code 0 only where its outcome says final, and what backs that is printed',
    )
    .option('--no-wait', 'do not even wait for the answer')
    .option('--timeout <duration>', 'how long to wait (default: 60s; with --wait: 30m after it expires)')
    .action((options: RequestOptions) => inSession(cli, command, 'requester', (session) => run(session, options)));
  examples(command, [
    ['request --to 0x7099…79C8 --value "0.5 ether"', 'the usual case'],
    ['request --to 0x7099…79C8 --value "20 gwei" --print', 'look at it first'],
    ['request --to 0x7099…79C8 --token USDC --amount 12.5 --wait', 'pay a token, and see it through'],
    ['request --file request.json --signature 0x…', 'what was printed, signed by a wallet elsewhere'],
    ['request --file request.json --sign-with key.json', 'what was printed, signed here'],
  ]);
};

/** What may be said beside a file, which is the whole request. */
const BESIDE_FILE: ReadonlySet<string> = new Set([
  'file',
  'print',
  'wait',
  'timeout',
  'yes',
  'signature',
  'signWith',
  'passwordFile',
] satisfies readonly (keyof RequestOptions)[]);

const mustBeAlone = (options: RequestOptions): void => {
  const given = Object.keys(options).filter((name) => !BESIDE_FILE.has(name));
  if (given.length > 0)
    throw new KeyturnError('USAGE', `--file is the whole request: leave out ${given.join(', ')}`, { field: 'file' });
};

/**
 * As it will be published, if law, policy and clock have nothing against it. `unsigned`: its signature is still to come, and that is told or
 * not.
 */
const check = (
  { deployment: { config }, clock, out }: Session,
  request: TransactionRequest,
  unsigned: 'admitted' | 'told' | 'refused',
): Prepared => {
  const prepared = prepare(request, config, clock.now());
  const { problem } = prepared;
  if (problem === undefined) return prepared;
  const isUnsigned = request.requesterSignature === '' && problem.code === 'BAD_SIGNATURE';
  if (!isUnsigned || unsigned === 'refused')
    throw new KeyturnError(problem.code, problem.reason, { field: problem.field });
  // The missing signature is told first, and must not hide what else is wrong.
  const wallet = walletNamed(config.law, request.wallet);
  const verdict = wallet === undefined ? undefined : judgeAsked(request, wallet, config.law);
  if (verdict?.kind === 'denied') throw new KeyturnError(verdict.code, verdict.reason, { field: verdict.field });
  if (unsigned === 'told') out.aside(warn(`! not signed yet: ${problem.reason}`));
  return prepared;
};

/** The request, signed where that was asked for. */
const readAndCheck = async (session: Session, options: RequestOptions): Promise<Prepared> => {
  const signer = await signerOf(options);
  const requester = options.requester ?? requesterBy(signer);
  const [isSigned, toPrint] = [signer.kind !== 'nobody', options.print === true];
  try {
    const asked =
      options.file === undefined
        ? parseRequest(await draftOf(session, requester === undefined ? options : { ...options, requester }))
        : await requestFromFile(session, options.file);
    if (!isSigned) return check(session, asked, toPrint ? 'told' : 'refused');
    // Before anybody is asked for a password, all else is right.
    check(session, asked, 'admitted');
    return check(session, await signed(session, asked, signer), 'refused');
  } catch (error) {
    throw options.file === undefined ? namingOption(error) : error;
  }
};

/** Whether the gas limit is the sender's own: one that is filled in comes from an estimate already. */
const isChosen = ({ file, gasLimit }: RequestOptions): boolean => file !== undefined || gasLimit !== undefined;

const isFeeChosen = ({ file, maxFee }: RequestOptions): boolean => file !== undefined || maxFee !== undefined;

const waitingOf = ({ wait, timeout }: RequestOptions): Waiting => {
  const ms = timeout === undefined ? undefined : 1000 * parseDuration(timeout, '--timeout');
  if (wait === undefined) return { until: 'answer', timeout: ms ?? 60_000 };
  return wait ? { until: 'outcome', timeout: ms } : { until: 'nothing' };
};

export const run = async (session: Session, options: RequestOptions): Promise<number> => {
  const { out, deployment, signal } = session;
  const waiting = waitingOf(options);
  if (options.file !== undefined) mustBeAlone(options);
  const prepared = await readAndCheck(session, options);
  const { request, id } = prepared;
  const estimate = isChosen(options)
    ? await estimateOf(session, request, walletAddressOf(session, request))
    : undefined;
  const warnings = [
    ...(await nonceWarnings(session, request)),
    ...(estimate === undefined ? [] : estimateWarnings(request, estimate)),
    ...(isFeeChosen(options) ? await feeWarnings(session, request) : []),
    ...unitWarnings(options),
  ];
  // With --print the one object is for another program: its warnings have no other place.
  if (!out.json || options.print === true) for (const words of warnings) out.aside(warn(`! ${words}`));
  if (options.print === true) {
    const printed = printedOf(request, walletAddressOf(session, request), deployment.buckets.register);
    await out.raw(`${JSON.stringify(printed, null, 2)}\n`);
    return DONE;
  }
  goOn(signal);
  if (estimate !== undefined && !(await meantToFail(session, estimate, options.yes === true))) return FAILED;
  out.line([bold('Request '), id]);
  out.rows([
    { label: 'asks', lines: actionLines(request, deployment.config.law) },
    { label: 'fee', lines: feeLines(request) },
    { label: 'valid', lines: [`until ${request.validUntil}`] },
    { label: 'requester', lines: [request.requester] },
    { label: 'reference', lines: [request.reference] },
    ...(request.memo === '' ? [] : [{ label: 'memo', lines: quoted(request.memo) }]),
  ]);
  const published = await publish(session, prepared, waiting);
  return (await report(session, { ...prepared, warnings }, published)) ? DONE : FAILED;
};
