import type { Server } from 'node:http';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { type Call, type Reply, type Route, restServer } from '#local/cloud/runtime/http.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { type Instances, nameIn } from './instances.ts';
import type { ListOptions } from './list.ts';

const ZONE = '/compute/v1/projects/(?<project>[^/]+)/zones/(?<zone>[^/]+)';
const PAGING = ['maxResults', 'pageToken'];

const param = (call: Call, name: string): string => call.params[name] ?? '';

const listOptions = ({ query }: Call): ListOptions => {
  const given = (name: string) => {
    const value = query.get(name);
    return value === null ? {} : { [name]: value };
  };
  return { ...given('filter'), ...given('maxResults'), ...given('pageToken') };
};

/** A wait has the body `""`, which is JSON too. */
const bodyOf = (call: Call): unknown => (call.body.length === 0 ? undefined : call.json());

/** The REST face of Compute (compute v1) for InstancesClient and ZoneOperationsClient. */
export const computeServer = (world: World, instances: Instances): Server => {
  const route = (
    method: Route['method'],
    path: string,
    name: string,
    query: readonly string[],
    run: (call: Call, zone: string) => unknown | Promise<unknown>,
  ): Route => ({
    method,
    path: new RegExp(`^${ZONE}/${path}$`),
    query,
    handle: async (call): Promise<Reply> => {
      const project = param(call, 'project');
      if (project !== world.project.id)
        throw new CloudError(
          'PERMISSION_DENIED',
          `${call.caller.name} has no access to projects/${project} (or it may not exist).`,
        );
      const zone = param(call, 'zone');
      const delay = world.faults.delayFor(
        `compute.${name}`,
        `zones/${zone}/instances/${param(call, 'instance') || nameIn(bodyOf(call))}`,
      );
      if (delay > 0) await new Promise<void>((resolve) => world.clock.after(delay, resolve));
      return { body: await run(call, zone) };
    },
  });
  const requestId = (call: Call): string | undefined => call.query.get('requestId') ?? undefined;
  const page = (kind: string, { items, nextPageToken }: ReturnType<Instances['list']>) => ({
    kind,
    items,
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  });
  return restServer(
    world,
    'compute',
    [
      route('POST', 'instances', 'instances.insert', ['requestId'], (call, zone) =>
        instances.insert(call.caller, zone, call.json(), requestId(call)),
      ),
      route('GET', 'instances', 'instances.list', ['filter', ...PAGING], (call, zone) =>
        page('compute#instanceList', instances.list(call.caller, zone, listOptions(call))),
      ),
      route('GET', 'instances/(?<instance>[^/]+)', 'instances.get', [], (call, zone) =>
        instances.get(call.caller, zone, param(call, 'instance')),
      ),
      route('DELETE', 'instances/(?<instance>[^/]+)', 'instances.delete', ['requestId'], (call, zone) =>
        instances.delete(call.caller, zone, param(call, 'instance'), requestId(call)),
      ),
      route('GET', 'operations', 'zoneOperations.list', PAGING, (call, zone) =>
        page('compute#operationList', instances.listOperations(call.caller, zone, listOptions(call))),
      ),
      route('GET', 'operations/(?<operation>[^/]+)', 'zoneOperations.get', [], (call, zone) =>
        instances.getOperation(call.caller, zone, param(call, 'operation')),
      ),
      route(
        'POST',
        'operations/(?<operation>[^/]+)/wait',
        'zoneOperations.wait',
        [],
        (call, zone) =>
          new Promise((resolve) => instances.waitOperation(call.caller, zone, param(call, 'operation'), resolve)),
      ),
    ],
    { statusInBody: false },
  );
};
