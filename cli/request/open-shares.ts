import type { Session } from '#cli/app/session.ts';
import { isSecretItself, MAX_SHARE_FILE_BYTES, noFileName, readShareFile } from '#cli/wallet/secret-file.ts';
import { checkedShare } from '#cli/wallet/share-file.ts';
import { wipe } from '#core/shares/feldman.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { CoSigner } from '#schemas/config.ts';
import { shareAad } from '#schemas/names.ts';
import type { Picture } from './render-request.ts';

/** The raw share; wiped by whoever takes it. */
const shareBytes = async (session: Session, file: string): Promise<Uint8Array> =>
  file === '-' ? session.stdin(MAX_SHARE_FILE_BYTES) : readShareFile(file, session.deployment.lab === undefined);

/** In commands that are printed for another day, and not run. */
const SHARE_ELSEWHERE = 'my.share';

/** The share's file as it was typed, or what stands for it in printed commands; undefined where a lab knows it. */
export const typedShare = (options: { readonly share?: string; readonly manual?: boolean }): string | undefined =>
  options.share ?? (options.manual === true ? SHARE_ELSEWHERE : undefined);

/** Where the share lies: as given, or in a lab the share of this wallet. Throws USAGE. */
export const shareFileOf = (
  { deployment }: Session,
  coSigner: CoSigner,
  given: string | undefined,
  wallet?: string,
): string => {
  if (given !== undefined && isSecretItself(given))
    throw new KeyturnError('USAGE', `--share: ${noFileName('share')}`, { field: 'share' });
  const lab = deployment.lab?.coSigners.find(({ name }) => name === coSigner.name);
  const file = given ?? (wallet === undefined ? undefined : lab?.shareFiles?.[wallet]) ?? lab?.shareFile;
  if (file === undefined)
    throw new KeyturnError('USAGE', '--share FILE must be given: where is your share?', { field: 'share' });
  return file;
};

/** A co-signer's share files, each read once. */
export interface OpenShares {
  /** Reads the share of a wallet now, which else the first use does. */
  read(wallet: string): Promise<void>;
  /** The share, encrypted for this request alone. Throws where it is not the share of that wallet. */
  encryptedFor(picture: Picture): Promise<Uint8Array>;
  /** Overwrites what was read. */
  wipe(): void;
}

/** The raw share that lies under a name; wiped by whoever takes it. */
export type ReadShare = (file: string) => Promise<Uint8Array>;

/**
 * Reads a share last, after all else is right. Whoever opens them wipes them, whatever happens. `fileOf`: by the name of a wallet. `readShare`:
 * how one is read.
 */
export const openShares = async (
  session: Session,
  fileOf: (wallet: string) => string,
  { name, releaseKey }: CoSigner,
  readShare: ReadShare = (file) => shareBytes(session, file),
): Promise<OpenShares> => {
  const encrypter = await session.ports.encrypter();
  const read = new Map<string, Uint8Array>();
  const bytesOf = async (file: string): Promise<Uint8Array> => {
    const bytes = read.get(file) ?? (await readShare(file));
    read.set(file, bytes);
    return bytes;
  };
  return {
    read: async (wallet) => void (await bytesOf(fileOf(wallet))),
    encryptedFor: async ({ id, wallet }) => {
      // A copy: it is wiped with each check.
      const plaintext = checkedShare(Uint8Array.from(await bytesOf(fileOf(wallet.name))), name, wallet);
      try {
        return await session.out.during('encrypting', encrypter.encrypt(releaseKey, plaintext, shareAad(id, name)));
      } finally {
        wipe(plaintext);
      }
    },
    wipe: () => {
      for (const bytes of read.values()) wipe(bytes);
    },
  };
};
