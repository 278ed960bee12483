import type { Decrypted, ReleaseKeys } from '#core/key-ports.ts';
import type { Attestation, Log, Machines, Publisher } from '#core/ports.ts';
import type { InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import { coSignerNamed } from '#schemas/config.ts';
import type { Services } from './services.ts';

/** The other ports over the local cloud's classes: what the adapters make of Google's clients, without clients and wires. */
export const publisherFor = ({ topics, world }: Services, caller: Caller): Publisher => ({
  publish: async (topic, message) => {
    topics.publish(caller, `projects/${world.project.id}/topics/${topic}`, [message]);
  },
});

export const releaseKeysFor = ({ keys, config }: Services, callerOf: (coSigner: string) => Caller): ReleaseKeys => ({
  decrypt: async (coSigner, ciphertext, aad): Promise<Decrypted> => {
    const name = coSignerNamed(config.law, coSigner)?.releaseKey ?? '';
    const request = { name, ciphertext, additionalAuthenticatedData: Buffer.from(aad) };
    const { plaintext } = keys.decrypt(callerOf(coSigner), request);
    return { kind: 'plaintext', bytes: new Uint8Array(plaintext) };
  },
});

export const attestationFor = ({ verifier }: Services, claims: InstanceClaims): Attestation => ({
  token: async ({ audience, nonce, type }) =>
    verifier.customToken(claims, { audience, tokenType: type, nonces: [nonce] }),
});

/** The one machine of the benchmark is this process. */
export const machines: Machines = {
  start: async () => 'exists',
  state: async () => 'alive',
  list: async () => [],
  delete: async () => {},
};

/** Keeps what an operator would be woken by, and nothing else. */
export const logTo = (alarms: string[]): Log => ({
  info: () => {},
  warn: () => {},
  alarm: (event, fields) => alarms.push(`${event} ${JSON.stringify(fields ?? {})}`),
});
