import type { Signer, SigningSession } from '#core/signing/signer.ts';

/**
 * The signer of one lane, which can begin its next session before it is asked for. To start a process takes longer than to read what it will
 * be told. Nothing is told to it until somebody takes it, so it holds nothing. It serves one batch, like any session.
 */
export class SignerAhead implements Signer {
  readonly #signer: Signer;
  /** For these one was begun before. What waits for long must not start a process at each look. */
  readonly #seen = new Set<string>();
  #next: SigningSession | undefined;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** Something may be signed in a moment. */
  prepare(ids: readonly string[]): void {
    const news = ids.filter((id) => !this.#seen.has(id));
    for (const id of news) this.#seen.add(id);
    if (news.length === 0 || this.#next !== undefined) return;
    this.#next = this.#signer.begin();
    this.#next.start();
  }

  begin(): SigningSession {
    const next = this.#next;
    this.#next = undefined;
    // One that died before anybody used it is nobody's fault.
    return next === undefined || next.fault() !== undefined ? this.#signer.begin() : next;
  }

  /** Nobody takes what was begun any more. */
  release(): void {
    this.#next?.end();
    this.#next = undefined;
  }
}
