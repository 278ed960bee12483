import type { StoredObject } from '#core/ports.ts';
import type { Code } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';

/** Uploads of one co-signer for one request that are read: enough to repair mistakes, too few to keep a turn busy. */
export const COUNTED_UPLOADS = 5;
/** Bytes. Anything larger is no KMS ciphertext of a share and is not downloaded. */
export const MAX_SHARE_BYTES = 8192;

/** What the listings and facts show about one request. A co-signer who is not a holder of the wallet is left out of every answer. */
export interface QuorumInput {
  readonly wallet: Wallet;
  /** Approvals that the policy asks for, at least the threshold. */
  readonly needed: number;
  /** Share objects of this request, by the co-signer at whose location they lie. */
  readonly shares: ReadonlyMap<string, readonly StoredObject[]>;
  /** Co-signers with a rejection object. */
  readonly rejections: ReadonlySet<string>;
  /** Co-signers who asked for it themselves (`initiatorsOf`): their shares do not count. */
  readonly initiators: ReadonlySet<string>;
  /** Uploads that a turn found bad. */
  readonly knownBad: readonly { readonly coSigner: string; readonly generation: string }[];
}

export interface IgnoredUpload {
  readonly coSigner: string;
  readonly object: StoredObject;
  readonly code: Extract<Code, 'SHARE_EMPTY' | 'SHARE_TOO_LARGE'>;
}

/** All lists in the law's order of holders. */
export interface ShareState {
  /** Holders with at least one upload to try. */
  readonly countable: readonly string[];
  /** Of every holder the uploads to try, oldest first; none where there are none, or the holder rejects or asked for it. */
  readonly uploads: readonly { readonly coSigner: string; readonly objects: readonly StoredObject[] }[];
  readonly rejecters: readonly string[];
  /** Holders who asked for it themselves. */
  readonly initiators: readonly string[];
  readonly ignored: readonly IgnoredUpload[];
  readonly enough: boolean;
  /** Even if all approved who may and did not reject, there would be too few. */
  readonly hopeless: boolean;
}

export const sizeFault = ({ size }: Pick<StoredObject, 'size'>): IgnoredUpload['code'] | undefined => {
  if (size === 0) return 'SHARE_EMPTY';
  return size > MAX_SHARE_BYTES ? 'SHARE_TOO_LARGE' : undefined;
};

/** Oldest first. Cloud Storage sets the time; generations and then names only order what it created in the same millisecond. */
const byAge = (a: StoredObject, b: StoredObject): number => {
  if (a.timeCreated !== b.timeCreated) return a.timeCreated - b.timeCreated;
  const [first, second] = [BigInt(a.generation), BigInt(b.generation)];
  if (first !== second) return first < second ? -1 : 1;
  return a.name < b.name ? -1 : 1;
};

/**
 * Whether no vote of these holders could change what is owed: neither make it enough nor hopeless. `state`: with nothing of theirs in it.
 */
export const isSettledWithout = (
  { countable, initiators, rejecters }: ShareState,
  { holders }: Pick<Wallet, 'holders'>,
  needed: number,
  unlisted: ReadonlySet<string>,
): boolean => {
  const voters = holders.map(({ coSigner }) => coSigner).filter((coSigner) => !initiators.includes(coSigner));
  const could = voters.filter((coSigner) => unlisted.has(coSigner)).length;
  const others = voters.filter((coSigner) => !unlisted.has(coSigner) && !rejecters.includes(coSigner)).length;
  return countable.length + could < needed && others >= needed;
};

/**
 * Who approves, who rejects, and whether that is enough. Of each holder the five oldest uploads of a possible size count, except those
 * known bad. Bad ones keep their place among the five, so that junk gives no right to more tries. A rejection beats that holder's uploads.
 * Who asked for it approves nothing, and cannot be missed either: such a holder's rejection takes nobody away.
 */
export const shareState = ({ wallet, needed, shares, rejections, initiators, knownBad }: QuorumInput): ShareState => {
  const holders = wallet.holders.map(({ coSigner }) => coSigner);
  const mayApprove = (coSigner: string): boolean => !initiators.has(coSigner) && !rejections.has(coSigner);
  const rejecters = holders.filter((coSigner) => rejections.has(coSigner));
  const isBad = (coSigner: string, { generation }: StoredObject) =>
    knownBad.some((bad) => bad.coSigner === coSigner && bad.generation === generation);
  const toTry = (coSigner: string) =>
    (shares.get(coSigner) ?? [])
      .filter((object) => sizeFault(object) === undefined)
      .toSorted(byAge)
      .slice(0, COUNTED_UPLOADS)
      .filter((object) => !isBad(coSigner, object));
  const uploads = holders.map((coSigner) => ({
    coSigner,
    objects: mayApprove(coSigner) ? toTry(coSigner) : [],
  }));
  const countable = uploads.filter(({ objects }) => objects.length > 0).map(({ coSigner }) => coSigner);
  const ignored = holders.flatMap((coSigner) =>
    (shares.get(coSigner) ?? []).flatMap((object) => {
      const code = sizeFault(object);
      return code === undefined ? [] : [{ coSigner, object, code }];
    }),
  );
  return {
    countable,
    uploads,
    rejecters,
    initiators: holders.filter((coSigner) => initiators.has(coSigner)),
    ignored,
    enough: countable.length >= needed,
    hopeless: holders.filter(mayApprove).length < needed,
  };
};
