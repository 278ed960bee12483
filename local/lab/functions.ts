import { join } from 'node:path';
import type { IdTokens } from '#local/cloud/identity/id-tokens.ts';
import { startMetadataServer } from '#local/cloud/identity/metadata.ts';
import { type FrontDoor, openFrontDoor } from '#local/cloud/processes/front-door.ts';
import { FunctionHost } from '#local/cloud/processes/functions.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { accountEmail, FUNCTION_NAMES, type FunctionName } from './people.ts';

export interface RunningFunctions {
  /** Service root of each function, which is its push endpoint and OIDC audience. */
  readonly doors: ReadonlyMap<FunctionName, string>;
  readonly hosts: ReadonlyMap<FunctionName, FunctionHost>;
  close(): Promise<void>;
}

/** ms. Below the push deadlines, so that an answer always finds Pub/Sub still waiting. */
const TIMEOUT = 540_000;

/**
 * The five deployed bundles, each a process of its own under functions-framework, behind a front door that asks for OIDC tokens. Its
 * metadata server gives it its own service account and nobody else's.
 */
export const startFunctions = async (
  world: World,
  options: {
    readonly dist: string;
    readonly idTokens: IdTokens;
    readonly config: unknown;
    /** What GCE_METADATA_HOST names (host:port) in the place of the metadata server itself. */
    readonly metadataHost?: (host: string) => Promise<string>;
    /** What the functions find in their environment beside that. */
    readonly env: Readonly<Record<string, string>>;
    readonly onLine: (name: FunctionName, line: string) => void;
  },
): Promise<RunningFunctions> => {
  const closers: (() => Promise<void>)[] = [];
  const start = async (name: FunctionName): Promise<[FunctionName, FrontDoor, FunctionHost]> => {
    const metadata = await startMetadataServer({ world, idTokens: options.idTokens, email: accountEmail(world, name) });
    closers.push(() => metadata.close());
    const metadataHost = (await options.metadataHost?.(metadata.host)) ?? metadata.host;
    const env = {
      KEYTURN_CONFIG: JSON.stringify(options.config),
      GOOGLE_CLOUD_PROJECT: world.project.id,
      GCE_METADATA_HOST: metadataHost,
      METADATA_SERVER_DETECTION: 'assume-present',
      ...options.env,
    };
    const host = new FunctionHost(
      { name, folder: join(options.dist, 'functions', name), target: name, env },
      { onLine: (line) => options.onLine(name, line), onStart: world.started },
    );
    closers.push(() => host.stop());
    await host.start();
    const door = await openFrontDoor(world, {
      service: name,
      target: () => host.port,
      verifyIdToken: (token, audience) => options.idTokens.verify(token, audience),
      timeoutMs: TIMEOUT,
    });
    closers.push(() => door.close());
    return [name, door, host];
  };
  const close = async (): Promise<void> => {
    await Promise.all(closers.map((end) => end()));
  };
  const started = await Promise.allSettled(FUNCTION_NAMES.map(start));
  const failed = started.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const running = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return {
    doors: new Map(running.map(([name, door]) => [name, door.url])),
    hosts: new Map(running.map(([name, , host]) => [name, host])),
    close,
  };
};
