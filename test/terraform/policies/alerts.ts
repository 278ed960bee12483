import { readFileSync } from 'node:fs';
import { block, blocks, ofType, type Plan, type Resource, text } from '../plan.ts';
import { ROOT } from '../used-types.ts';
import type { Policy } from './finding.ts';
import { isWritten, LOG_EVENTS, type LogEvent, runs } from './log-events.ts';

const RUNBOOK = readFileSync(`${ROOT}terraform/RUNBOOK.md`, 'utf8');
const SECTIONS = [...RUNBOOK.matchAll(/^## ([a-z-]+)$/gm)].map(([, name = '']) => name);

const policies = (plan: Plan): readonly Resource[] => ofType(plan, 'google_monitoring_alert_policy');

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies: one to six; alignment of at most 25 hours. */
const MOST_CONDITIONS = 6;
const LONGEST_ALIGNMENT_S = 90_000;

const thresholdsOf = (values: Resource['values']) =>
  blocks(values, 'conditions').flatMap((each) => [
    ...blocks(each, 'condition_threshold'),
    ...blocks(each, 'condition_absent'),
  ]);

export const alertsAreTaken: Policy = ({ plan }) =>
  policies(plan).flatMap(({ address, values }) => {
    const conditions = blocks(values, 'conditions');
    const periods = thresholdsOf(values).map((each) =>
      Number(text(block(each, 'aggregations'), 'alignment_period').replace('s', '')),
    );
    const checks: readonly (readonly [boolean, string])[] = [
      [
        conditions.length > 0 && conditions.length <= MOST_CONDITIONS,
        `has ${conditions.length} conditions, 1 to ${MOST_CONDITIONS} are allowed`,
      ],
      [
        periods.length === conditions.length && periods.every((each) => each >= 60 && each <= LONGEST_ALIGNMENT_S),
        `aligns over ${periods.join(', ')} s, 60 to ${LONGEST_ALIGNMENT_S} are allowed`,
      ],
    ];
    return checks.flatMap(([holds, why]) => (holds ? [] : [`${address}: ${why}`]));
  });

const alertOf = ({ values }: Resource): string => {
  const labels = values.user_labels;
  return typeof labels === 'object' && labels !== null && !Array.isArray(labels) ? text(labels, 'alert') : '';
};

/** Whoever is woken needs the page: each alert names its section and links to it, and each section has an alert. */
export const alertsLeadToTheRunbook: Policy = ({ plan }) => {
  const named = policies(plan).map(alertOf);
  return [
    ...policies(plan).flatMap((policy) => {
      const [alert, documentation] = [alertOf(policy), block(policy.values, 'documentation')];
      const url = text(block(documentation, 'links'), 'url');
      const checks: readonly (readonly [boolean, string])[] = [
        [SECTIONS.includes(alert), `RUNBOOK.md has no section ${alert}`],
        [text(documentation, 'content').includes(`RUNBOOK.md#${alert}`), `does not name RUNBOOK.md#${alert}`],
        [/^https:\/\/[^#]+RUNBOOK\.md#[a-z-]+$/.test(url) && url.endsWith(`#${alert}`), `links to ${url || 'nothing'}`],
      ];
      return checks.flatMap(([holds, why]) => (holds ? [] : [`${policy.address}: ${why}`]));
    }),
    ...SECTIONS.filter((section) => !named.includes(section)).map((section) => `RUNBOOK.md#${section}: no such alert`),
  ];
};

interface Filter {
  readonly address: string;
  readonly name: string;
  /** Names of functions without the deployment's, or `vm`; none: audit logs of Google. */
  readonly services: readonly string[];
  /** What must stand in the line: the event first, where the line has fields; any one of them, where it is the VM's. */
  readonly words: readonly string[];
  readonly narrowed: boolean;
}

const quoted = (filter: string, pattern: RegExp): readonly string[] =>
  [...filter.matchAll(pattern)].flatMap(([, said = '']) =>
    [...said.matchAll(/"([^"]+)"/g)].map(([, word = '']) => word),
  );

const filterOf = ({ address, values }: Resource, deployment: string): Filter => {
  const filter = text(values, 'filter');
  const isVm = filter.includes('confidential-space-launcher');
  const services = quoted(filter, /service_name=(\([^)]*\)|"[^"]*")/g).map((name) =>
    name.replace(`${deployment}-`, ''),
  );
  const fields = quoted(filter, /jsonPayload\.\w+=("[^"]*")/g);
  return {
    address,
    name: text(values, 'name'),
    services: isVm ? ['vm'] : services,
    words: isVm ? quoted(filter, /AND (\([^)]*\))$/g) : fields,
    narrowed: !isVm && fields.length > 1,
  };
};

const filtersOf = ({ plan, config: { law } }: Parameters<Policy>[0]): readonly Filter[] =>
  ofType(plan, 'google_logging_metric').map((each) => filterOf(each, law.name));

/** A filter that asks for an event which nobody writes any more counts nothing, and its alert sleeps for ever. */
export const metricsCountWhatIsWritten: Policy = (subject) =>
  filtersOf(subject)
    .filter(({ services }) => services.length > 0)
    .flatMap(({ address, services, words }) => [
      ...(words.length === 0 ? [`${address}: asks for no event`] : []),
      ...words.filter((word) => !isWritten(word)).map((word) => `${address}: no line has ${word}`),
      ...services
        .filter(
          (service) =>
            service !== 'vm' && !LOG_EVENTS.some(({ event, file }) => event === words[0] && runs(file, service)),
        )
        .map((service) => `${address}: ${service} never writes ${words[0]}`),
    ]);

const heardBy = ({ event, file }: LogEvent, { services, words, narrowed }: Filter): boolean =>
  !narrowed && services.some((service) => runs(file, service)) && words.includes(event);

/** What the code calls an alarm wakes somebody. */
export const alarmsAreHeard: Policy = (subject) => {
  const used = JSON.stringify(policies(subject.plan).map(({ values }) => values));
  const heard = filtersOf(subject).filter(({ name }) => used.includes(`logging.googleapis.com/user/${name}\\"`));
  return LOG_EVENTS.filter(({ level }) => level === 'alarm')
    .filter((line) => !heard.some((filter) => heardBy(line, filter)))
    .map(({ event, file }) => `${file}: ${event} is an alarm that no alert hears`);
};

/** Alerts count metrics that are there. */
export const alertsAskForMetrics: Policy = ({ plan }) => {
  const made = ofType(plan, 'google_logging_metric').map(({ values }) => text(values, 'name'));
  return policies(plan).flatMap(({ address, values }) =>
    thresholdsOf(values).flatMap((each) => {
      const name = /metric\.type="logging\.googleapis\.com\/user\/([^"]+)"/.exec(text(each, 'filter'))?.[1];
      return name === undefined || made.includes(name) ? [] : [`${address}: there is no metric ${name}`];
    }),
  );
};
