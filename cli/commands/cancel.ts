import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { examples } from '#cli/app/help.ts';
import { bold } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { inGwei, parseAmount } from '#cli/app/units.ts';
import { ceilingsAbove, sealedAt } from '#cli/request/cancelling.ts';
import { mustBeWhole } from '#cli/request/confirm.ts';
import { overWords } from '#cli/request/over.ts';
import { findId, loadRequest } from '#cli/request/requests.ts';
import { miningOf } from '#cli/request/timeline.ts';
import { tipFrom } from '#core/transaction/suggest-fees.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { run as ask, type RequestOptions } from './request.ts';

export interface CancelOptions {
  readonly maxFee?: string;
  readonly maxPriorityFee?: string;
  readonly gasLimit?: string;
  readonly validFor?: string;
  readonly requester?: string;
  readonly memo?: string;
  readonly print?: boolean;
  /** As with a request. */
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly signWith?: string;
  readonly passwordFile?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Replace a transaction that is signed but not mined by one that does nothing. The new one has the same nonce, no value and higher fees, and goes from the wallet to itself. It is a request like any other, so co-signers must approve it. Only one of the two can ever be mined.',
    )
    .argument('<id>', 'id of the request, or its first 8 or more digits')
    .option('--max-fee <amount>', 'ceiling per gas (default: half above what it replaces, and enough for now)')
    .option('--max-priority-fee <amount>', 'tip per gas, at most (default: half above what it replaces)')
    .option('--gas-limit <gas>', 'default: the estimate of the chain')
    .option('--valid-for <duration>', 'how long it may be signed: 90s, 30m, 1h, 2d (default: 1h)')
    .option('--memo <text>', 'for people (default: what it cancels)')
    .option('--requester <name>', 'who asks (in a lab by default: the name of --as)')
    .option('--print', 'print id, request and what its requester signs; publish nothing')
    .option('--sign-with <key>', 'sign it: a keystore file, or the url of a signer that holds the account')
    .option('--password-file <path>', "the keystore's, which others must not read (default: it is asked)")
    .option(
      '--wait',
      'wait until it is over; exit code 0 only where its outcome says final, and what backs that is printed',
    )
    .option('--no-wait', 'do not even wait for the answer')
    .option('--timeout <duration>', 'how long to wait (default: 60s; with --wait: 30m after it expires)')
    .action((id: string, options: CancelOptions) =>
      inSession(cli, command, 'requester', (session) => run(session, id, options)),
    );
  examples(command, [
    ['cancel 3f2a91bc', 'ask the co-signers for an empty transaction in its place'],
    ['cancel 3f2a91bc --max-fee "80 gwei" --print', 'look at it first'],
  ]);
};

/** wei per gas. What the chain wants now; 0 where it does not answer, since the fees of what is replaced are a floor anyway. */
const usualFees = async (
  { ports }: Session,
  chainId: string,
): Promise<{ readonly tip: bigint; readonly base: bigint }> => {
  try {
    const hints = await ports.hints(chainId);
    const head = await (await ports.chains()).of(chainId).block('latest');
    return { tip: tipFrom(await hints.tips(), 0n) ?? 0n, base: head?.baseFeePerGas ?? 0n };
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return { tip: 0n, base: 0n };
  }
};

const chosen = (given: string | undefined, option: string, floor: bigint, usual: bigint): bigint => {
  if (given === undefined) return usual > floor ? usual : floor;
  const wei = parseAmount(given, option);
  if (wei < floor)
    throw new KeyturnError('USAGE', `${option}: must be at least ${inGwei(floor)}, to beat what it replaces`, {
      field: option,
    });
  return wei;
};

export const run = async (session: Session, given: string, options: CancelOptions): Promise<number> => {
  const { out, deployment, ports } = session;
  const storage = await ports.storage();
  const id = await findId(storage, deployment, given);
  if (options.print !== true) mustBeWhole(session, given, id, {});
  const { facts, fact, wallet } = await out.during('reading', loadRequest(storage, deployment, id));
  const { request } = fact;
  const outcome = facts.outcome?.fact;
  const over = (why: string) => new KeyturnError('ALREADY_OVER', `nothing is left to cancel: ${why}`, { field: 'id' });
  if (outcome !== undefined) throw over(overWords(outcome.outcome));
  const { nonce, rivals } = await out.during(
    'reading the register',
    sealedAt(storage, session, { id, wallet, request, submittedNonce: facts.submitted?.fact.nonce }),
  );
  const mining = await miningOf(facts, ports.chains);
  if (mining.kind === 'mined')
    throw over(`${mining.receipt.transactionHash} is mined, and what is mined cannot be replaced`);
  const floor = ceilingsAbove(rivals);
  const usual = await usualFees(session, request.chainId);
  const tip = chosen(options.maxPriorityFee, '--max-priority-fee', floor.tip, usual.tip);
  const ownTip = request.type === '2' ? tip : usual.tip;
  const fee = chosen(options.maxFee, '--max-fee', floor.fee, usual.base === 0n ? 0n : 2n * usual.base + ownTip);
  const { print, wait, timeout, validFor, requester, signWith, passwordFile } = options;
  const draft: RequestOptions = {
    wallet: wallet.name,
    chain: request.chainId,
    type: request.type,
    to: wallet.address,
    value: '0',
    data: '0x',
    maxFee: `${fee}`,
    ...(request.type === '2' ? { maxPriorityFee: `${tip < fee ? tip : fee}` } : {}),
    nonce: `${nonce}`,
    replaces: id,
    // Its own, not that of what it cancels: a receipt under that reference would look to finance as if the payment had been made.
    reference: `cancel:${id.slice(0, 32)}:${nonce}`,
    memo: options.memo ?? `cancels ${request.reference}`,
    ...(options.gasLimit === undefined ? {} : { gasLimit: options.gasLimit }),
    ...(validFor === undefined ? {} : { validFor }),
    ...(requester === undefined ? {} : { requester }),
    ...(signWith === undefined ? {} : { signWith }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(print === undefined ? {} : { print }),
    ...(wait === undefined ? {} : { wait }),
    ...(timeout === undefined ? {} : { timeout }),
  };
  if (print !== true) out.line([bold('Cancels '), `${id}, by a transaction to the wallet itself at nonce ${nonce}`]);
  return ask(session, draft);
};
