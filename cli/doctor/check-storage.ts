import type { Session } from '#cli/app/session.ts';
import { spanText } from '#cli/app/units.ts';
import { pauseOf } from '#cli/operate/pause.ts';
import type { BucketSettings } from '#core/ports.ts';
import { type RegisterProblem, registerProblems } from '#core/register/lock.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { parseOperations } from '#schemas/config.ts';
import { configValue } from '#schemas/config-text.ts';
import { OPERATIONS_OBJECT } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Check, type Findings, ok, unread, warned, wrong } from './finding.ts';
import { vetoPlaceFindings } from './veto-places.ts';

/** What to do about a register over which nothing is signed. */
const remedyOf = (kind: RegisterProblem['kind'], bucket: string): string => {
  switch (kind) {
    case 'other-project':
      return 'Nothing will be signed. Correct the law, or find out whose bucket that is.';
    case 'hierarchical-namespace':
      return 'Nothing will be signed. Only a new bucket can be without it: make a new deployment with a new register.';
    case 'not-locked':
      return `Nothing will be signed. gcloud storage buckets update gs://${bucket} --lock-retention-period (for ever).`;
    case 'kept-too-short':
      return 'Nothing will be signed. A locked period can be made longer, never shorter.';
    default:
      return kind satisfies never;
  }
};

const registerFindings = ({ deployment }: Session, settings: BucketSettings): Findings => {
  const { law } = deployment.config;
  const { register } = deployment.buckets;
  const problems = registerProblems(settings, law);
  const found = problems.map(({ kind, reason }) => wrong(`${register}: ${reason}`, remedyOf(kind, register)));
  if (law.register.lock === 'off')
    return [...found, warned(`${register} is not locked, and the law does not ask for it`, '')];
  return problems.length > 0 ? found : [ok(`${register} is locked for ${settings.retentionSeconds} s`)];
};

/** Settings of one bucket, or a finding where it is missing or not to be seen. */
const bucketFindings = async (
  session: Session,
  bucket: string,
  judge: (settings: BucketSettings) => Findings,
): Promise<Findings> => {
  try {
    return judge(await (await session.ports.storage()).settings(bucket));
  } catch (error) {
    if (isKeyturnError(error, 'NOT_FOUND')) return [wrong(`there is no bucket ${bucket}`, 'terraform apply makes it.')];
    if (isKeyturnError(error, 'PERMISSION_DENIED')) return [unread(`the settings of ${bucket}`, 'storage.buckets.get')];
    throw error;
  }
};

const buckets: Check = {
  area: 'buckets',
  look: async (session) => {
    const { buckets: names, config } = session.deployment;
    const inProject = (bucket: string) => (settings: BucketSettings) =>
      settings.projectNumber === config.law.operator.projectNumber
        ? [ok(`${bucket} is there`)]
        : [warned(`${bucket} lies in project ${settings.projectNumber}, not in the operator's`, 'Is that meant?')];
    const shares = [...new Set(config.law.coSigners.map(({ shareLocation }) => shareLocation.bucket))];
    const found = await Promise.all([
      bucketFindings(session, names.register, (settings) => registerFindings(session, settings)),
      ...[names.results, names.signed, names.work].map((bucket) => bucketFindings(session, bucket, inProject(bucket))),
      ...shares.map((bucket) =>
        bucketFindings(session, bucket, (settings) => [
          settings.retentionSeconds === 0
            ? ok(`${bucket} keeps shares no longer than it must`)
            : warned(`${bucket} keeps every share for ${settings.retentionSeconds} s`, 'Remove its retention policy.'),
          ...vetoPlaceFindings(config.law, bucket, settings),
        ]),
      ),
    ]);
    return found.flat();
  },
};

const operations: Check = {
  area: 'operations',
  look: async ({ deployment, ports, commandLine }) => {
    const { work } = deployment.buckets;
    const stored = await (await ports.storage()).read(work, OPERATIONS_OBJECT, { limit: 1_048_576 });
    const where = `gs://${work}/${OPERATIONS_OBJECT}`;
    const todo = `Apply Terraform with this keyturn.json, or upload what ${commandLine('config --operations')} prints.`;
    if (stored === undefined) return [wrong(`${where} is not there: machines cannot start`, todo)];
    const value = configValue(new TextDecoder().decode(stored.bytes), where);
    const same =
      canonicalText(JSON.parse(JSON.stringify(parseOperations(value)))) ===
      canonicalText(JSON.parse(JSON.stringify(deployment.config.operations)));
    return [
      same ? ok(`${where} is that of this configuration`) : wrong(`${where} differs from this configuration`, todo),
    ];
  },
};

const paused: Check = {
  area: 'paused',
  look: async ({ deployment, ports, commandLine }) => {
    const pause = await pauseOf(await ports.storage(), deployment.buckets.work);
    if (pause === undefined) return [ok('not paused')];
    const why = pause.reason === '' ? '' : `: ${pause.reason}`;
    return [warned(`PAUSED since ${timeText(pause.at)}${why}`, `${commandLine('resume')} goes on.`)];
  },
};

/** ms. The workload refuses at two minutes. */
const WARN_SKEW_MS = 5_000;
const MAX_SKEW_MS = 120_000;

const clock: Check = {
  area: 'clock',
  look: async ({ deployment, ports, clock: local }) => {
    const { at } = await (await ports.storage()).list(deployment.buckets.results, 'requests/', { limit: 1 });
    const skew = Math.abs(local.now() - at);
    const words = `this machine and Cloud Storage differ by ${spanText(skew)}`;
    if (skew > MAX_SKEW_MS)
      return [wrong(words, 'Set the clock: times that you choose, such as --valid-for, are wrong.')];
    return [skew > WARN_SKEW_MS ? warned(words, 'Set the clock by NTP.') : ok(words)];
  },
};

export const storageChecks: readonly Check[] = [buckets, operations, paused, clock];
