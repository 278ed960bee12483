import type { Destination, ProxyHint } from '#adapters/chain/hints.ts';
import { beside, bookOf } from '#cli/addresses/book.ts';
import type { History } from '#cli/addresses/history.ts';
import { whoLines } from '#cli/addresses/who.ts';
import { bad, bold, good, type Line, warn } from '#cli/app/output.ts';
import { fromNow, inEther, inGwei, spanText } from '#cli/app/units.ts';
import type { WindowRooms } from '#cli/policy/room.ts';
import { delayWords } from '#cli/request/delay-words.ts';
import type { Stage } from '#core/facts/marks.ts';
import type { Verdict } from '#core/policy.ts';
import { maxCost, maxFee } from '#core/transaction/fees.ts';
import { chainOf, tokensOn } from '#schemas/config.ts';
import { requestDigests } from '#schemas/digest.ts';
import type { OutcomeFact } from '#schemas/facts.ts';
import { bucketsOf } from '#schemas/names.ts';
import { type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Explained, explained } from './clear-of.ts';
import { wordsInTwo } from './code-words.ts';
import { actionLines } from './render-action.ts';
import { callDetail, descriptorLines } from './render-call.ts';
import { accessLines, dataLines, quoted } from './render-data.ts';
import { leavesLines } from './render-leaves.ts';
import { roomLines } from './render-room.ts';
import { simulationLines, simulationReader } from './render-simulation.ts';
import type { Simulation } from './simulation.ts';
import { inOrder, type Told, told } from './told.ts';
import type { Vote } from './votes.ts';
import { warningLines } from './warnings.ts';

/** All that a co-signer is shown of one request, gathered and checked before: words are a pure function of it. */
export interface Picture extends Explained {
  readonly id: string;
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
  /** Whether the destination runs the code of another contract; absent where it was not asked. */
  readonly proxy?: ProxyHint | undefined;
  /** What the nodes say that it would do; absent where they were not asked. */
  readonly simulation?: Simulation;
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

/** A proxy runs the code of another contract, which can be exchanged after the approval. */
const proxyLines = ({ proxy }: Picture): readonly Line[] => {
  switch (proxy?.kind) {
    case 'implementation':
      return [warn(`a proxy (EIP-1967): runs the code of ${proxy.implementation} now, and its admin can exchange it`)];
    case 'beacon':
      return [
        warn(
          `a proxy (EIP-1967): runs the code that beacon ${proxy.beacon} names, now ${proxy.implementation ?? 'not known'}; whoever owns the beacon can exchange it`,
        ),
      ];
    case 'unknown':
      return [warn('whether it is a proxy could not be seen: the chain did not answer')];
    case 'none':
    case undefined:
      return [];
    default:
      return proxy satisfies never;
  }
};

const wouldLines = (picture: Picture): readonly Line[] =>
  picture.simulation === undefined ? [] : simulationLines(picture.simulation, simulationReader(picture));

const digestLines = (picture: Picture): readonly Told[] => {
  const { id, request, wallet, law } = picture;
  const digests = requestDigests(request, wallet.address, bucketsOf(law.name).register);
  return [
    ...told('digest', 'id', [id]),
    ...told('digest', 'words', [...wordsInTwo(id).map(bold), 'compare them by phone; they are no key of any wallet']),
    ...told('digest', 'domain', [digests.domain]),
    ...told('digest', 'message', [digests.message]),
    ...told('digest', 'calldata', [digests.calldata]),
  ];
};

/** What stands around the payment: who asks, what the law says, and who has answered. */
const aroundLines = (picture: Picture): readonly Told[] => {
  const { request, law, votes, outcome } = picture;
  const book = bookOf(law, request.chainId);
  const approved = votes.filter(({ answer }) => answer === 'approved').length;
  return [
    ...told('about', 'requester', [beside([`${request.requester} (`, signerWords[picture.signer], ')'], book)]),
    ...told('about', 'reference', [
      request.reference,
      ...(picture.sameReference === undefined ? [warn('whether it was used before could not be seen')] : []),
    ]),
    ...told('about', 'memo', quoted(request.memo)),
    ...told('policy', 'policy', [policyLine(picture.verdict), ...delayLines(picture), ...roomLines(picture)]),
    ...told('progress', 'stage', [outcome === undefined ? picture.stage : outcomeLine(outcome)]),
    ...told('progress', 'approvals', [`${approved} of ${picture.needed}`, ...votes.map(voteLine)]),
  ];
};

/**
 * The request as people read it: what is asked and what leaves first, raw bytes last. Our own lines stand whatever a descriptor holds. `full`: with
 * all of its data and access list, however long.
 */
export const requestReading = (picture: Picture, full = false): readonly Told[] => {
  const { request, wallet, law, now } = picture;
  const chain = chainOf(law, request.chainId);
  const book = bookOf(law, request.chainId);
  const { tree, clear, declared } = explained(picture);
  const named = (lines: readonly Line[]): readonly Line[] => lines.map((line) => beside(line, book));
  return inOrder([
    ...told('intent', 'asks', actionLines(request, law, picture.verdict)),
    ...told('leaves', 'leaves', named(leavesLines(tree, tokensOn(law, request.chainId).tokens))),
    ...told('wallet', 'wallet', [
      [bold(wallet.name), ` ${wallet.address}`],
      `on ${chain?.name ?? 'an unnamed chain'} (chain id ${request.chainId})`,
    ]),
    ...told('who', 'who', whoLines(picture)),
    ...told('who', 'destination', [...destinationLines(picture), ...named(proxyLines(picture))]),
    ...told('call', 'call', named(callDetail(tree, declared)), declared?.source),
    ...told('descriptor', 'descriptor', named(descriptorLines(clear)), 'descriptor'),
    ...told('simulation', 'would do', named(wouldLines(picture))),
    ...told('fee', 'fee', feeLines(request)),
    ...told('fee', 'in sum', [`at most ${inEther(maxCost(request))} can leave the wallet`]),
    ...told('valid', 'valid', [validWords(request, now)]),
    ...told('nonce', 'nonce', nonceWords(request)),
    ...aroundLines(picture),
    ...told('warning', 'warning', warningLines(picture)),
    ...digestLines(picture),
    ...told('raw', 'access list', named(accessLines(request, full))),
    ...told('raw', 'data', dataLines(request, full)),
  ]);
};
