import { lstat, mkdir, open, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Encrypter } from '#core/key-ports.ts';
import { addressOfKey } from '#core/shares/address.ts';
import { combineShares, type Split, splitKey, wipe } from '#core/shares/shares.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { CoSigner, Wallet } from '#schemas/config.ts';
import { shareText } from '#schemas/share-text.ts';
import { readShareFile } from './secret-file.ts';
import { checkedShare } from './share-file.ts';
import type { WalletDraft } from './wallet-draft.ts';

/** Where a holder's share goes: a file in clear that only its reader may read, or one that only the holder's home key opens. */
export interface Handing {
  readonly coSigner: string;
  readonly file: string;
  readonly homeKey: string | undefined;
}

/** What binds an encrypted share to its place: KMS opens it as this and as nothing else, above all not as an approval. */
export const homeAad = (wallet: string, coSigner: string, epoch: number): string =>
  `keyturn/v1/home/${wallet}/${coSigner}/${epoch}`;

/** By convention the home key lies in the key ring of the release key. */
export const homeKeyOf = ({ releaseKey }: CoSigner): string => releaseKey.replace(/[^/]+$/, 'home');

const usage = (field: string, message: string) => new KeyturnError('USAGE', message, { field });

/** `alice=/media/stick/alice.share`, as often as given. Throws USAGE. */
export const pairsOf = (given: readonly string[], option: string): ReadonlyMap<string, string> => {
  const pairs = new Map<string, string>();
  for (const text of given) {
    const [, name = '', value = ''] = /^([a-z][a-z0-9-]{0,30})=(.+)$/.exec(text) ?? [];
    if (name === '') throw usage(option, `${option}: must be HOLDER=VALUE, such as alice=/media/stick/alice.share`);
    if (pairs.has(name)) throw usage(option, `${option}: ${name} is given twice`);
    pairs.set(name, value);
  }
  return pairs;
};

export interface HandingOptions {
  readonly folder: string;
  readonly share: ReadonlyMap<string, string>;
  readonly homeKey: ReadonlyMap<string, string>;
  /** Encrypt to home keys all that are not named in `share`. */
  readonly home: boolean;
  readonly out: string | undefined;
}

/** Where each share goes. Throws USAGE. */
export const handingsOf = (
  draft: WalletDraft,
  coSigners: readonly CoSigner[],
  options: HandingOptions,
): readonly Handing[] => {
  const names = draft.holders.map(({ coSigner }) => coSigner);
  for (const [option, given] of [['--share', options.share] as const, ['--home-key', options.homeKey] as const])
    for (const name of given.keys())
      if (!names.includes(name)) throw usage(option, `${option}: ${name} is no holder of ${draft.name}`);
  const beside = (name: string, end: string): string => {
    if (options.out === undefined)
      throw usage('out', `where does ${name}'s share go? --share ${name}=FILE, or --out FOLDER for all`);
    return resolve(options.folder, options.out, `${draft.name}-${name}${end}`);
  };
  return names.map((name) => {
    const file = options.share.get(name);
    const key = options.homeKey.get(name);
    if (file !== undefined && key === undefined)
      return { coSigner: name, file: resolve(options.folder, file), homeKey: undefined };
    if (key === undefined && !options.home) return { coSigner: name, file: beside(name, '.share'), homeKey: undefined };
    const holder = coSigners.find((one) => one.name === name);
    if (holder === undefined) throw usage('holders', `${name} is no co-signer of this law`);
    return {
      coSigner: name,
      file: file === undefined ? beside(name, '.share.kms') : resolve(options.folder, file),
      homeKey: key ?? homeKeyOf(holder),
    };
  });
};

const isThere = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/**
 * Checks before anything is made. A file that is there is never written over. Shares in clear do not lie together, where one theft takes
 * them all, unless `together`. Folders must be there already, but for `made`: a stick that is not plugged in must not become a folder on
 * this disk. Throws USAGE.
 */
export const checkPlaces = async (
  handings: readonly Handing[],
  together: boolean,
  made: string | undefined,
): Promise<void> => {
  if (made !== undefined) await mkdir(made, { recursive: true, mode: 0o700 });
  const clear = new Map<string, string>();
  const files = new Set<string>();
  for (const { coSigner, file, homeKey } of handings) {
    const folder = await realpath(dirname(file)).catch(() => {
      throw usage('share', `${dirname(file)}, where ${coSigner}'s share is to go, is not there`);
    });
    if (await isThere(file)) throw usage('share', `${file} is there already: a share is never overwritten`);
    const place = join(folder, basename(file));
    if (files.has(place)) throw usage('share', `two shares would go to ${file}`);
    files.add(place);
    if (homeKey !== undefined) continue;
    const other = clear.get(folder);
    if (other !== undefined && !together)
      throw usage(
        'share',
        `the shares of ${other} and ${coSigner} would lie together in ${folder}. Give each its own place with --share, encrypt them with --home, or say --i-know`,
      );
    clear.set(folder, coSigner);
  }
};

