import { randomUUID } from 'node:crypto';
import { type Environment, telemetrySettings } from '#adapters/telemetry/settings.ts';
import type { Telemetry } from '#adapters/telemetry/telemetry.ts';
import { errorFields } from '#core/error-fields.ts';
import type { Log } from '#core/ports.ts';
import type { Law } from '#schemas/config.ts';

/** Which function of which deployment this process is (https://opentelemetry.io/docs/specs/semconv/resource/faas/). */
const attributesOf = (step: string, law: Law, environment: Environment): Readonly<Record<string, string>> => {
  const { K_SERVICE: service, K_REVISION: revision } = environment;
  const instance = randomUUID();
  return {
    'service.name': `keyturn-${step}`,
    'service.namespace': law.name,
    'service.instance.id': instance,
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_cloud_run',
    'cloud.account.id': law.operator.projectId,
    'faas.instance': instance,
    ...(service === undefined ? {} : { 'faas.name': service }),
    ...(revision === undefined ? {} : { 'faas.version': revision }),
  };
};

/**
 * Telemetry of this process. Undefined where no endpoint is set, and then the SDK is not even loaded. A wrong setting turns it off with one line
 * that names it: money does not wait for a trace.
 */
export const openTelemetry = async (
  step: string,
  law: Law,
  log: Log,
  environment: Environment = process.env,
): Promise<Telemetry | undefined> => {
  try {
    const settings = telemetrySettings(environment);
    if (settings === undefined) return undefined;
    const { openSdk } = await import('#adapters/telemetry/sdk.ts');
    return openSdk(settings, attributesOf(step, law, environment), (fields) => log.warn('telemetry.unsent', fields));
  } catch (error) {
    log.warn('telemetry.off', errorFields(error));
    return undefined;
  }
};
