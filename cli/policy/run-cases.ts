import { bad, dim, good, type Line } from '#cli/app/output.ts';
import { judgePolicy } from '#core/policy.ts';
import { judgeSigned } from '#core/policy-explain.ts';
import type { Verdict } from '#core/verdict.ts';
import { type Law, walletNamed } from '#schemas/config.ts';
import type { PolicyCase } from './cases-file.ts';
import { verdictText } from './explain-lines.ts';

export interface CaseResult {
  readonly one: PolicyCase;
  /** Undefined where the law has no such wallet, or the wallet no such chain. */
  readonly verdict: Verdict | undefined;
  /** Why it fails; '' where it passes. */
  readonly problem: string;
}

const isMet = ({ expect: { allowed, denied } }: PolicyCase, verdict: Verdict): boolean =>
  verdict.kind === 'allowed'
    ? allowed?.rule === verdict.rule && allowed.approvals === verdict.approvals
    : denied?.rule === verdict.rule && denied.code === verdict.code;

const runCase = (one: PolicyCase, law: Law): CaseResult => {
  const { request, signed } = one;
  const wallet = walletNamed(law, request.wallet);
  if (wallet === undefined)
    return { one, verdict: undefined, problem: `request.wallet: the law knows no wallet ${request.wallet}` };
  if (wallet.chains.every(({ chainId }) => chainId !== request.chainId)) {
    const problem = `request.chainId: ${request.wallet} is not on chain ${request.chainId}`;
    return { one, verdict: undefined, problem };
  }
  const verdict = signed ? judgeSigned(request, wallet, law) : judgePolicy(request, wallet, law);
  return { one, verdict, problem: isMet(one, verdict) ? '' : verdictText(verdict) };
};

export const runCases = (cases: readonly PolicyCase[], law: Law): readonly CaseResult[] =>
  cases.map((one) => runCase(one, law));

export const failedIn = (results: readonly CaseResult[]): number =>
  results.filter(({ problem }) => problem !== '').length;

const expectedText = ({ expect: { allowed, denied } }: PolicyCase): string =>
  allowed === undefined ? `${denied?.code} by ${denied?.rule}` : verdictText({ kind: 'allowed', ...allowed });

export const caseLines = (results: readonly CaseResult[]): readonly Line[] => [
  ...results.flatMap(({ one, problem }): readonly Line[] =>
    problem === ''
      ? [[good('  ok    '), one.name]]
      : [[bad('  FAIL  '), one.name], dim(`        expected: ${expectedText(one)}`), `        found:    ${problem}`],
  ),
  `${results.length} ${results.length === 1 ? 'case' : 'cases'}, ${failedIn(results)} failed`,
];

export const casesJson = (results: readonly CaseResult[]) => ({
  passed: results.length - failedIn(results),
  failed: failedIn(results),
  cases: results.map(({ one, verdict, problem }) => ({
    name: one.name,
    ok: problem === '',
    expected: one.expect,
    found: verdict ?? null,
    problem: problem === '' ? null : problem,
  })),
});
