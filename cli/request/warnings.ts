import { ZeroAddress } from 'ethers';
import type { Warning } from '#cli/addresses/look-alikes.ts';
import { nameWarnings } from '#cli/addresses/names-alike.ts';
import { addressWarnings } from '#cli/addresses/who.ts';
import { bad, type Line, warn } from '#cli/app/output.ts';
import { callTree } from '#core/calls/call-tree.ts';
import { type Law, tokensOn } from '#schemas/config.ts';
import { type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import { endlessIn } from './call-words.ts';
import { type Explanation, explained } from './clear-of.ts';
import { oddWordsText } from './mixed-letters.ts';
import type { Picture } from './render-request.ts';
import { simulationReader, simulationWarnings } from './render-simulation.ts';
import { tokenCall } from './token-calls.ts';

/** Whether it is so, and what to say then. */
type Ask = readonly [boolean, string];

/** An approval without end, wherever in a call of calls it stands. */
const endlessWithin = (request: TransactionRequest, law: Law): readonly Ask[] => {
  const { tokens } = tokensOn(law, request.chainId);
  return endlessIn(callTree(request, tokens), tokens).map(
    ({ spender, token }): Ask => [true, `UNLIMITED: ${spender} could take every ${token}, now and later`],
  );
};

/** Nobody may approve by words that the law does not pin, or that contradict the call. */
const stopWarnings = ({ clear }: Explanation): readonly Warning[] =>
  clear.stops.map(({ code, message }) => ({ critical: true, text: `DO NOT APPROVE: ${message} (${code})` }));

/** What strangers' words leave to the reader. */
const wordWarnings = ({ clear, declared }: Explanation): readonly string[] => [
  ...clear.words.flatMap(({ file, uncovered, odd }) => [
    ...(uncovered.length === 0
      ? []
      : [
          `the words of ${file} leave out ${uncovered.length} ${uncovered.length === 1 ? 'part' : 'parts'} of the call: read them in our lines`,
        ]),
    ...(odd === undefined ? [] : [`the words of ${file} have ${odd}`]),
  ]),
  ...(clear.unsaid.length === 0
    ? []
    : ['a call has no words of the descriptor that your law pins for it: read it raw']),
  ...(declared?.source === 'abi'
    ? ['the names of the call come from the file of --abi, for which nobody vouches']
    : []),
];

const textsOf = (asks: readonly Ask[]): readonly string[] => asks.filter(([so]) => so).map(([, text]) => text);

/** What the image would refuse, or by which money is lost or given away. */
const criticalTexts = (picture: Picture): readonly string[] => {
  const { request, law } = picture;
  const call = tokenCall(request, law);
  return textsOf([
    [picture.signer === 'wrong', 'the signature on the request is not by its requester'],
    [picture.verdict.kind === 'denied', 'your law denies this request: the workload will not sign it'],
    [
      picture.gasProblems.length > 0,
      `the gas rules of your law refuse it, and so will the workload: ${picture.gasProblems.join('; ')}`,
    ],
    [
      request.to === ZeroAddress,
      'the destination is the zero address: nobody has its key, so what is sent there is lost',
    ],
    [call?.unlimited === true, `UNLIMITED: ${call?.to} could take every such token of this wallet, now and later`],
    ...(call === undefined ? endlessWithin(request, law) : []),
    [call?.to === ZeroAddress, 'the token call names the zero address'],
    [call !== undefined && call.to === request.to, 'the token call names the token contract itself as destination'],
  ]);
};

const cautionTexts = (picture: Picture): readonly string[] => {
  const { request, wallet, law, sameReference = [] } = picture;
  const until = validUntilMs(request);
  const odd = oddWordsText(request.memo);
  const left = until - picture.now;
  return textsOf([
    [picture.acceptedLaw !== picture.localLaw, 'it was accepted under another law than the one on this machine'],
    [request.to === '', 'this creates a contract: what its code will do cannot be known here'],
    [request.to === wallet.address, 'the destination is the wallet itself'],
    [odd !== undefined, `the memo has ${odd}`],
    [
      request.replaces === 'foreign',
      'this continues after a transaction that keyturn did not make: find out what it was',
    ],
    [picture.outcome === undefined && left > 0 && left < 300_000, 'less than 5 minutes are left to sign it'],
    [sameReference.length > 0, `the same reference was used before, by ${sameReference.join(', ')}`],
    [
      law.register.lock === 'off',
      'LAB: the register is not locked; the owner of its bucket could make this wallet sign twice',
    ],
  ]);
};

/** What the nodes say that it would do, where that is not what was asked. A node's word stops nothing. */
const nodeWarnings = (picture: Picture): readonly string[] =>
  picture.simulation === undefined ? [] : simulationWarnings(picture.simulation, simulationReader(picture));

/** What a careful person would want pointed out, the critical first. */
export const warningsOf = (picture: Picture): readonly Warning[] => {
  const explanation = explained(picture);
  const all: readonly Warning[] = [
    ...stopWarnings(explanation),
    ...addressWarnings(picture),
    ...nameWarnings(picture),
    ...criticalTexts(picture).map((text) => ({ text, critical: true }) as const),
    ...nodeWarnings(picture).map((text) => ({ text })),
    ...wordWarnings(explanation).map((text) => ({ text })),
    ...cautionTexts(picture).map((text) => ({ text })),
  ];
  return [...all.filter(({ critical }) => critical === true), ...all.filter(({ critical }) => critical !== true)];
};

/** For people: the critical ones stand out, each with the lines that belong to it. */
export const warningLines = (picture: Picture): readonly Line[] =>
  warningsOf(picture).flatMap(({ text, critical, detail = [] }) => {
    const mark = critical === true ? bad : warn;
    return [mark(`  ! ${text}`), ...detail.map((line) => mark(`      ${line}`))];
  });

/** For programs. */
export const warningTexts = (picture: Picture): readonly string[] => warningsOf(picture).map(({ text }) => text);
