import { judgePolicy } from '#core/policy.ts';
import { delayOf } from '#core/policy-delay.ts';
import { requestProblem } from '#core/request-rules.ts';
import { assetsOf } from '#core/transaction/assets.ts';
import { canonicalText, type Json, sha256Hex } from '#schemas/canonical.ts';
import { tokensOn } from '#schemas/config.ts';
import { keyObjectOf } from '#schemas/names.ts';
import { timeMs } from '#schemas/spellings.ts';
import { shareFile } from './bundle.ts';
import { type Check, fail, judged, pass, unchecked } from './check.ts';
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

/** Whether an object lies where a co-signer's shares of this request lie. */
const isShareOf = (
  law: Subject['law'],
  { id }: Subject['item'],
  { coSigner, object }: { readonly coSigner: string; readonly object: string },
): boolean => {
  const place = law.coSigners.find(({ name }) => name === coSigner)?.shareLocation;
  const at = place === undefined ? undefined : keyObjectOf(place, object);
  return at?.kind === 'share' && at.id === id;
};

/**
 * Whether the delay that the law asked for had passed. `at`: ms, when the token of the seal was issued. When the delay began is the image's
 * word, by the times that Cloud Storage gave it: a bundle holds no clock of its own.
 */
export const delay = ({ law, wallet, item }: Subject, at: number): Check => {
  const wanted = delayOf(item.request, wallet, law);
  if (item.delay === null)
    return wanted === 0
      ? pass('delay', 'the law asks for none')
      : unchecked('delay', `the seal does not say when its ${wanted / 1000} seconds began: an older image made it`);
  const { startedAt, endedAt, object } = item.delay;
  const [start, end] = [timeMs(startedAt) ?? 0, timeMs(endedAt) ?? 0];
  // Of a holder's several uploads the newest starts it, and any good one approves.
  const isNamed = item.approvals.some(({ coSigner }) => isShareOf(law, item, { coSigner, object }));
  const problem =
    wanted === 0
      ? 'the seal names a delay, and the law asks for none'
      : end - start < wanted
        ? `it ran from ${startedAt} to ${endedAt}, and the law asks for ${wanted / 1000} seconds`
        : at < end
          ? `it was sealed before ${endedAt}, when the delay ended`
          : isNamed
            ? undefined
            : `the share ${object}, from which it ran, is of nobody who approved`;
  return judged(
    'delay',
    problem,
    `${wanted / 1000} seconds, from ${startedAt} to ${endedAt}, before the token was issued`,
  );
};

/** The ciphertexts that were approvals, where they are in the bundle: the seal names the sha256 of each. */
export const ciphertexts = ({ bundle, item }: Subject): Check => {
  const names = item.approvals.map(shareFile);
  const stray = [...bundle.files.keys()].find((name) => name.startsWith('shares/') && !names.includes(name));
  if (stray !== undefined) return fail('ciphertexts', `${stray} is no approval of this request`);
  const found = item.approvals.map((one) => ({ ...one, bytes: bundle.files.get(shareFile(one)) }));
  const wrong = found.find(({ bytes, sha256 }) => bytes !== undefined && sha256Hex(bytes) !== sha256);
  if (wrong !== undefined)
    return fail('ciphertexts', `that of ${wrong.coSigner} does not have the sha256 that the seal names`);
  const missing = found.filter(({ bytes }) => bytes === undefined);
  if (missing.length === 0) return pass('ciphertexts', `${found.length}, each as the seal names it`);
  const where = missing.map(({ coSigner, object, generation }) => `${coSigner}: ${object}, generation ${generation}`);
  return unchecked('ciphertexts', `${missing.length} of ${found.length} are not in the bundle (${where.join('; ')})`);
};

/** Who approved, by objects that lie where the law says. */
export const approvals = ({ law, wallet, item }: Subject): Check => {
  const allowed = judgePolicy(item.request, wallet, law);
  const needed = allowed.kind === 'allowed' ? allowed.approvals : wallet.threshold;
  const names = item.approvals.map(({ coSigner }) => coSigner);
  const isHolder = (name: string): boolean => wallet.holders.some(({ coSigner }) => coSigner === name);
  const stranger = item.approvals.find((one) => !isHolder(one.coSigner) || !isShareOf(law, item, one));
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
