import { coSignerNamed, type Law, type Wallet } from '#schemas/config.ts';
import { keyObjectOf, rejectionObject, type ShareLocation, shareFolder } from '#schemas/names.ts';
import { listAll } from './facts-store.ts';
import type { Storage, StoredObject } from './ports.ts';

/** What lies in the key buckets about one request: listings only, no share is read. */
export interface ShareObjects {
  readonly shares: ReadonlyMap<string, readonly StoredObject[]>;
  readonly rejections: ReadonlyMap<string, StoredObject>;
}

/** Whose location an object lies in, and what it is. */
export const keyObjectIn = (
  law: Law,
  bucket: string,
  objectName: string,
):
  | { coSigner: string; kind: 'share' | 'rejection'; id: string }
  | 'elsewhere'
  | { coSigner: string; kind: 'misnamed' } => {
  // The longest prefix wins, so that nobody's location can lie inside another's.
  const owner = law.coSigners
    .filter(({ shareLocation: at }) => at.bucket === bucket && objectName.startsWith(at.prefix))
    .sort((a, b) => b.shareLocation.prefix.length - a.shareLocation.prefix.length)[0];
  if (owner === undefined) return 'elsewhere';
  const found = keyObjectOf(owner.shareLocation, objectName);
  return found === undefined ? { coSigner: owner.name, kind: 'misnamed' } : { coSigner: owner.name, ...found };
};

const listOf = async (storage: Storage, location: ShareLocation, id: string) => {
  const [shares, rejections] = await Promise.all([
    listAll(storage, location.bucket, shareFolder(location, id), { versions: true }),
    listAll(storage, location.bucket, rejectionObject(location, id)),
  ]);
  const isShare = ({ name }: StoredObject) => keyObjectOf(location, name)?.kind === 'share';
  return {
    shares: shares.filter(isShare),
    rejection: rejections.find(({ name }) => name === rejectionObject(location, id)),
  };
};

/** Lists shares and rejections of every holder of the wallet. `storageOf` gives the identity that may list that co-signer's bucket. */
export const listShares = async (
  storageOf: (coSigner: string) => Storage,
  law: Law,
  wallet: Wallet,
  id: string,
): Promise<ShareObjects> => {
  const found = await Promise.all(
    wallet.holders.map(async ({ coSigner }) => {
      const location = coSignerNamed(law, coSigner)?.shareLocation;
      return [coSigner, location === undefined ? undefined : await listOf(storageOf(coSigner), location, id)] as const;
    }),
  );
  return {
    shares: new Map(found.map(([coSigner, listed]) => [coSigner, listed?.shares ?? []])),
    rejections: new Map(
      found.flatMap(([coSigner, listed]) =>
        listed?.rejection === undefined ? [] : [[coSigner, listed.rejection] as const],
      ),
    ),
  };
};
