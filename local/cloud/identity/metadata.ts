import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { type Call, closeServer, listen, type Reply, type Route, restServer } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { IdTokens } from './id-tokens.ts';

const FLAVOR = { 'Metadata-Flavor': 'Google', Server: 'Metadata Server for VM' };
const LIFETIME_S = 3600;

export interface MetadataOptions {
  readonly world: World;
  readonly idTokens: IdTokens;
  /** The service account that everyone who reaches this port is. */
  readonly email: string;
  readonly scopes?: readonly string[];
  readonly port?: number;
}

const text = (body: string): Reply => ({ headers: { ...FLAVOR, 'content-type': 'application/text' }, body });
const json = (body: object): Reply => ({ headers: FLAVOR, body });

/** The paths below /computeMetadata/v1/, each with the query parameters it honours. */
const documents = ({
  world,
  idTokens,
  email,
  scopes = ['https://www.googleapis.com/auth/cloud-platform'],
}: MetadataOptions) => {
  const account = `instance/service-accounts/(?:default|${email.replaceAll('.', '\\.')})`;
  const caller = callerNamed(`serviceAccount:${email}`);
  const table: readonly [path: string, query: readonly string[], reply: (query: URLSearchParams) => Reply][] = [
    ['', [], () => text('instance/\nproject/\nuniverse/\n')],
    ['instance', [], () => text('service-accounts/\n')],
    ['project/project-id', [], () => text(world.project.id)],
    ['project/numeric-project-id', [], () => text(world.project.number)],
    ['universe/universe[-_]domain', [], () => text('googleapis.com')],
    [`${account}/email`, [], () => text(email)],
    [`${account}/scopes`, [], () => text(`${scopes.join('\n')}\n`)],
    [account, ['recursive'], () => json({ aliases: ['default'], email, scopes })],
    [
      `${account}/token`,
      ['scopes'],
      () =>
        json({
          access_token: world.iam.issueToken(caller, LIFETIME_S * 1000),
          expires_in: LIFETIME_S,
          token_type: 'Bearer',
        }),
    ],
    [
      `${account}/identity`,
      ['audience', 'format', 'licenses'],
      (query) => {
        const audience = query.get('audience') ?? '';
        if (audience === '') throw new CloudError('INVALID_ARGUMENT', 'non-empty audience parameter required');
        return text(idTokens.mint(email, audience));
      },
    ],
  ];
  return table;
};

/**
 * The metadata server of one VM or function (https://cloud.google.com/compute/docs/metadata/overview). Any process that reaches the port is
 * the service account. So it listens on loopback, and each process gets its own, by GCE_METADATA_HOST.
 */
export const startMetadataServer = async (
  options: MetadataOptions,
): Promise<{ readonly host: string; close(): Promise<void> }> => {
  const requireFlavor = (call: Call): void => {
    if (call.headers['metadata-flavor'] !== 'Google')
      throw new CloudError('PERMISSION_DENIED', 'Missing Metadata-Flavor:Google header.');
    // A browser or proxy that was talked into calling on someone's behalf adds this one.
    if (call.headers['x-forwarded-for'] !== undefined)
      throw new CloudError('PERMISSION_DENIED', 'X-Forwarded-For is not allowed.');
  };
  const routes = documents(options).map(
    ([path, query, reply]): Route => ({
      method: 'GET',
      path: new RegExp(`^/computeMetadata/v1/${path}/?$`),
      query,
      open: true,
      handle: (call) => {
        requireFlavor(call);
        return reply(call.query);
      },
    }),
  );
  const server = restServer(options.world, 'metadata', routes);
  const port = await listen(server, options.port);
  return { host: `127.0.0.1:${port}`, close: () => closeServer(server) };
};
