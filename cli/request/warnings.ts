import { ZeroAddress } from 'ethers';
import type { Warning } from '#cli/addresses/look-alikes.ts';
import { nameWarnings } from '#cli/addresses/names-alike.ts';
import { addressWarnings } from '#cli/addresses/who.ts';
import { bad, type Line, warn } from '#cli/app/output.ts';
import { callTree } from '#core/calls/call-tree.ts';
import { type Law, tokensOn } from '#schemas/config.ts';
import { type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import { endlessIn } from './call-words.ts';
import { oddWordsText } from './mixed-letters.ts';
import type { Picture } from './render-request.ts';
import { tokenCall } from './token-calls.ts';

/** An approval without end, wherever in a call of calls it stands. */
const endlessWithin = (request: TransactionRequest, law: Law): readonly [boolean, string][] => {
  const { tokens } = tokensOn(law, request.chainId);
  return endlessIn(callTree(request, tokens), tokens).map(({ spender, token }): [boolean, string] => [
    true,
    `UNLIMITED: ${spender} could take every ${token}, now and later`,
  ]);
};

/** What a careful person would want pointed out. */
export const warningsOf = (picture: Picture): readonly Warning[] => {
  const { request, wallet, law } = picture;
  const call = tokenCall(request, law);
  const until = validUntilMs(request);
  const odd = oddWordsText(request.memo);
  const found: [boolean, string][] = [
    [picture.signer === 'wrong', 'the signature on the request is not by its requester'],
    [picture.verdict.kind === 'denied', 'your law denies this request: the workload will not sign it'],
    [
      picture.gasProblems.length > 0,
      `the gas rules of your law refuse it, and so will the workload: ${picture.gasProblems.join('; ')}`,
    ],
    [picture.acceptedLaw !== picture.localLaw, 'it was accepted under another law than the one on this machine'],
    [request.to === '', 'this creates a contract: what its code will do cannot be known here'],
    [
      request.to === ZeroAddress,
      'the destination is the zero address: nobody has its key, so what is sent there is lost',
    ],
    [request.to === wallet.address, 'the destination is the wallet itself'],
    [call?.unlimited === true, `UNLIMITED: ${call?.to} could take every such token of this wallet, now and later`],
    ...(call === undefined ? endlessWithin(request, law) : []),
    [call?.to === ZeroAddress, 'the token call names the zero address'],
    [odd !== undefined, `the memo has ${odd}`],
    [call !== undefined && call.to === request.to, 'the token call names the token contract itself as destination'],
    [
      request.replaces === 'foreign',
      'this continues after a transaction that keyturn did not make: find out what it was',
    ],
    [
      picture.outcome === undefined && until > picture.now && until - picture.now < 300_000,
      'less than 5 minutes are left to sign it',
    ],
    [
      (picture.sameReference ?? []).length > 0,
      `the same reference was used before, by ${(picture.sameReference ?? []).join(', ')}`,
    ],
    [
      law.register.lock === 'off',
      'LAB: the register is not locked; the owner of its bucket could make this wallet sign twice',
    ],
  ];
  return [
    ...addressWarnings(picture),
    ...nameWarnings(picture),
    ...found.filter(([so]) => so).map(([, text]) => ({ text })),
  ];
};

/** For people: the critical ones stand out, each with the lines that belong to it. */
export const warningLines = (picture: Picture): readonly Line[] =>
  warningsOf(picture).flatMap(({ text, critical, detail = [] }) => {
    const mark = critical === true ? bad : warn;
    return [mark(`  ! ${text}`), ...detail.map((line) => mark(`      ${line}`))];
  });

/** For programs. */
export const warningTexts = (picture: Picture): readonly string[] => warningsOf(picture).map(({ text }) => text);
