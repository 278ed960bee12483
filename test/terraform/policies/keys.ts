import { EVENT_KEY_ALGORITHM, eventKeyOf } from '#schemas/event-keys.ts';
import { block, blocks, ofType, text, texts } from '../plan.ts';
import type { Policy } from './finding.ts';

const DAY_S = 86_400;
/** Google's own default. Settable at creation alone: a shorter one stays for as long as the key does. */
const DESTROY_WINDOW_DAYS = 30;

/** A destroyed key can be brought back for a month, and outside a lab it never leaves the hardware. */
export const keysCanBeBroughtBack: Policy = ({ plan, config: { law } }) =>
  ofType(plan, 'google_kms_crypto_key').flatMap(({ address, values }) => {
    const name = text(values, 'name');
    const isEventKey =
      `${text(values, 'key_ring')}/cryptoKeys/${name.slice(name.lastIndexOf('/') + 1)}` === eventKeyOf(law);
    const [purpose, algorithm] = isEventKey
      ? ['ASYMMETRIC_SIGN', EVENT_KEY_ALGORITHM]
      : ['ENCRYPT_DECRYPT', 'GOOGLE_SYMMETRIC_ENCRYPTION'];
    const window = Number(/^(\d+)s$/.exec(text(values, 'destroy_scheduled_duration'))?.[1] ?? '0');
    const level = text(block(values, 'version_template'), 'protection_level');
    const checks: readonly (readonly [boolean, string])[] = [
      [
        window >= DESTROY_WINDOW_DAYS * DAY_S,
        `a destroyed version can be brought back for ${window / DAY_S} days, ${DESTROY_WINDOW_DAYS} at least`,
      ],
      [text(values, 'purpose') === purpose, `purpose must be ${purpose}`],
      [text(block(values, 'version_template'), 'algorithm') === algorithm, `algorithm must be ${algorithm}`],
      // A share under an old version would need that version for ever, and renews nothing.
      [text(values, 'rotation_period') === '', 'must not rotate'],
      [
        law.register.lock !== 'required' || level === 'HSM',
        `protection_level must be HSM, not ${level || 'the default'}`,
      ],
    ];
    return checks.flatMap(([holds, why]) => (holds ? [] : [`${address}: ${why}`]));
  });

/** Each use of a release key, and each exchange of a token, is a line in the co-signer's own audit log. */
export const usesAreAudited: Policy = ({ plan, config: { law } }) => {
  const configs = ofType(plan, 'google_project_iam_audit_config');
  const projects = [...new Set(law.coSigners.map(({ releaseKey }) => releaseKey.split('/')[1] ?? ''))];
  const isLogged = (project: string, service: string): boolean =>
    configs.some(
      ({ values }) =>
        text(values, 'project') === project &&
        text(values, 'service') === service &&
        blocks(values, 'audit_log_config').some(
          (one) => text(one, 'log_type') === 'DATA_READ' && texts(one, 'exempted_members').length === 0,
        ),
    );
  return projects.flatMap((project) =>
    ['cloudkms.googleapis.com', 'sts.googleapis.com']
      .filter((service) => !isLogged(project, service))
      .map((service) => `project ${project}: who uses ${service} is not in the audit log`),
  );
};
