import { readFileSync } from 'node:fs';
import { parseConfigText } from '#schemas/config-text.ts';
import { block, ofType, text } from '../plan.ts';
import type { Policy } from './finding.ts';

/** The names that a config module reads: the only ones that may read the environment at all. */
const readBy = (module: string): readonly string[] =>
  [
    ...new Set(
      [
        ...readFileSync(new URL(`../../../${module}`, import.meta.url), 'utf8').matchAll(
          /environment\.([A-Z][A-Z0-9_]*)/g,
        ),
      ].map(([, name = '']) => name),
    ),
  ].sort();

/**
 * What Node itself reads, before any code of ours. It could load a file or open a debugger as well, so it is this text or a mistake. Without
 * a bound V8 goes by the memory of the machine. Its heap then grows to many times what is in use before it collects.
 */
const NODE_OPTIONS = '--max-old-space-size=256 --max-semi-space-size=4';
const FUNCTION_ENVIRONMENT = [...readBy('functions/runtime/config.ts'), 'NODE_OPTIONS'].sort();
export const WORKLOAD_ENVIRONMENT = readBy('workload/config.ts');

const entries = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** Every function gets what functions/runtime/config.ts reads, which is the keyturn.json of the deployment, and what bounds its heap. Nothing else. */
export const functionsGetTheirEnvironment: Policy = ({ plan, config }) =>
  ofType(plan, 'google_cloudfunctions2_function').flatMap(({ address, values }) => {
    const service = block(values, 'service_config');
    const given = entries(service?.environment_variables);
    const names = Object.keys(given).sort();
    const secrets = service?.secret_environment_variables;
    const value = typeof given.KEYTURN_CONFIG === 'string' ? given.KEYTURN_CONFIG : '';
    const checks: readonly (readonly [boolean, string])[] = [
      [
        names.join() === FUNCTION_ENVIRONMENT.join(),
        `sets ${names.join(', ') || 'nothing'}, the code and Node read ${FUNCTION_ENVIRONMENT.join(', ')}`,
      ],
      [given.NODE_OPTIONS === NODE_OPTIONS, `NODE_OPTIONS must be ${NODE_OPTIONS}`],
      [!Array.isArray(secrets) || secrets.length === 0, 'takes secrets from its environment: nothing reads them there'],
      [Buffer.byteLength(value) <= 32_768, 'KEYTURN_CONFIG is longer than 32 KiB'],
      [lawHashOf(value) === config.lawHash, 'KEYTURN_CONFIG is not the law of keyturn.json'],
    ];
    return checks.flatMap(([holds, why]) => (holds ? [] : [`${address}: ${why}`]));
  });

const lawHashOf = (value: string): string => {
  try {
    return parseConfigText(value).lawHash;
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};

/** Functions can be reached by Pub/Sub alone, run as themselves, and have the memory that their client libraries take. */
export const functionsAreClosed: Policy = ({ plan }) => {
  const functions = ofType(plan, 'google_cloudfunctions2_function');
  const accounts = functions.map(({ values }) => text(block(values, 'service_config'), 'service_account_email'));
  return [
    ...functions.flatMap(({ address, values }, n) => {
      const service = block(values, 'service_config');
      const account = accounts[n] ?? '';
      const checks: readonly (readonly [boolean, string])[] = [
        [text(service, 'ingress_settings') === 'ALLOW_INTERNAL_ONLY', 'ingress_settings must be ALLOW_INTERNAL_ONLY'],
        [account !== '' && accounts.filter((other) => other === account).length === 1, 'needs an account of its own'],
        [Number.parseInt(text(service, 'available_memory'), 10) >= 512, 'needs 512Mi'],
        [
          !(
            Number(text(service, 'max_instance_request_concurrency') || '1') > 1 &&
            Number(text(service, 'available_cpu') || '0') < 1
          ),
          'answers several requests at once with less than one CPU',
        ],
        [
          values.event_trigger === undefined ||
            (Array.isArray(values.event_trigger) && values.event_trigger.length === 0),
          'has an Eventarc trigger: those drop events after a day',
        ],
      ];
      return checks.flatMap(([holds, why]) => (holds ? [] : [`${address}: ${why}`]));
    }),
  ];
};
