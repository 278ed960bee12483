import { type HttpFunction, http } from '@google-cloud/functions-framework';
import type { AuthClient } from 'google-auth-library';
import { realClock } from '#adapters/clock.ts';
import { openGoogleClients } from '#adapters/google.ts';
import { defaultClient } from '#adapters/identity/identity.ts';
import { logPort } from '#adapters/log.ts';
import { errorFields } from '#core/error-fields.ts';
import { openTelemetry } from '#functions/telemetry/open.ts';
import { tracedPublisher } from '#functions/telemetry/sends.ts';
import { bucketsOf } from '#schemas/names.ts';
import { answer, type Handle } from './answer.ts';
import { readConfig } from './config.ts';
import type { Context } from './context.ts';
import { drainer, listenerOf } from './drain.ts';
import { noDomains } from './no-domains.ts';

/** What a function's own wiring adds to the context. */
export type Wire<C extends Context> = (context: Context, authClient: AuthClient) => C | Promise<C>;

/** Of the telemetry that this process has. */
let flush = (): Promise<void> | undefined => undefined;

const build = async <C extends Context>(name: string, wire: Wire<C>): Promise<C> => {
  const config = readConfig();
  const { law } = config;
  const authClient = await defaultClient();
  const { storage, publisher } = openGoogleClients({ law, authClient });
  const log = logPort({ function: name });
  const telemetry = await openTelemetry(name, law, log);
  if (telemetry !== undefined) flush = () => telemetry.flush();
  const context: Context = {
    ...config,
    buckets: bucketsOf(law.name),
    storage,
    publisher: tracedPublisher(publisher, telemetry),
    clock: realClock,
    log,
    telemetry,
  };
  return wire(context, authClient);
};

const inFlight = drainer(
  process,
  (ms, run) => setTimeout(run, ms),
  () => flush(),
);

/**
 * Registers one function behind its push subscription. The context is made at the first call and kept. If making it fails, the answer is
 * 500, since nothing exists then that could bury a message.
 */
export const serve = <C extends Context>(name: string, wire: Wire<C>, handle: Handle<C>): void => {
  noDomains();
  let context: Promise<C> | undefined;
  const call: HttpFunction = async (request, response) => {
    try {
      context ??= build(name, wire);
      const ready = await context.catch((error: unknown) => {
        context = undefined;
        throw error;
      });
      response.status(await answer(name, ready, request, handle)).end();
    } catch (error) {
      logPort({ function: name }).warn(`${name}.fault`, errorFields(error));
      response.status(500).end();
    }
  };
  http(name, (request, response) =>
    inFlight(Promise.resolve(call(request, response)), response, listenerOf(request.socket)),
  );
};
