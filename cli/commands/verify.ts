import type { Command } from 'commander';
import { addressesJson } from '#cli/addresses/who.ts';
import { type CliContext, optionOf } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, bold, type Line, plainText, warn } from '#cli/app/output.ts';
import { readAbiFile } from '#cli/clear/abi-file.ts';
import { descriptorFolder, readPinned } from '#cli/clear/pinned.ts';
import { explained } from '#cli/request/clear-of.ts';
import { wordsOf } from '#cli/request/code-words.ts';
import { type Printed, printedOf, printedProblem } from '#cli/request/printed.ts';
import { type GivenLaw, type GivenRequest, readLawFile, readRequestFile } from '#cli/request/read-request-file.ts';
import { actionLines } from '#cli/request/render-action.ts';
import { type Picture, requestReading } from '#cli/request/render-request.ts';
import { inOrder, printReading, readingJson, told } from '#cli/request/told.ts';
import { warningTexts } from '#cli/request/warnings.ts';
import { judgePolicy } from '#core/policy.ts';
import { type RequestProblem, requestProblem } from '#core/request-rules.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { chainOf, walletNamed } from '#schemas/config.ts';
import { digestOf, requestDigests, requesterOf } from '#schemas/digest.ts';
import { bucketsOf } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import { ABI_HELP } from './show.ts';

export interface VerifyOptions {
  readonly law?: string;
  readonly full?: boolean;
  readonly abi?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Check a request from its file and a law alone. No network and no cloud: what is computed here nobody else has told.',
    )
    .argument('<file>', 'the request as published or printed, or request.json as stored')
    .option('--law <file>', 'a law, or a keyturn.json (default: that of --config)')
    .option('--full', 'all of its data and its access list, however long')
    .option('--abi <file>', ABI_HELP)
    .action(async (file: string, options: VerifyOptions) => {
      cli.exitCode = await run(cli, file, { ...options, config: optionOf(command.optsWithGlobals(), 'config') });
    });
  examples(command, [
    ['verify request.json --law law.json', 'id, digests, verdict and twelve words'],
    ['verify request.json --law law.json --json', 'also the typed data, as a wallet signs it'],
  ]);
};

/** The picture that co-signers see, of what two files say: nobody has answered, and nothing has happened. */
const pictureOf = ({ request, stored }: GivenRequest, { law, lawHash }: GivenLaw, now: number): Picture => {
  const wallet = walletNamed(law, request.wallet);
  if (wallet === undefined)
    throw new KeyturnError('UNKNOWN_WALLET', `the law knows no wallet ${request.wallet}`, { field: 'wallet' });
  const { register } = bucketsOf(law.name);
  const verdict = judgePolicy(request, wallet, law);
  const signer = requesterOf(request, wallet.address, register);
  return {
    id: digestOf(request, wallet.address, register),
    request,
    wallet,
    law,
    acceptedLaw: stored?.lawHash ?? lawHash,
    localLaw: lawHash,
    now,
    verdict,
    // Told with all else that the image would say.
    gasProblems: [],
    signer: request.requesterSignature === '' ? 'claimed' : signer === request.requester ? 'verified' : 'wrong',
    stage: 'received',
    needed: verdict.kind === 'allowed' ? verdict.approvals : wallet.threshold,
    votes: [],
    outcome: undefined,
    sameReference: undefined,
  };
};

/** What the file claims, and what does not come out here. */
const mismatch = ({ stored, printed }: GivenRequest, { id, wallet }: Picture, made: Printed): string | undefined => {
  const problem = printed === undefined ? undefined : printedProblem(printed, made);
  if (problem !== undefined) return `DO NOT SIGN: ${problem}`;
  if (stored === undefined) return undefined;
  if (stored.id !== id) return `DO NOT APPROVE: it is stored under the id ${stored.id}`;
  return stored.walletAddress === wallet.address
    ? undefined
    : `DO NOT APPROVE: it is stored for the address ${stored.walletAddress}`;
};

/** Beside the policy's own line: what else the image would say. */
const nowLines = (
  { verdict }: Picture,
  problem: RequestProblem | undefined,
  today: RequestProblem | undefined,
): readonly Line[] => {
  if (verdict.kind === 'denied') return [];
  if (problem !== undefined) return [bad(`REFUSED: ${problem.field} ${problem.reason}`)];
  return today === undefined ? [] : [warn(`not now: ${today.field} ${today.reason}`)];
};

export const run = async (
  { out, folder, clock }: Pick<CliContext, 'out' | 'folder' | 'clock'>,
  file: string,
  options: VerifyOptions & { readonly config?: string | undefined },
): Promise<number> => {
  const given = await readRequestFile(folder, file);
  const law = await readLawFile(folder, options.law, options.config);
  const abi = options.abi === undefined ? undefined : await readAbiFile(folder, options.abi);
  const chain = chainOf(law.law, given.request.chainId);
  const pinned = await readPinned(descriptorFolder(law.path), chain, given.request);
  const picture: Picture = { ...pictureOf(given, law, clock.now()), pinned, abi };
  const { id, request, wallet, verdict, signer, now } = picture;
  const { register } = bucketsOf(law.law.name);
  const digests = requestDigests(request, wallet.address, register);
  const words = wordsOf(id);
  const made = printedOf(request, wallet.address, register);
  const wrong = mismatch(given, picture, made);
  // The law's word about the request itself, whenever it is checked; and beside that, whether its time is now.
  const problem = requestProblem(request, law.law, validUntilMs(request) - 1);
  const today = requestProblem(request, law.law, now);
  const reading = inOrder([
    // Nobody has answered, and nothing has happened.
    ...requestReading(picture, options.full === true).filter(({ kind }) => kind !== 'progress'),
    ...told('policy', 'now', nowLines(picture, problem, today)),
    ...told('digest', 'law', [law.lawHash]),
  ]);
  const { stops } = explained(picture).clear;
  out.line(bold('A request, computed from two files'));
  printReading(out, reading);
  if (wrong !== undefined) out.line(bad(`  ! ${wrong}`));
  const ok = wrong === undefined && problem === undefined && signer !== 'wrong' && stops.length === 0;
  out.result('verify', {
    ok,
    id,
    words,
    digests,
    typedData: made.typedData,
    lawHash: law.lawHash,
    wallet: wallet.name,
    address: wallet.address,
    asks: actionLines(request, law.law, verdict).map(plainText),
    request,
    signer,
    policy: verdict,
    problem: problem ?? null,
    today: today ?? null,
    mismatch: wrong ?? null,
    ...addressesJson(picture),
    warnings: warningTexts(picture),
    lines: readingJson(reading),
    stops,
  });
  return ok ? DONE : FAILED;
};
