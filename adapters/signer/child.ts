import { type ChildProcess, spawn } from 'node:child_process';
import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import type { ReleaseAccess } from '#adapters/kms/kms.ts';
import type { Clock } from '#core/ports.ts';
import type { Asked, Signer, SigningSession, SigningWallet, Verdict } from '#core/signing/signer.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { readLines } from './lines.ts';
import {
  type Answer,
  beginLine,
  ladderOrder,
  MAX_ANSWER_BYTES,
  type Order,
  orderLine,
  parseAnswer,
  statementOrder,
  type WireVerdict,
} from './messages.ts';

/**
 * What a hostile ciphertext could make of the signing process is switched off. It reads no file but its own, writes none, and starts nothing. No
 * text is run as code, no native code is loaded, built-in objects stay as they are. The network stays open, since it asks KMS.
 */
export const signerFlags = (file: string): readonly string[] => [
  '--permission',
  `--allow-fs-read=${file}`,
  '--frozen-intrinsics',
  '--disable-proto=delete',
  '--disallow-code-generation-from-strings',
  '--disable-sigusr1',
  '--no-addons',
  '--max-old-space-size=64',
  '--disable-warning=ExperimentalWarning',
];

/** ms until an answer: of KMS, with all its attempts, and of the curve. */
const OPEN_MS = 90_000;
const SIGN_MS = 20_000;

export interface ChildSignerOptions {
  readonly wallet: SigningWallet;
  readonly registerBucket: string;
  /** A lab's; Google's own where absent. */
  readonly kmsEndpoint?: string | undefined;
  readonly access: ReleaseAccess;
  /** The bundle of the signing process. */
  readonly file: string;
  readonly clock: Clock;
  /** Before the file: what Node is started with. */
  readonly flags?: readonly string[];
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** One process. It is started by the first call, and killed at its end. Whatever it says is checked by whoever asks. */
class SigningProcess {
  readonly #options: ChildSignerOptions;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #last = 0;
  #fault: KeyturnError | undefined;
  readonly #onExit = (): void => void this.#child?.kill('SIGKILL');

