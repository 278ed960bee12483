import { generateKeyPairSync } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import type { EventSigner } from '#core/key-ports.ts';
import type { EventKey } from '#schemas/event-keys.ts';

export const eventKeyVersion = (n: number): string =>
  `projects/lab-project/locations/global/keyRings/events/cryptoKeys/events/cryptoKeyVersions/${n}`;

/** A fresh version of a KMS key: as the law names it, and as it signs. `down`: what KMS throws instead. */
export class MemoryEventKey implements EventSigner {
  readonly key: EventKey;
  readonly #secret: Uint8Array;
  down: Error | undefined;
  asked = 0;

  constructor(name: string, n = 1) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#secret = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
    this.key = {
      name,
      version: eventKeyVersion(n),
      publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    };
  }

  async sign(version: string, digest: Uint8Array): Promise<Uint8Array> {
    this.asked++;
    if (this.down !== undefined) throw this.down;
    if (version !== this.key.version) throw new Error(`asked for ${version}`);
    return p256.sign(digest, this.#secret, { prehash: false, lowS: false, format: 'der', extraEntropy: true });
  }
}
