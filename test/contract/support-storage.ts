import { Storage, type StorageOptions } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import { expect } from 'vitest';
import { z } from 'zod';
import { asCloudError } from '#local/cloud/runtime/cloud-error.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { type Caller, callerNamed } from '#local/cloud/runtime/iam.ts';
import type { Journal } from '#local/cloud/runtime/journal.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { ObjectStore, type ObjectStoreOptions, type Publish } from '#local/cloud/storage/objects.ts';
import { storageServer } from '#local/cloud/storage/rest.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

export const START_MS = Date.parse('2026-01-01T00:00:00Z');
export const DAY_MS = 86_400_000;

export interface Published {
  readonly topic: string;
  readonly data: Buffer;
  readonly attributes: Record<string, string>;
}

/** A store on a virtual clock, with `admin` who may do all and everyone else who may do nothing. */
export const storageLab = (
  over: { journal?: Journal; options?: ObjectStoreOptions; publish?: Publish; now?: number } = {},
) => {
  const clock = new VirtualClock(over.now ?? START_MS);
  const notes: string[] = [];
  const world = createWorld({
    clock,
    note: (line) => notes.push(line),
    ...(over.journal === undefined ? {} : { journal: over.journal }),
  });
  const admin = callerNamed('user:operator@example.com');
  world.iam.bind({
    id: 'admin',
    resource: `projects/${world.project.id}`,
    role: 'roles/storage.admin',
    members: [admin.name],
  });
  const published: Published[] = [];
  const publish: Publish = over.publish ?? ((topic, data, attributes) => published.push({ topic, data, attributes }));
  const store = new ObjectStore(world, publish, over.options);
  /** A caller with one role on one bucket, and perhaps under a condition. */
  const caller = (name: string, role: string, bucket: string, condition?: string): Caller => {
    const member = `user:${name}@example.com`;
    world.iam.bind({
      id: `${name}-${role}-${bucket}`,
      resource: `buckets/${bucket}`,
      role,
      members: [member],
      ...(condition === undefined ? {} : { condition }),
    });
    return callerNamed(member);
  };
  return { world, clock, store, admin, published, notes, caller };
};

/** Asserts HTTP code, reason and a part of the message of what `run` throws. */
export const expectRefusal = (run: () => unknown, http: number, reason: string, message: string | RegExp): void => {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, 'expected a refusal').toBeDefined();
  const error = asCloudError(thrown);
  expect({ http: error.http, reason: error.reason }).toEqual({ http, reason });
  expect(error.message).toMatch(message);
};

/** The official client as a person with this bearer would use it, without the retries that would hide an answer. */
export const storageClient = (port: number, token: string, over: StorageOptions = {}): Storage => {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token });
  return new Storage({
    projectId: 'keyturn-local',
    apiEndpoint: `http://127.0.0.1:${port}`,
    useAuthWithCustomEndpoint: true,
    authClient,
    retryOptions: { autoRetry: false },
    ...over,
  });
};

/** A lab whose store answers on a loopback port. */
export const servedLab = async (over: Parameters<typeof storageLab>[0] = {}) => {
  const lab = storageLab(over);
  const server = storageServer(lab.world, lab.store);
  const port = await listen(server);
  const tokenFor = (caller: Caller) => lab.world.iam.issueToken(caller);
  return {
    ...lab,
    port,
    tokenFor,
    clientFor: (caller: Caller, options: StorageOptions = {}) => storageClient(port, tokenFor(caller), options),
    close: () => closeServer(server),
  };
};
export type ServedLab = Awaited<ReturnType<typeof servedLab>>;

/** Code and reason of what the client throws: its errors differ in shape by call. */
export const refusalOf = async (call: Promise<unknown>): Promise<{ code: number; reason: string | undefined }> => {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown, 'expected a refusal').toBeDefined();
  const shape = z.looseObject({
    // The HTTP status is in `code`, in `status` (gaxios), or both; a resumable upload rejects with Google's plain JSON error.
    code: z.coerce.number().optional().catch(undefined),
    status: z.number().optional().catch(undefined),
    errors: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
    response: z
      .looseObject({
        data: z.looseObject({ error: z.looseObject({ errors: z.array(z.looseObject({ reason: z.string() })) }) }),
      })
      .optional()
      .catch(undefined),
  });
  const error = shape.parse(thrown);
  const reason = error.errors?.[0]?.reason ?? error.response?.data.error.errors[0]?.reason;
  return { code: error.status ?? error.code ?? 0, reason };
};