  constructor(options: ChildSignerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#child !== undefined || this.#fault !== undefined) return;
    const { file, flags = signerFlags(file), wallet, registerBucket, kmsEndpoint } = this.#options;
    // Nothing of this process's environment, and no place for words: what it would write there may hold secrets.
    const child = spawn(process.execPath, [...flags, file], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child = child;
    process.once('exit', this.#onExit);
    child.once('error', () => this.stop(new KeyturnError('UNAVAILABLE', 'the signing process could not be started')));
    child.once('exit', (code, signal) =>
      this.stop(new KeyturnError('UNAVAILABLE', `the signing process ended: ${signal ?? `exit code ${code}`}`)),
    );
    child.stdin?.on('error', () => this.stop(new KeyturnError('UNAVAILABLE', 'the signing process does not listen')));
    if (child.stdout !== null)
      readLines(child.stdout, MAX_ANSWER_BYTES, {
        take: (line) => this.#take(line),
        tooLong: () => this.stop(new KeyturnError('UNAVAILABLE', 'the signing process says too much')),
      });
    child.stdin?.write(beginLine(wallet, registerBucket, kmsEndpoint));
  }

  /** Its pages go back to the kernel with it. Whoever waits is told why. */
  stop(fault: KeyturnError): void {
    this.#fault ??= fault;
    this.#child?.kill('SIGKILL');
    process.off('exit', this.#onExit);
    for (const { reject } of this.#waiting.values()) reject(this.#fault);
    this.#waiting.clear();
  }

  #take(line: string): void {
    const answer = parseAnswer(line);
    const waiting = answer === undefined ? undefined : this.#waiting.get(answer.n);
    if (answer === undefined || waiting === undefined) {
      this.stop(new KeyturnError('UNAVAILABLE', 'the signing process says what was not asked'));
      return;
    }
    this.#waiting.delete(answer.n);
    waiting.resolve(answer);
  }

  get fault(): KeyturnError | undefined {
    return this.#fault;
  }

  tell(order: Order): void {
    if (this.#fault === undefined) this.#child?.stdin?.write(orderLine(order));
  }

  /** Throws what the process fails with, UNAVAILABLE where it has ended, DEADLINE where it says nothing: then it is killed. */
  async ask(ms: number, order: (n: number) => Order): Promise<Answer> {
    this.start();
    if (this.#fault !== undefined) throw this.#fault;
    const n = this.#last++;
    const answered = await withTimeLimit(
      this.#options.clock,
      ms,
      () =>
        new Promise<Answer>((resolve, reject) => {
          this.#waiting.set(n, { resolve, reject });
          this.tell(order(n));
        }),
    );
    if (answered === undefined) {
      const fault = new KeyturnError('DEADLINE', `the signing process said nothing in ${ms} ms`);
      this.stop(fault);
      throw fault;
    }
    const { result } = answered;
    if (result.kind !== 'failed') return result;
    if (result.code === 'BUG') throw new RangeError('a bug in the signing process');
    throw new KeyturnError(result.code, 'the signing process refuses');
  }

  /** Throws UNAVAILABLE where it answers another question. */
  misled(): never {
    const fault = new KeyturnError('UNAVAILABLE', 'the signing process answers another question');
    this.stop(fault);
    throw fault;
  }
}

type Openable = {
  readonly coSigner: string;
  readonly ciphertext: string;
  readonly key: string;
  readonly token: string;
};
/** What one upload is asked about with, or why it is not asked about. */
type Prepared = { readonly openable: Openable } | { readonly verdict: Verdict };

const prepare = async (
  access: ReleaseAccess,
  { coSigner, ciphertext }: Asked['uploads'][number],
): Promise<Prepared> => {
  try {
    const found = await access(coSigner);
    if (found.kind === 'unreachable') return { verdict: found };
    const { key, token } = found;
    return { openable: { coSigner, ciphertext: Buffer.from(ciphertext).toString('base64'), key, token } };
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return { verdict: { kind: 'unreachable', reason: error.code } };
  }
};

const verdictOf = (wire: WireVerdict, key: string): Verdict =>
  wire.kind === 'unreachable' ? { kind: 'unreachable', reason: `${wire.code}: kms: decrypt ${key}` } : wire;

const sessionOver = (signing: SigningProcess, access: ReleaseAccess): SigningSession => {
  const signatures = async (count: number, order: (n: number) => Order): Promise<readonly Uint8Array[]> => {
    const answer = await signing.ask(SIGN_MS, order);
    if (answer.kind !== 'signatures' || answer.signatures.length !== count) return signing.misled();
    return answer.signatures.map((each) => Buffer.from(each, 'hex'));
  };
  return {
    start: () => signing.start(),
    async open({ id, request, uploads }) {
      const prepared = await Promise.all(uploads.map((each) => prepare(access, each)));
      const asked = prepared.flatMap((one) => ('openable' in one ? [one.openable] : []));
      const answer = await signing.ask(OPEN_MS, (n) => ({ kind: 'open', n, id, request, uploads: asked }));
      if (answer.kind !== 'verdicts' || answer.verdicts.length !== asked.length) return signing.misled();
      const verdicts = asked.map(({ key }, at) => verdictOf(answer.verdicts[at] ?? signing.misled(), key)).values();
      return prepared.map((one) => ('verdict' in one ? one.verdict : (verdicts.next().value ?? signing.misled())));
    },
    signLadder: (ladder) => signatures(ladder.digests.length, (n) => ladderOrder(n, ladder)),
    async signStatement(id, statement) {
      const [signature] = await signatures(1, (n) => statementOrder(n, id, statement));
      return signature ?? signing.misled();
    },
    drop: (id) => signing.tell({ kind: 'drop', id }),
    fault: () => signing.fault,
    end: () => signing.stop(new KeyturnError('UNAVAILABLE', 'the signing process was ended')),
  };
};

/** Each session is a process of its own, with nothing but what it is told. */
export const childSigner = (options: ChildSignerOptions): Signer => ({
  begin: () => sessionOver(new SigningProcess(options), options.access),
});
