import { listAll } from '#core/facts/store.ts';
import type { Storage, StoredObject } from '#core/ports.ts';
import { COUNTED_UPLOADS } from '#core/shares/quorum.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { keyObjectOf, type ShareLocation, shareFolder } from '#schemas/names.ts';

/** Uploads of this co-signer for this request. */
export const uploadsOf = async (
  storage: Storage,
  location: ShareLocation,
  id: string,
): Promise<readonly StoredObject[]> => {
  const objects = await listAll(storage, location.bucket, shareFolder(location, id));
  return objects.filter(({ name }) => keyObjectOf(location, name)?.kind === 'share');
};

/**
 * Creates the share object under the first free name: `shares/<id>`, then `shares/<id>/2` and so on, as far as uploads count at all.
 * Throws SHARE_LATE where all are taken.
 */
export const uploadShare = async (
  storage: Storage,
  location: ShareLocation,
  id: string,
  ciphertext: Uint8Array,
  again: boolean,
): Promise<{ readonly created: boolean; readonly object: StoredObject }> => {
  const first = shareFolder(location, id);
  for (let attempt = 1; attempt <= COUNTED_UPLOADS; attempt++) {
    const name = attempt === 1 ? first : `${first}/${attempt}`;
    const made = await storage.createOnce(location.bucket, name, ciphertext);
    if (made.created || !again) return made;
  }
  throw new KeyturnError('SHARE_LATE', `you have made ${COUNTED_UPLOADS} uploads already: more do not count`);
};
