import { v1 } from '@google-cloud/pubsub';
import type { AuthClient } from 'google-auth-library';
import type { CallOptions } from 'google-gax';
import { z } from 'zod';
import { type Caller, callerOn, REPEATABLE } from '#adapters/calls/deadline.ts';
import { callOptions } from '#adapters/calls/gax.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import { clientOptions, type PubsubEndpoint } from '#adapters/pubsub/options.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { DeployedFunction, Inspector } from './inspector.ts';

const schemaSettings = z.object({ schemaSettings: z.object({ schema: z.string() }).nullish() });
const schemaAnswer = z.object({ definition: z.string() });
const services = z.object({ services: z.array(z.object({ name: z.string(), state: z.string() })).default([]) });
const policy = z.object({
  bindings: z
    .array(
      z.object({
        role: z.string(),
        members: z.array(z.string()).default([]),
        condition: z.object({ expression: z.string() }).optional(),
      }),
    )
    .default([]),
});
const provider = z.object({
  attributeCondition: z.string().default(''),
  attributeMapping: z.record(z.string(), z.string()).default({}),
  disabled: z.boolean().default(false),
  state: z.string().default('ACTIVE'),
  oidc: z.object({ issuerUri: z.string(), allowedAudiences: z.array(z.string()).default([]) }).optional(),
});
const role = z.object({ includedPermissions: z.array(z.string()).default([]), deleted: z.boolean().default(false) });
const subscription = z.object({
  topic: z.string(),
  pushConfig: z
    .object({
      pushEndpoint: z.string().default(''),
      oidcToken: z.object({ serviceAccountEmail: z.string(), audience: z.string().default('') }).optional(),
    })
    .optional(),
  deadLetterPolicy: z.object({ deadLetterTopic: z.string() }).optional(),
  // Never set: 31 days. Set without a ttl: never.
  expirationPolicy: z.object({ ttl: z.string().optional() }).optional(),
  detached: z.boolean().default(false),
});
const functionsAnswer = z.object({
  functions: z
    .array(
      z.object({
        name: z.string(),
        state: z.string().default(''),
        serviceConfig: z
          .object({ service: z.string().default(''), serviceAccountEmail: z.string().default('') })
          .default({ service: '', serviceAccountEmail: '' }),
      }),
    )
    .default([]),
  nextPageToken: z.string().default(''),
});
const secretVersion = z.object({ state: z.string().default('') });
const keysAnswer = z.object({ keys: z.array(z.unknown()).default([]) });
const tagAnswer = z.object({ version: z.string() });

/** For what may not be there yet. */
const absent = (error: unknown): undefined => {
  if (!isKeyturnError(error, 'NOT_FOUND')) throw error;
};

const VERSION = 'options.requestedPolicyVersion=3';
const ASKED = { options: { requestedPolicyVersion: 3 } };

/** How each service is asked for a policy: https://cloud.google.com/iam/docs/resource-types-with-policies and each one's reference. Throws INVALID_ARGUMENT. */
export const policyCall = (
  resource: string,
): { readonly service: string; readonly path: string; readonly body: object | undefined } => {
  const [, host = '', name = ''] = /^\/\/([a-z]+)\.googleapis\.com\/(.+)$/.exec(resource) ?? [];
  switch (host) {
    case 'pubsub':
    case 'cloudkms':
      return { service: host, path: `v1/${name}:getIamPolicy?${VERSION}`, body: undefined };
    case 'run':
      return { service: host, path: `v2/${name}:getIamPolicy?${VERSION}`, body: undefined };
    case 'iam':
      return { service: host, path: `v1/${name}:getIamPolicy?${VERSION}`, body: {} };
    case 'cloudresourcemanager':
      return { service: host, path: `v1/${name}:getIamPolicy`, body: ASKED };
    case 'storage': {
      const bucket = encodeURIComponent(name.split('/').at(-1) ?? '');
      return { service: host, path: `storage/v1/b/${bucket}/iam?optionsRequestedPolicyVersion=3`, body: undefined };
    }
    default:
      throw new KeyturnError('INVALID_ARGUMENT', `no policy is read of ${resource}`);
  }
};

/** LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE… */
export const registryPath = (repository: string): { readonly parent: string; readonly image: string } | undefined => {
  const [, location, project, name, image] =
    /^([a-z0-9-]+)-docker\.pkg\.dev\/([a-z0-9:.-]+)\/([a-z0-9-]+)\/(.+)$/.exec(repository) ?? [];
  if (location === undefined || image === undefined) return undefined;
  return { parent: `projects/${project}/locations/${location}/repositories/${name}`, image: encodeURIComponent(image) };
};

