import { createHash, timingSafeEqual } from 'node:crypto';
import { KeyturnError } from '#schemas/codes.ts';

/** ms for which the printed code opens the console. */
export const CODE_LIFE_MS = 300_000;
/** Wrong codes after which it opens no more. 256 bits are not guessed: somebody else is at work. */
export const MOST_TRIES = 5;
const BYTES = 32;

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** In a time that tells nothing of where they differ. */
const isSame = (given: string, kept: Buffer | undefined): boolean =>
  kept !== undefined && timingSafeEqual(hashOf(given), kept);

const closed = (message: string): KeyturnError => new KeyturnError('CONSOLE_SESSION', message, { field: 'code' });

/**
 * Who may speak to this process: one page at a time. A code is printed, works once and for five minutes, and becomes a secret that the page alone
 * holds. Both are kept as hashes. A new page ends the one before it.
 */
export class Entry {
  readonly #random: (length: number) => Uint8Array;
  readonly #now: () => number;
  #code: Buffer | undefined;
  #until = 0;
  #tries = 0;
  #secret: Buffer | undefined;

  constructor(random: (length: number) => Uint8Array, now: () => number) {
    this.#random = random;
    this.#now = now;
  }

  #draw(): string {
    return Buffer.from(this.#random(BYTES)).toString('base64url');
  }

  /** A fresh code. The one before it opens nothing any more. */
  code(): string {
    const code = this.#draw();
    this.#code = hashOf(code);
    this.#until = this.#now() + CODE_LIFE_MS;
    this.#tries = 0;
    return code;
  }

  /** The secret for a code. Throws CONSOLE_SESSION. */
  exchange(given: string): string {
    const right = isSame(given, this.#code);
    if (this.#code === undefined) throw closed('The link was used before, or was tried too often.');
    if (this.#now() >= this.#until) {
      this.#code = undefined;
      throw closed('The link is older than 5 minutes.');
    }
    if (!right) {
      this.#tries += 1;
      if (this.#tries >= MOST_TRIES) this.#code = undefined;
      throw closed('That is not the code of the link.');
    }
    this.#code = undefined;
    const secret = this.#draw();
    this.#secret = hashOf(secret);
    return secret;
  }

  /** Whether this is the secret of the page that was opened last. */
  holds(secret: string): boolean {
    return isSame(secret, this.#secret);
  }
}
