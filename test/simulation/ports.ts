import { instanceResource, requestIdOf } from '#adapters/compute/instance-resource.ts';
import type { Decrypted, ReleaseKeys } from '#core/key-ports.ts';
import type {
  Attestation,
  Clock,
  Log,
  LogFields,
  MachineSpec,
  MachineState,
  Machines,
  Publisher,
} from '#core/ports.ts';
import type { InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { type Config, coSignerNamed } from '#schemas/config.ts';
import { through } from '#test/support/cloud-errors.ts';
import type { Actor } from './scheduler.ts';
import type { Services } from './services.ts';

const machineStateOf = (status: string): MachineState =>
  ['PROVISIONING', 'STAGING', 'RUNNING'].includes(status) ? 'alive' : 'stopped';

export const publisherFor = ({ world, topics, scheduler }: Services, caller: Caller, actor: Actor): Publisher => ({
  publish: async (topic, message) => {
    const type = message.attributes['ce-type'] ?? '';
    await scheduler.call(actor, `publish ${topic.replace(/^lab-/, '')} ${type}`, () =>
      through(() => topics.publish(caller, `projects/${world.project.id}/topics/${topic}`, [message])),
    );
  },
});

export const releaseKeysFor = (
  { keys, config, scheduler }: Services,
  callerOf: (coSigner: string) => Caller,
  actor: Actor,
): ReleaseKeys => ({
  decrypt: async (coSigner, ciphertext, aad): Promise<Decrypted> => {
    const key = coSignerNamed(config.law, coSigner)?.releaseKey;
    if (key === undefined) throw new KeyturnError('CONFIG', `no release key for co-signer ${coSigner}`);
    for (const text of [aad, `${aad}\n`]) {
      try {
        const request = { name: key, ciphertext, additionalAuthenticatedData: Buffer.from(text) };
        const { plaintext } = await scheduler.call(actor, `decrypt with ${coSigner}'s key`, () =>
          through(() => keys.decrypt(callerOf(coSigner), request)),
        );
        return { kind: 'plaintext', bytes: new Uint8Array(plaintext) };
      } catch (error) {
        if (!isKeyturnError(error)) throw error;
        if (error.code !== 'INVALID_ARGUMENT') return { kind: 'unreachable', reason: error.code };
      }
    }
    return { kind: 'bad' };
  },
});

/** The body of instances.insert as the client writes it: an int64 of proto3 JSON is a string. */
export const insertBody = (config: Config, spec: MachineSpec): unknown =>
  JSON.parse(
    JSON.stringify(instanceResource(spec, config.law, config.operations), (key, value: unknown) =>
      key === 'seconds' || key === 'diskSizeGb' ? String(value) : value,
    ),
  );

export const machinesFor = (services: Services, caller: Caller, actor: Actor): Machines => {
  const { instances, scheduler, config, world } = services;
  const on = <T>(label: string, run: () => T) => scheduler.call(actor, label, () => through(run));
  const text = (shown: Readonly<Record<string, unknown>>, field: string): string => String(shown[field] ?? '');
  const finish = (zone: string, name: string): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve) => {
      instances.waitOperation(caller, zone, name, (done) => {
        if (actor.alive) resolve(done);
      });
    });
  return {
    start: async (spec) => {
      const body = insertBody(config, spec);
      const begun = await on(`insert ${spec.zone}/${spec.name}`, () => {
        try {
          return instances.insert(caller, spec.zone, body, requestIdOf(world.project.id, spec.zone, spec.name));
        } catch (error) {
          if (error instanceof CloudError && error.status === 'ALREADY_EXISTS') return undefined;
          throw error;
        }
      });
      if (begun === undefined) return 'exists';
      const done = await finish(spec.zone, text(begun, 'name'));
      const failure = JSON.stringify(done.error ?? '');
      if (/EXHAUSTED|QUOTA/.test(failure)) return 'exhausted';
      if (failure !== '""') throw new KeyturnError('UNAVAILABLE', 'compute: insert failed');
      return 'started';
    },
    state: (zone, name) =>
      on(`state of ${zone}/${name}`, () => {
        try {
          return machineStateOf(text(instances.get(caller, zone, name), 'status'));
        } catch (error) {
          if (error instanceof CloudError && error.status === 'NOT_FOUND') return 'absent';
          throw error;
        }
      }),
    list: (zone) =>
      on(`list machines of ${zone}`, () =>
        instances.list(caller, zone).items.map((shown) => ({
          zone,
          name: text(shown, 'name'),
          state: machineStateOf(text(shown, 'status')),
          createdAt: Date.parse(text(shown, 'creationTimestamp')),
        })),
      ),
    delete: async (zone, name) => {
      await on(`delete machine ${zone}/${name}`, () => {
        try {
          instances.delete(caller, zone, name);
        } catch (error) {
          if (!(error instanceof CloudError) || error.status !== 'NOT_FOUND') throw error;
        }
      });
    },
  };
};

export const attestationFor = (
  { verifier, scheduler }: Services,
  claims: InstanceClaims,
  actor: Actor,
): Attestation => ({
  token: ({ audience, nonce, type }) =>
    scheduler.call(actor, `token for ${audience}`, () =>
      through(() => verifier.customToken(claims, { audience, tokenType: type, nonces: [nonce] })),
    ),
});

export const clockFor = ({ scheduler }: Services, actor: Actor): Clock => ({
  now: () => scheduler.clock.now() + actor.skew,
  sleep: (ms, signal) => scheduler.sleep(actor, ms, signal),
});

export const logFor = ({ observer, scheduler }: Services, actor: Actor): Log => {
  const line =
    (level: string) =>
    (event: string, fields: LogFields = {}) => {
      const told = JSON.stringify(fields);
      observer.leaves(`log of ${actor.name}`, `${event} ${told}`);
      if (fields.reason === 'unexpected' || fields.code === 'BUG') observer.unexpected(actor.name, told);
      if (level === 'alarm') observer.alarm(event, String(fields.code ?? ''));
      scheduler.note(`    ${actor.name} ${level === 'info' ? '' : `${level} `}${event} ${told}`);
    };
  return { info: line('info'), warn: line('warn'), alarm: line('alarm') };
};
