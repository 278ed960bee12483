import { v1 } from '@google-cloud/pubsub';
import type { AuthClient } from 'google-auth-library';
import type { CallOptions } from 'google-gax';
import { z } from 'zod';
import { type Caller, callerOn, REPEATABLE } from './deadline.ts';
import { callOptions } from './gax.ts';
import { ensureToken } from './identity.ts';
import { clientOptions, type PubsubEndpoint } from './pubsub-options.ts';

/** Who may do what on one resource (https://cloud.google.com/iam/docs/reference/rest/v1/Policy). */
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  /** CEL; '' where there is none. */
  readonly condition: string;
}

export interface IdentityProvider {
  /** CEL; '' where there is none, and then anybody's token will do. */
  readonly condition: string;
  readonly issuer: string;
  readonly disabled: boolean;
}

/** A deployment as its owner sees it: nothing here is part of the pipeline. Throws as all adapters do; NOT_FOUND where there is none. */
export interface Inspector {
  /** The Avro definition of a topic's schema; undefined where the topic has none. `topic` is a short name. */
  schemaOf(topic: string): Promise<string | undefined>;
  /** Enabled ones of these APIs, `pubsub.googleapis.com` and so on. */
  enabledApis(project: string, apis: readonly string[]): Promise<ReadonlySet<string>>;
  keyPolicy(key: string): Promise<readonly Binding[]>;
  bucketPolicy(bucket: string): Promise<readonly Binding[]>;
  /** `provider`: //iam.googleapis.com/projects/… as in the law. */
  identityProvider(provider: string): Promise<IdentityProvider>;
  /** The digest that a tag of an Artifact Registry image has; undefined where there is no such tag. */
  taggedDigest(repository: string, tag: string): Promise<string | undefined>;
}

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
  disabled: z.boolean().default(false),
  oidc: z.object({ issuerUri: z.string() }).optional(),
});
const tagAnswer = z.object({ version: z.string() });

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
  const get = <T>(service: string, path: string, schema: z.ZodType<T>): Promise<T> =>
    call({ service, call: 'get', resource: path }, REPEATABLE, async (signal) => {
      const url = `https://${service}.googleapis.com/${path}`;
      const { data } = await options.authClient.request({ url, signal, retry: false, responseType: 'json' });
      return schema.parse(data);
    });
  const bindings = async (service: string, path: string): Promise<readonly Binding[]> =>
    (await get(service, path, policy)).bindings.map(({ role, members, condition }) => ({
      role,
      members,
      condition: condition?.expression ?? '',
    }));
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
      const found = await get('serviceusage', `v1/projects/${project}/services:batchGet?${names}`, services);
      return new Set(
        found.services.filter(({ state }) => state === 'ENABLED').map(({ name }) => name.split('/').at(-1) ?? ''),
      );
    },
    keyPolicy: (key) => bindings('cloudkms', `v1/${key}:getIamPolicy?options.requestedPolicyVersion=3`),
    bucketPolicy: (bucket) =>
      bindings('storage', `storage/v1/b/${encodeURIComponent(bucket)}/iam?optionsRequestedPolicyVersion=3`),
    identityProvider: async (name) => {
      const path = name.replace('//iam.googleapis.com/', 'v1/');
      const { attributeCondition, disabled, oidc } = await get('iam', path, provider);
      return { condition: attributeCondition, disabled, issuer: oidc?.issuerUri ?? '' };
    },
    taggedDigest: async (repository, tag) => {
      const at = registryPath(repository);
      if (at === undefined) return undefined;
      const path = `v1/${at.parent}/packages/${at.image}/tags/${encodeURIComponent(tag)}`;
      const found = await get('artifactregistry', path, tagAnswer).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND') return undefined;
        throw error;
      });
      return found?.version.split('/').at(-1);
    },
    close: async () => {
      await Promise.all([publisher.close(), schemas.close()]);
    },
  };
};
