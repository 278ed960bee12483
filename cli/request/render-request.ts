import type { Destination } from '#adapters/chain/hints.ts';
import { beside, bookOf } from '#cli/addresses/book.ts';
import type { History } from '#cli/addresses/history.ts';
import { whoLines } from '#cli/addresses/who.ts';
import { bad, bold, good, type Line, type Row, warn } from '#cli/app/output.ts';
import { fromNow, inEther, inGwei, spanText } from '#cli/app/units.ts';
import type { WindowRooms } from '#cli/policy/room.ts';
import { delayWords } from '#cli/request/delay-words.ts';
import type { Stage } from '#core/facts/marks.ts';
import type { Verdict } from '#core/policy.ts';
import { maxCost, maxFee } from '#core/transaction/fees.ts';
import type { Law, Wallet } from '#schemas/config.ts';
import { chainOf } from '#schemas/config.ts';
import type { OutcomeFact } from '#schemas/facts.ts';
import { type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { wordsInTwo } from './code-words.ts';
import { actionLines } from './render-action.ts';
import { accessLines, dataLines, quoted } from './render-data.ts';
import { roomLines } from './render-room.ts';
import type { Vote } from './votes.ts';

/** All that a co-signer is shown of one request, gathered and checked before: words are a pure function of it. */
export interface Picture {
  readonly id: string;
  readonly request: TransactionRequest;
  readonly wallet: Wallet;
  readonly law: Law;
  /** Of the law under which intake accepted it, and of the one on this machine. */
  readonly acceptedLaw: string;
  readonly localLaw: string;
  /** ms */
  readonly now: number;
  readonly verdict: Verdict;
  /** `wrong`: signed, but not by the requester. */
  readonly signer: 'claimed' | 'verified' | 'wrong';
  readonly stage: Stage;
  readonly needed: number;
  readonly votes: readonly Vote[];
  readonly outcome: OutcomeFact | undefined;
  /** Why the gas rules of the law refuse it. */
  readonly gasProblems: readonly string[];
  /** What the chain says is at the destination; absent where it was not asked. */
  readonly destination?: Destination;
  /** What stands in the windows of its wallet; absent where it was not asked. */
  readonly rooms?: WindowRooms;
  /** What its wallet did before; absent where it was not asked. */
  readonly history?: History;
  /** Other requests under this reference; undefined where this identity may not look. */
  readonly sameReference: readonly string[] | undefined;
}

export const feeLines = (request: TransactionRequest): readonly Line[] => {
  const price = BigInt(request.maxFeePerGas);
  const tip = request.type === '2' ? `, tip up to ${inGwei(BigInt(request.maxPriorityFeePerGas))}` : ', one gas price';
  return [`at most ${request.gasLimit} gas × ${inGwei(price)} = ${inEther(maxFee(request))}${tip}`];
};

const nonceWords = ({ nonce, replaces }: TransactionRequest): readonly Line[] => {
  if (nonce === '') return ['the next one, chosen when it is sealed'];
  if (replaces === '') return [`${nonce}, named by the request`];
  if (replaces === 'foreign') return [`${nonce}, after a transaction that keyturn did not make ("foreign")`];
  return [`${nonce}, in place of request ${replaces}`, 'only one of the two can ever be mined'];
};

const validWords = (request: TransactionRequest, now: number): Line => {
  const until = validUntilMs(request);
  const left = until > now ? `${spanText(until - now)} left` : `EXPIRED ${fromNow(until, now)}`;
  return [`until ${request.validUntil} (`, until > now ? left : bad(left), '); this bounds signing, not mining'];
};

const signerWords = {
  claimed: warn('claimed, not signed'),
  verified: good('signed, and the signature is theirs'),
  wrong: bad('THE SIGNATURE IS NOT THEIRS'),
};

const policyLine = (verdict: Verdict): Line =>
  verdict.kind === 'allowed'
    ? `allowed by rule ${verdict.rule}; ${verdict.approvals} ${verdict.approvals === 1 ? 'approval' : 'approvals'} needed`
    : bad(`DENIED by ${verdict.rule}: ${verdict.reason} (${verdict.code})`);

const delayLines = (picture: Picture): readonly Line[] => {
  const words = delayWords(picture);
  return words === undefined ? [] : [warn(words)];
};

export const voteLine = (vote: Vote): Line => {
  const at = vote.at === undefined ? '' : ` ${timeText(vote.at)}`;
  switch (vote.answer) {
    case 'approved':
      return [vote.coSigner, ' ', good('approved'), at];
    case 'unverified':
      return [vote.coSigner, ' approved, says a function: ', warn('unverified'), ', you see no share'];
    case 'rejected':
      return [vote.coSigner, ' ', bad('rejected'), at];
    case 'bad':
      return [vote.coSigner, ' ', bad(`uploaded a share that does not count (${vote.code})`)];
    case 'initiator':
      return [
        vote.coSigner,
        ' ',
        warn('asked for it: the law ties its requester to this co-signer, whose share does not count'),
      ];
    case 'none':
      return `${vote.coSigner} has not answered`;
    case 'hidden':
      return `${vote.coSigner} (not visible to you)`;
    default:
      return vote.answer satisfies never;
  }
};

export const outcomeLine = (outcome: OutcomeFact): Line => [
  outcome.outcome === 'finalized' ? good(outcome.outcome) : bad(outcome.outcome),
  outcome.code === '' && outcome.reason === '' ? '' : `: ${[outcome.code, outcome.reason].filter(Boolean).join(' ')}`,
];

/** A node's word, so it is advice: the image signs the same bytes whatever is there. */
const destinationLines = ({ destination, request }: Picture): readonly Line[] => {
  switch (destination) {
    case 'contract':
      return [request.data === '0x' ? warn('has code, which runs when it is paid') : 'has code, as the chain says'];
    case 'new':
      return [warn('a new account: as the chain says, nothing was ever sent to or from it')];
    case 'unknown':
      return request.to === '' ? [] : [warn('whether it has code could not be seen: the chain did not answer')];
    case 'account':
    case undefined:
      return [];
    default:
      return destination satisfies never;
  }
};

/** The request in words, label by label; `full`: with all of its data and access list, however long. */
export const requestRows = (picture: Picture, full = false): readonly Row[] => {
  const { request, wallet, law, now, votes, outcome } = picture;
  const chain = chainOf(law, request.chainId);
  const book = bookOf(law, request.chainId);
  const rows: [string, readonly Line[]][] = [
    ['id', [picture.id]],
    ['words', [...wordsInTwo(picture.id).map(bold), 'compare them by phone; they are no key of any wallet']],
    [
      'wallet',
      [
        [bold(wallet.name), ` ${wallet.address}`],
        `on ${chain?.name ?? 'an unnamed chain'} (chain id ${request.chainId})`,
      ],
    ],
    ['asks', actionLines(request, law, picture.verdict)],
    ['who', whoLines(picture)],
    ['destination', destinationLines(picture)],
    ['fee', feeLines(request)],
    ['in sum', [`at most ${inEther(maxCost(request))} can leave the wallet`]],
    ['nonce', nonceWords(request)],
    ['valid', [validWords(request, now)]],
    ['requester', [beside([`${request.requester} (`, signerWords[picture.signer], ')'], book)]],
    ['reference', [request.reference]],
    ['memo', quoted(request.memo)],
    ['access list', accessLines(request, full).map((line) => beside(line, book))],
    ['data', dataLines(request, full)],
    ['policy', [policyLine(picture.verdict), ...delayLines(picture), ...roomLines(picture)]],
    ['stage', [outcome === undefined ? picture.stage : outcomeLine(outcome)]],
    [
      'approvals',
      [`${votes.filter(({ answer }) => answer === 'approved').length} of ${picture.needed}`, ...votes.map(voteLine)],
    ],
  ];
  return rows.filter(([, lines]) => lines.length > 0).map(([label, lines]) => ({ label, lines }));
};