/** Splits and checks that the shares make the key again. The caller wipes the shares; the key is wiped here, whatever happens. */
export const splitChecked = (key: Uint8Array, draft: WalletDraft, random: (length: number) => Uint8Array) => {
  try {
    // Says what is wrong with a key that is none, before anything else is done with it.
    const split = splitFor(key, draft, random);
    const address = addressOfKey(key);
    const again = combineShares(split.shares.slice(-draft.threshold), split.commitments);
    const same = addressOfKey(again) === address;
    wipe(again);
    if (!same) throw new KeyturnError('WRONG_KEY', 'the shares do not make the key again');
    return { ...split, address };
  } catch (error) {
    if (error instanceof RangeError) throw new KeyturnError('USAGE', error.message, { field: 'key' });
    throw error;
  } finally {
    wipe(key);
  }
};

/** Indices need not be 1 to n in the law. As many shares are made as the highest index asks for, and the others are wiped. */
const splitFor = (key: Uint8Array, draft: WalletDraft, random: (length: number) => Uint8Array): Split => {
  const indices = draft.holders.map(({ index }) => index);
  const split = splitKey(key, draft.threshold, Math.max(...indices), random);
  for (const { index, scalar } of split.shares) if (!indices.includes(index)) wipe(scalar);
  return { ...split, shares: split.shares.filter(({ index }) => indices.includes(index)) };
};

const writeNew = async (path: string, bytes: Uint8Array): Promise<void> => {
  const file = await open(path, 'wx', 0o600);
  try {
    // What the process may create by default (umask) is not what matters here.
    await file.chmod(0o600);
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
};

/**
 * Writes every share to its place, and reads those in clear back as their holders will; all or none. Wipes the scalars. Throws what the
 * file system and KMS throw.
 */
export const handOut = async (
  wallet: Wallet,
  split: Split,
  handings: readonly Handing[],
  encrypter: () => Promise<Encrypter>,
): Promise<void> => {
  const written: string[] = [];
  try {
    for (const { coSigner, file, homeKey } of handings) {
      const index = wallet.holders.find((one) => one.coSigner === coSigner)?.index;
      const share = split.shares.find((one) => one.index === index);
      if (share === undefined) throw new KeyturnError('CONFIG', `${coSigner} has no share of ${wallet.name}`);
      const text = shareText({ wallet: wallet.name, epoch: wallet.epoch, index: share.index, scalar: share.scalar });
      try {
        const bytes =
          homeKey === undefined
            ? text
            : await (await encrypter()).encrypt(homeKey, text, homeAad(wallet.name, coSigner, wallet.epoch));
        await writeNew(file, bytes);
        written.push(file);
      } finally {
        wipe(text);
      }
      if (homeKey === undefined) wipe(checkedShare(await readShareFile(file, true), coSigner, wallet));
    }
  } catch (error) {
    for (const file of written) await rm(file, { force: true });
    throw error;
  } finally {
    for (const { scalar } of split.shares) wipe(scalar);
  }
};

/** Takes shares away again that no law names. */
export const takeBack = async (handings: readonly Handing[]): Promise<void> => {
  for (const { file } of handings) await rm(file, { force: true });
};

const HEX = new Map([...'0123456789abcdef'].map((digit, value) => [digit.charCodeAt(0), value]));

/** 32 bytes from 64 hex digits, with or without 0x, white space around. Wipes `text`; the caller wipes the key. Throws USAGE. */
export const keyOf = (text: Uint8Array): Uint8Array => {
  try {
    const digits = text.filter((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
    const from = digits[0] === 0x30 && (digits[1] === 0x78 || digits[1] === 0x58) ? 2 : 0;
    const key = new Uint8Array(32);
    let good = digits.length === from + 64;
    for (let i = 0; good && i < 64; i++) {
      const digit = digits[from + i] ?? 0;
      const value = HEX.get(digit >= 0x41 && digit <= 0x46 ? digit + 0x20 : digit);
      if (value === undefined) good = false;
      else key[i >> 1] = ((key[i >> 1] ?? 0) << 4) | value;
    }
    wipe(digits);
    if (good) return key;
    wipe(key);
    throw usage('key', 'the key must be 64 hex digits, and nothing else');
  } finally {
    wipe(text);
  }
};
