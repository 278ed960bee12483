import type { Storage, StoredObject } from '#core/ports.ts';
import { stopFolder, stopLiftedObject, stopOf } from '#schemas/names.ts';
import { commitFact, listAll } from './store.ts';

/** A foreign transaction at a nonce of the wallet: the wallet is stopped until co-signers approve a request that skips that nonce. */
export interface Stop {
  readonly nonce: bigint;
  readonly transactionHash: string;
  /** Holds the fact `stopped`. */
  readonly object: StoredObject;
}

/**
 * The stops that stand, oldest nonce first. A skip to nonce n lifts every stop below n, whenever that stop was written. So a late or
 * repeated settlement of a transaction that co-signers have skipped stops nothing again. Names that are no stop of ours count for nothing.
 */
export const standing = (objects: readonly StoredObject[]): readonly Stop[] => {
  const named = objects.flatMap((object) => {
    const stop = stopOf(object.name);
    return stop === undefined ? [] : [{ ...stop, object }];
  });
  const lifted = named.reduce((most, one) => (one.kind === 'lifted' && one.nonce > most ? one.nonce : most), 0n);
  return named
    .flatMap((one) => (one.kind === 'stopped' && one.nonce >= lifted ? [one] : []))
    .map(({ nonce, transactionHash, object }) => ({ nonce, transactionHash, object }))
    .sort((a, b) => (a.nonce < b.nonce ? -1 : 1));
};

/** What stops a wallet on a chain now; none: it may go on. One LIST. Throws what Storage throws. */
export const standingStops = async (
  storage: Storage,
  work: string,
  wallet: string,
  chainId: string,
): Promise<readonly Stop[]> => standing(await listAll(storage, work, stopFolder(wallet, chainId)));

/** Whether a foreign transaction stops the wallet on any chain now. One LIST. */
export const isStoppedSomewhere = async (storage: Storage, work: string, wallet: string): Promise<boolean> => {
  const objects = await listAll(storage, work, stopFolder(wallet));
  const folderOf = ({ name }: StoredObject): string => name.slice(0, name.lastIndexOf('/') + 1);
  return [...new Set(objects.map(folderOf))].some(
    (folder) => standing(objects.filter((object) => folderOf(object) === folder)).length > 0,
  );
};

/** Co-signers went past every nonce below `nonce` by approving `id`. Create-once, so that whoever finishes the request may say it again. */
export const liftStops = async (
  storage: Storage,
  work: string,
  skip: { readonly id: string; readonly wallet: string; readonly chainId: string; readonly nonce: string },
): Promise<void> => {
  const { id, wallet, chainId, nonce } = skip;
  await commitFact(
    storage,
    { kind: 'lifted', bucket: work, name: stopLiftedObject(wallet, chainId, BigInt(nonce)) },
    {
      id,
      wallet,
      chainId,
      nonce,
    },
  );
};
