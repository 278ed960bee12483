import type { PlanMistake } from './mistakes-plan.ts';
import type { Json } from './plan.ts';
import { adding, removing, setting, type } from './plan-edits.ts';

const ALERT = (name: string) => type('google_monitoring_alert_policy', `"alert":"${name}"`);
const METRIC = (name: string) => type('google_logging_metric', `"name":"${name}"`);

const sevenTimes = (conditions: Json): Json => {
  const [one] = Array.isArray(conditions) ? conditions : [];
  return Array.from({ length: 7 }, () => one ?? null);
};

/** One mistake each in what people see of a deployment: ledger, metrics, alerts. */
export const OPERATIONS_MISTAKES: readonly PlanMistake[] = [
  {
    what: 'a connector whose dashes are too many',
    change: adding('google_vpc_access_connector', { name: 'a-b-c-d-e-f-g-h' }),
    message: /a-b-c-d-e-f-g-h has 21 characters or more/,
  },
  {
    what: 'a condition of too many parts',
    change: setting(
      type('google_storage_bucket_iam_member', '"condition":[{'),
      'condition.0.expression',
      Array.from({ length: 14 }, (_, n) => `resource.name == "${n} && ||"`).join(' || '),
    ),
    message: /the condition has 13 logical operators, 12 are allowed/,
  },
  {
    what: 'a column of the ledger that is a word of SQL',
    change: setting(type('google_bigquery_table', 'QUALIFY'), 'view.0.query', 'SELECT `eventId`, from FROM `x.y.z`'),
    message: /from stands unquoted in the view/,
  },
  {
    what: 'an alert with a seventh condition',
    change: setting(ALERT('tampered'), 'conditions', ({ conditions }) => sevenTimes(conditions ?? null)),
    message: /has 7 conditions, 1 to 6 are allowed/,
  },
  {
    what: 'an alert without a page',
    change: setting(ALERT('balance-low'), 'user_labels', { alert: 'balance-gone', keyturn: 'lab-1' }),
    message: /RUNBOOK\.md has no section balance-gone/,
  },
  {
    what: 'an alert that links elsewhere',
    change: setting(ALERT('balance-low'), 'documentation.0.links', []),
    message: /links to nothing/,
  },
  {
    what: 'a metric of an event that nobody writes',
    change: setting(METRIC('lab-1/fee-ceiling'), 'filter', ({ filter }) =>
      String(filter).replace('settle.stuck', 'settle.stucked'),
    ),
    message: /no line has settle\.stucked/,
  },
  {
    what: 'a metric that listens to another function',
    change: setting(METRIC('lab-1/no-capacity'), 'filter', ({ filter }) =>
      String(filter).replace('lab-1-launch', 'lab-1-intake'),
    ),
    message: /intake never writes launch\.no-capacity/,
  },
  {
    what: 'an alarm that nobody hears',
    change: removing(METRIC('lab-1/register-period')),
    message: /reconcile\.register-period is an alarm that no alert hears/,
  },
  {
    what: 'an alert on a metric that is gone',
    change: removing(METRIC('lab-1/vm-outlived')),
    message: /there is no metric lab-1\/vm-outlived/,
  },
];
