import { errorFields } from '#core/error-fields.ts';
import type { Decrypted, ReleaseKeys } from '#core/key-ports.ts';
import { judgeShares, type ShareCandidate, wipe } from '#core/shares/shares.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { parseShareText, type Share, shareAad } from '#schemas/share-text.ts';
import { type Held, ladderSignatures, type SigningAt, statementSignature } from './sign.ts';
import type { Asked, Ladder, Signer, SigningSession, SigningWallet, Statement, Upload, Verdict } from './signer.ts';
import { requestId } from './typed-data.ts';

type Decrypt<U> = (upload: U, aad: string) => Promise<Decrypted>;

type Opened = Verdict | { readonly kind: 'share'; readonly share: Share };

/** Whatever cannot be reached, and whatever is a bug of ours, blames nobody. */
const openUpload = async <U extends Upload>(upload: U, aad: string, decrypt: Decrypt<U>): Promise<Opened> => {
  try {
    const decrypted = await decrypt(upload, aad);
    if (decrypted.kind === 'bad') return { kind: 'bad', code: 'SHARE_CIPHERTEXT' };
    if (decrypted.kind === 'unreachable') return { kind: 'unreachable', reason: decrypted.reason };
    try {
      return { kind: 'share', share: parseShareText(decrypted.bytes) };
    } finally {
      wipe(decrypted.bytes);
    }
  } catch (error) {
    if (isKeyturnError(error, 'SHARE_TEXT')) return { kind: 'bad', code: 'SHARE_TEXT' };
    if (isKeyturnError(error)) return { kind: 'unreachable', reason: error.code };
    return { kind: 'bug', name: String(errorFields(error).reason) };
  }
};

interface Candidate extends ShareCandidate {
  readonly at: number;
}

const wipeAll = (shares: readonly Share[]): void => {
  for (const { scalar } of shares) wipe(scalar);
};

/** Judges what was opened. The good shares, one of each co-signer, and what is to be said of each upload. The others are wiped. */
const judge = (
  opened: readonly Opened[],
  uploads: readonly Upload[],
  wallet: SigningWallet,
): { readonly shares: readonly Share[]; readonly verdicts: readonly Verdict[] } => {
  const candidates = opened.flatMap((one, at): readonly Candidate[] =>
    one.kind === 'share'
      ? [{ coSigner: uploads[at]?.coSigner ?? '', object: `${at}`, generation: '', share: one.share, at }]
      : [],
  );
  try {
    const { good, bad } = judgeShares(candidates, wallet);
    wipeAll(candidates.filter((one) => !good.includes(one)).map(({ share }) => share));
    const verdicts = opened.map((one, at): Verdict => {
      if (one.kind !== 'share') return one;
      const fault = bad.find(({ object }) => object === `${at}`);
      if (fault !== undefined) return { kind: 'bad', code: fault.code };
      return { kind: good.some((each) => each.at === at) ? 'good' : 'spare' };
    });
    return { shares: good.map(({ share }) => share), verdicts };
  } catch (error) {
    wipeAll(candidates.map(({ share }) => share));
    throw error;
  }
};

/** A session whose uploads carry more than others need. */
export interface SessionOver<U extends Upload> extends Omit<SigningSession, 'open'> {
  open(asked: Omit<Asked, 'uploads'> & { readonly uploads: readonly U[] }): Promise<readonly Verdict[]>;
}

/**
 * The half of signing that has secrets: a function of ciphertexts, and of what `decrypt` makes of them. The id of each request is worked out here
 * again, and is the additional data of its shares. So shares sign the request that they were uploaded for, whatever is asked.
 */
export const openSession = <U extends Upload>(at: SigningAt, decrypt: Decrypt<U>): SessionOver<U> => {
  const { wallet, registerBucket } = at;
  const held = new Map<string, Held>();
  /** The last time that each was asked for: what comes of an earlier one, or after its end, is nobody's. */
  const wanted = new Map<string, object>();
  const drop = (id: string): void => {
    wanted.delete(id);
    wipeAll(held.get(id)?.shares ?? []);
    held.delete(id);
  };
  const heldOf = (id: string): Held => {
    const one = held.get(id);
    if (one === undefined) throw new KeyturnError('NOT_ENOUGH_SHARES', 'no share of this request is open');
    return one;
  };
  return {
    start: () => {},
    async open({ id, request, uploads }) {
      if (requestId(request, wallet.address, registerBucket) !== id)
        throw new RangeError('the id is not that of the request');
      drop(id);
      const attempt = {};
      wanted.set(id, attempt);
      const opened = await Promise.all(uploads.map((each) => openUpload(each, shareAad(id, each.coSigner), decrypt)));
      const { shares, verdicts } = judge(opened, uploads, wallet);
      // Whoever asked has gone meanwhile: nobody else would wipe them.
      if (wanted.get(id) === attempt) held.set(id, { request, shares });
      else wipeAll(shares);
      return verdicts;
    },
    async signLadder(ladder: Ladder) {
      return ladderSignatures(ladder, heldOf(ladder.id), at);
    },
    async signStatement(id: string, statement: Statement) {
      return statementSignature(statement, heldOf(id), at);
    },
    drop,
    fault: () => undefined,
    end: () => {
      for (const id of [...wanted.keys()]) drop(id);
    },
  };
};

/** Signs in this very process: for the simulation and the tests, where what is decided matters and not where the memory is. */
export const inProcessSigner = (at: SigningAt, keys: ReleaseKeys): Signer => ({
  begin: () => openSession(at, ({ coSigner, ciphertext }: Upload, aad) => keys.decrypt(coSigner, ciphertext, aad)),
});