export const inspectorPort = (
  options: {
    readonly projectId: string;
    readonly authClient: AuthClient;
    readonly endpoint?: PubsubEndpoint | undefined;
  },
  call: Caller = callerOn(),
): Inspector & { close(): Promise<void> } => {
  const publisher = new v1.PublisherClient(clientOptions(options));
  const schemas = new v1.SchemaServiceClient(clientOptions(options));
  const grpc = async <T>(what: string, resource: string, run: (options: CallOptions) => Promise<T>): Promise<T> => {
    await ensureToken(options.authClient, `for ${resource}`, call);
    return call({ service: 'pubsub', call: what, resource }, REPEATABLE, (signal, ms) => run(callOptions(signal, ms)));
  };
  const ask = <T>(service: string, path: string, schema: z.ZodType<T>, body?: object): Promise<T> =>
    call(
      { service, call: body === undefined ? 'get' : 'post', resource: path.replace(/\?.*$/, '') },
      REPEATABLE,
      async (signal) => {
        const url = `https://${service}.googleapis.com/${path}`;
        const method = body === undefined ? 'GET' : 'POST';
        const data = body === undefined ? {} : { data: body };
        const answer = await options.authClient.request({
          url,
          method,
          signal,
          retry: false,
          responseType: 'json',
          ...data,
        });
        return schema.parse(answer.data);
      },
    );
  return {
    schemaOf: async (short) => {
      const topic = `projects/${options.projectId}/topics/${short}`;
      const found = await grpc('getTopic', topic, async (o) => (await publisher.getTopic({ topic }, o))[0]);
      const name = schemaSettings.parse(found).schemaSettings?.schema;
      if (name === undefined || name === '') return undefined;
      const schema = await grpc(
        'getSchema',
        name,
        async (o) => (await schemas.getSchema({ name, view: 'FULL' }, o))[0],
      );
      return schemaAnswer.parse(schema).definition;
    },
    enabledApis: async (project, apis) => {
      const names = apis.map((api) => `names=${encodeURIComponent(`projects/${project}/services/${api}`)}`).join('&');
      const found = await ask('serviceusage', `v1/projects/${project}/services:batchGet?${names}`, services);
      return new Set(
        found.services.filter(({ state }) => state === 'ENABLED').map(({ name }) => name.split('/').at(-1) ?? ''),
      );
    },
    policy: async (resource) => {
      const { service, path, body } = policyCall(resource);
      const { bindings } = await ask(service, path, policy, body);
      return bindings.map(({ role, members, condition }) => ({
        role,
        members,
        condition: condition?.expression ?? '',
      }));
    },
    permissionsOf: async (name) => {
      const { includedPermissions, deleted } = await ask('iam', `v1/${name}`, role);
      // A deleted custom role stays for a week, and allows nothing.
      return new Set(deleted ? [] : includedPermissions);
    },
    identityProvider: async (name) => {
      const path = name.replace('//iam.googleapis.com/', 'v1/');
      const { attributeCondition, attributeMapping, disabled, state, oidc } = await ask('iam', path, provider);
      return {
        condition: attributeCondition,
        mapping: attributeMapping,
        issuer: oidc?.issuerUri ?? '',
        audiences: oidc?.allowedAudiences ?? [],
        disabled: disabled || state !== 'ACTIVE',
      };
    },
    subscription: async (short) => {
      const name = `projects/${options.projectId}/subscriptions/${short}`;
      const found = await ask('pubsub', `v1/${name}`, subscription);
      const { pushEndpoint: endpoint = '', oidcToken } = found.pushConfig ?? {};
      return {
        topic: found.topic,
        push:
          endpoint === ''
            ? undefined
            : { endpoint, account: oidcToken?.serviceAccountEmail ?? '', audience: oidcToken?.audience ?? '' },
        deadLetters: found.deadLetterPolicy?.deadLetterTopic,
        expires: found.expirationPolicy === undefined || (found.expirationPolicy.ttl ?? '') !== '',
        detached: found.detached,
      };
    },
    functionsIn: async (project) => {
      const found: DeployedFunction[] = [];
      let page = '';
      do {
        const path = `v2/projects/${project}/locations/-/functions?pageSize=100${page === '' ? '' : `&pageToken=${encodeURIComponent(page)}`}`;
        const answer = await ask('cloudfunctions', path, functionsAnswer);
        for (const { name, state, serviceConfig } of answer.functions)
          found.push({
            name: name.split('/').at(-1) ?? '',
            active: state === 'ACTIVE',
            account: serviceConfig.serviceAccountEmail,
            service: serviceConfig.service,
          });
        page = answer.nextPageToken;
      } while (page !== '');
      return found;
    },
    userKeys: async (email) => {
      const path = `v1/projects/-/serviceAccounts/${email}/keys?keyTypes=USER_MANAGED`;
      return (await ask('iam', path, keysAnswer)).keys.length;
    },
    hasValue: async (secret) => {
      const [, name = '', version = 'latest'] =
        /^secret:(projects\/[^/]+\/secrets\/[^/]+)(?:\/versions\/([^/]+))?$/.exec(secret) ?? [];
      const found = await ask('secretmanager', `v1/${name}/versions/${version}`, secretVersion).catch(absent);
      return found?.state === 'ENABLED';
    },
    taggedDigest: async (repository, tag) => {
      const at = registryPath(repository);
      if (at === undefined) return undefined;
      const path = `v1/${at.parent}/packages/${at.image}/tags/${encodeURIComponent(tag)}`;
      const found = await ask('artifactregistry', path, tagAnswer).catch(absent);
      return found?.version.split('/').at(-1);
    },
    close: async () => {
      await Promise.all([publisher.close(), schemas.close()]);
    },
  };
};
