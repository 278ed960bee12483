import type { AuthClient } from 'google-auth-library';
import { z } from 'zod';
import { type Caller, callerOn, type Limits, REPEATABLE } from '#adapters/calls/deadline.ts';
import { httpStatusOf, isNotFound } from '#adapters/calls/error-facts.ts';
import { callOptions, restOptions } from '#adapters/calls/gax.ts';
import { realClock } from '#adapters/clock.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import type { Clock, Machine, Machines } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { Law, Operations } from '#schemas/config.ts';
import { instance, machineStateOf, type Operation, operation, saysExhausted, startedOf } from './answers.ts';
import { instanceResource, requestIdOf } from './instance-resource.ts';

/** operations.wait holds the call open for up to two minutes. */
const WAIT: Limits = { attemptMs: 130_000, attempts: 3 };
const START_LIMIT_MS = 300_000;

/**
 * Confidential Space VMs (https://cloud.google.com/compute/docs/reference/rest/v1/instances). The client is loaded at first use: unpruned,
 * it is by far the heaviest (docs/decisions/0012-narrow-bundles.md). Throws PERMISSION_DENIED, INVALID_ARGUMENT, UNAVAILABLE, DEADLINE (a start
 * whose end was not seen: ask for the state).
 */
export const machinesPort = (
  options: {
    readonly law: Law;
    readonly operations: Operations;
    readonly authClient: AuthClient;
    readonly endpoint?: string | undefined;
  },
  call: Caller = callerOn(),
  clock: Clock = realClock,
): Machines & { close(): Promise<void> } => {
  const { law, operations, authClient } = options;
  const project = law.operator.projectId;
  const load = async () => {
    // By file: the package's index loads a hundred clients and takes seconds.
    const [{ InstancesClient }, { ZoneOperationsClient }] = await Promise.all([
      import('@google-cloud/compute/build/src/v1/instances_client.js'),
      import('@google-cloud/compute/build/src/v1/zone_operations_client.js'),
    ]);
    const made = restOptions(project, authClient, options.endpoint);
    return { instances: new InstancesClient(made), operations: new ZoneOperationsClient(made) };
  };
  let loaded: ReturnType<typeof load> | undefined;
  const clients = () => {
    loaded ??= load();
    return loaded;
  };
  const on = async <T>(what: string, resource: string, run: Parameters<typeof call<T>>[2], limits = REPEATABLE) => {
    await ensureToken(authClient, `for ${resource}`, call);
    return call({ service: 'compute', call: what, resource }, limits, run);
  };

  const finish = async (zone: string, begun: Operation): Promise<Operation> => {
    const until = clock.now() + START_LIMIT_MS;
    const api = (await clients()).operations;
    for (let seen = begun; ; ) {
      if (seen.status === 'DONE') return seen;
      if (clock.now() >= until)
        throw new KeyturnError('DEADLINE', `compute: operation ${begun.name} in ${zone} is still ${seen.status}`);
      const request = { project, zone, operation: begun.name };
      const wait = async (signal: AbortSignal, ms: number) =>
        operation.parse((await api.wait(request, callOptions(signal, ms)))[0]);
      seen = await on('wait', `${zone}/${begun.name}`, wait, WAIT);
      if (seen.status !== 'DONE') await clock.sleep(1_000);
    }
  };

  return {
    start: async (spec) => {
      const { instances } = await clients();
      const request = {
        project,
        zone: spec.zone,
        requestId: requestIdOf(project, spec.zone, spec.name),
        instanceResource: instanceResource(spec, law, operations),
      };
      const begun = await on('insert', `${spec.zone}/${spec.name}`, async (signal, ms) => {
        try {
          const [answer] = await instances.insert(request, callOptions(signal, ms));
          return operation.parse(answer.latestResponse);
        } catch (error) {
          if (httpStatusOf(error) === 409) return 'exists' as const;
          if (saysExhausted(error)) return 'exhausted' as const;
          throw error;
        }
      });
      if (typeof begun === 'string') return begun;
      return startedOf(await finish(spec.zone, begun), `${spec.zone}/${spec.name}`);
    },
    state: async (zone, name) => {
      const { instances } = await clients();
      const get = async (signal: AbortSignal, ms: number) =>
        instance.parse((await instances.get({ project, zone, instance: name }, callOptions(signal, ms)))[0]);
      try {
        return machineStateOf((await on('get', `${zone}/${name}`, get)).status);
      } catch (error) {
        if (isKeyturnError(error, 'NOT_FOUND')) return 'absent';
        throw error;
      }
    },
    list: async (zone) => {
      const { instances } = await clients();
      const request = { project, zone, filter: `labels.keyturn="${law.name}"` };
      return on('list', zone, async (signal, ms): Promise<readonly Machine[]> => {
        const [found] = await instances.list(request, callOptions(signal, ms));
        return z
          .array(instance)
          .parse(found)
          .map(({ name, status, creationTimestamp: createdAt }) => ({
            zone,
            name,
            state: machineStateOf(status),
            createdAt,
          }));
      });
    },
    delete: async (zone, name) => {
      const { instances } = await clients();
      await on('delete', `${zone}/${name}`, async (signal, ms) => {
        await instances.delete({ project, zone, instance: name }, callOptions(signal, ms)).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      });
    },
    close: async () => {
      if (loaded === undefined) return;
      const made = await loaded;
      await Promise.all([made.instances.close(), made.operations.close()]);
    },
  };
};
