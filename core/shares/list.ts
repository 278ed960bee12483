import type { Storage, StoredObject } from '#core/ports.ts';
import { type Code, isKeyturnError } from '#schemas/codes.ts';
import { coSignerNamed, type Law, type Wallet } from '#schemas/config.ts';
import { type KeyObject, keyObjectOf, rejectionObject, type ShareLocation, shareFolder } from '#schemas/names.ts';

/** What lies in the key buckets about one request: listings only, no share is read. */
export interface ShareObjects {
  readonly shares: ReadonlyMap<string, readonly StoredObject[]>;
  readonly rejections: ReadonlyMap<string, StoredObject>;
  /** Holders whose location cannot be listed now, and why: they neither approve nor reject, and do not delay the others. */
  readonly unreachable: ReadonlyMap<string, Code>;
}

/** Objects of one holder for one request that are listed at all. A flood of uploads is that holder's loss. Names come in order. */
export const MAX_LISTED = 200;

/** Whose location an object lies in, and what it is. */
export const keyObjectIn = (
  law: Law,
  bucket: string,
  objectName: string,
): ({ coSigner: string } & KeyObject) | 'elsewhere' | { coSigner: string; kind: 'misnamed' } => {
  // The longest prefix wins, so that no location can lie inside another.
  const owner = law.coSigners
    .filter(({ shareLocation: at }) => at.bucket === bucket && objectName.startsWith(at.prefix))
    .sort((a, b) => b.shareLocation.prefix.length - a.shareLocation.prefix.length)[0];
  if (owner === undefined) return 'elsewhere';
  const found = keyObjectOf(owner.shareLocation, objectName);
  return found === undefined ? { coSigner: owner.name, kind: 'misnamed' } : { coSigner: owner.name, ...found };
};

/** What one holder's place shows about one request. */
export interface Votes {
  readonly shares: readonly StoredObject[];
  readonly rejection: StoredObject | undefined;
}

export const NO_VOTES: Votes = { shares: [], rejection: undefined };

/** What lies in the place of one holder as its shares of this request. */
export const listUploads = async (
  storage: Storage,
  location: ShareLocation,
  id: string,
): Promise<readonly StoredObject[]> => {
  const options = { versions: true, limit: MAX_LISTED };
  const { objects } = await storage.list(location.bucket, shareFolder(location, id), options);
  return objects.filter(({ name }) => keyObjectOf(location, name)?.kind === 'share');
};

export const listRejection = async (
  storage: Storage,
  location: ShareLocation,
  id: string,
): Promise<StoredObject | undefined> => {
  const { objects } = await storage.list(location.bucket, rejectionObject(location, id), { limit: 1 });
  return objects.find(({ name }) => name === rejectionObject(location, id));
};

/** Listed for this request alone. */
export const votesIn = async (storage: Storage, location: ShareLocation, id: string): Promise<Votes> => {
  const [shares, rejection] = await Promise.all([
    listUploads(storage, location, id),
    listRejection(storage, location, id),
  ]);
  return { shares, rejection };
};

/** What was found of each holder, put together. One who is neither found nor unreachable showed nothing. */
export const shareObjectsOf = (
  { holders }: Pick<Wallet, 'holders'>,
  found: ReadonlyMap<string, Votes>,
  unreachable: ReadonlyMap<string, Code>,
): ShareObjects => ({
  shares: new Map(holders.map(({ coSigner }) => [coSigner, found.get(coSigner)?.shares ?? []])),
  rejections: new Map(
    holders.flatMap(({ coSigner }) => {
      const rejection = found.get(coSigner)?.rejection;
      return rejection === undefined ? [] : [[coSigner, rejection] as const];
    }),
  ),
  unreachable,
});

/**
 * The votes of every holder of the wallet. One whose location cannot be listed (this image not accepted yet, a right taken away) must not keep
 * the others from approving.
 */
export const votesOfAll = async (
  wallet: Pick<Wallet, 'holders'>,
  votesOf: (coSigner: string) => Promise<Votes>,
): Promise<ShareObjects> => {
  const found = new Map<string, Votes>();
  const unreachable = new Map<string, Code>();
  await Promise.all(
    wallet.holders.map(async ({ coSigner }) => {
      try {
        found.set(coSigner, await votesOf(coSigner));
      } catch (error) {
        if (!isKeyturnError(error)) throw error;
        unreachable.set(coSigner, error.code);
      }
    }),
  );
  return shareObjectsOf(wallet, found, unreachable);
};

/** Listed for this request alone. `storageOf` gives the identity that may list that co-signer's bucket. */
export const listShares = (
  storageOf: (coSigner: string) => Storage,
  law: Law,
  wallet: Wallet,
  id: string,
): Promise<ShareObjects> =>
  votesOfAll(wallet, async (coSigner) => {
    const location = coSignerNamed(law, coSigner)?.shareLocation;
    return location === undefined ? NO_VOTES : votesIn(storageOf(coSigner), location, id);
  });
