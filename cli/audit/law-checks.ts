import { judgePolicy } from '#core/policy.ts';
import { requestProblem } from '#core/request-rules.ts';
import { assetsOf } from '#core/transaction/assets.ts';
import { canonicalText, type Json } from '#schemas/canonical.ts';
import { tokensOn } from '#schemas/config.ts';
import { keyObjectOf } from '#schemas/names.ts';
import { type Check, fail, judged } from './check.ts';
import type { Subject } from './subject.ts';

/** The image judges with this very module; `at`: ms, when the token of the seal was issued. */
export const verdict = ({ law, wallet, item }: Subject, at: number): Check => {
  const problem = requestProblem(item.request, law, at);
  if (problem !== undefined)
    return fail('verdict', `the law of that time refuses it: ${problem.field} ${problem.reason}`);
  const judgedNow = judgePolicy(item.request, wallet, law);
  if (judgedNow.kind === 'denied') return fail('verdict', `the law of that time denies it: ${judgedNow.reason}`);
  if (judgedNow.rule !== item.rule) return fail('verdict', `rule ${judgedNow.rule} allows it, not ${item.rule}`);
  const { tokensJudged, assets } = assetsOf(item.request, tokensOn(law, item.request.chainId));
  const isSame =
    tokensJudged === item.tokensJudged && canonicalText(assets as Json) === canonicalText(item.assets as Json);
  return judged(
    'verdict',
    isSame ? undefined : 'the seal names other amounts than the request moves',
    `allowed by rule ${item.rule}`,
  );
};

/** Who approved, by objects that lie where the law says. */
export const approvals = ({ law, wallet, item }: Subject): Check => {
  const allowed = judgePolicy(item.request, wallet, law);
  const needed = allowed.kind === 'allowed' ? allowed.approvals : wallet.threshold;
  const names = item.approvals.map(({ coSigner }) => coSigner);
  const stranger = item.approvals.find(({ coSigner, object }) => {
    const holder = wallet.holders.some((one) => one.coSigner === coSigner);
    const place = law.coSigners.find(({ name }) => name === coSigner)?.shareLocation;
    const at = place === undefined ? undefined : keyObjectOf(place, object);
    return !holder || at?.kind !== 'share' || at.id !== item.id;
  });
  const problem =
    stranger !== undefined
      ? `${stranger.coSigner} is no holder, or ${stranger.object} is no share of this request`
      : new Set(names).size !== names.length
        ? 'a co-signer is named twice'
        : names.length < needed
          ? `${names.length} approved, and the law asks for ${needed}`
          : undefined;
  return judged('approvals', problem, `${names.join(', ')}: ${needed} were needed`);
};
