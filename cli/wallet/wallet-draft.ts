import { z } from 'zod';
import type { ConfigFile } from '#cli/app/config-file.ts';
import { addressOfCommitment } from '#core/shares/address.ts';
import { MAX_GROUP_SIZE } from '#core/shares/feldman.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Config, parseConfig } from '#schemas/config.ts';

/** A wallet of the law before its key is made: everything but address and commitments, as far as it was written down. */
export interface WalletDraft {
  readonly name: string;
  readonly threshold: number;
  readonly epoch: number;
  readonly holders: readonly { readonly coSigner: string; readonly index: number }[];
  /** '' where the law does not say yet. */
  readonly address: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

const written = z.object({
  name: z.string(),
  threshold: z.number().int().optional(),
  epoch: z.number().int().min(1).default(1),
  address: z.string().default(''),
  commitments: z.array(z.unknown()).default([]),
  holders: z.array(z.object({ coSigner: z.string(), index: z.number().int() })).optional(),
});

const listIn = (law: ConfigFile['law'], key: string): readonly Readonly<Record<string, unknown>>[] => {
  const list = z.array(z.record(z.string(), z.unknown())).safeParse(law[key] ?? []);
  if (!list.success) throw new KeyturnError('CONFIG', `law.${key}: must be a list of objects`, { field: key });
  return list.data;
};

/** A wallet without commitments: its key is not made yet. */
const isDraft = (raw: Readonly<Record<string, unknown>>): boolean =>
  raw.commitments === undefined || (Array.isArray(raw.commitments) && raw.commitments.length === 0);

export const draftNames = ({ law }: ConfigFile): readonly string[] =>
  listIn(law, 'wallets')
    .filter(isDraft)
    .map(({ name }) => String(name));

/** Denies everything, so that a wallet which nobody wrote a policy for pays nobody. */
const NOTHING_YET = { rules: [{ name: 'nothing-yet', effect: 'deny', destinations: ['*'] }] };

const usage = (field: string, message: string) => new KeyturnError('USAGE', message, { field });

/**
 * What is to be made for wallet `name`: as the law has it, or, where the law does not have it, from the options. Throws CONFIG where its
 * key is made already. A second key would be a second wallet, and what the first one holds would be lost to it. Throws USAGE.
 */
export const draftWallet = (
  file: ConfigFile,
  name: string,
  options: { readonly threshold: number | undefined; readonly holders: readonly string[] | undefined },
): WalletDraft => {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) throw usage('name', 'a wallet name is a-z, 0-9 and -, at most 31');
  const there = listIn(file.law, 'wallets').find((one) => one.name === name);
  if (there !== undefined && !isDraft(there))
    throw new KeyturnError(
      'CONFIG',
      `wallet ${name} is made already (${String(there.address)}): this would be another key; give another name`,
      { field: 'wallet' },
    );
  const raw = there ?? {
    name,
    chains: listIn(file.law, 'chains').map(({ chainId }) => ({ chainId, startNonce: '0' })),
    policy: NOTHING_YET,
  };
  const parsed = written.safeParse(raw);
  if (!parsed.success)
    throw new KeyturnError(
      'CONFIG',
      parsed.error.issues.map(({ path, message }) => `wallet ${name}: ${path.join('.')}: ${message}`).join('\n'),
      { field: 'wallet' },
    );
  const said = parsed.data;
  if (said.threshold !== undefined && options.threshold !== undefined && said.threshold !== options.threshold)
    throw usage('threshold', `--threshold: the law says ${said.threshold} for ${name}; leave it out`);
  if (said.holders !== undefined && options.holders !== undefined)
    throw usage('holders', `--holders: the law names the holders of ${name}; leave it out`);
  const threshold = said.threshold ?? options.threshold;
  if (threshold === undefined)
    throw usage('threshold', '--threshold must be given: how many shares does a signature take?');
  const names = options.holders ?? listIn(file.law, 'coSigners').map((one) => String(one.name));
  const holders = said.holders ?? names.map((coSigner, i) => ({ coSigner, index: i + 1 }));
  if (holders.length > MAX_GROUP_SIZE || threshold < 1 || threshold > holders.length)
    throw usage(
      'threshold',
      `${threshold} of ${holders.length} cannot be: 1 to ${MAX_GROUP_SIZE} holders, at least the threshold`,
    );
  return { name, threshold, epoch: said.epoch, holders, address: said.address, raw };
};

/** The law with the wallet made: everything else as it was, in its order. */
export const lawWith = (
  file: ConfigFile,
  draft: WalletDraft,
  made: { readonly address: string; readonly commitments: readonly string[] },
): Readonly<Record<string, unknown>> => {
  const { name, threshold, epoch, holders, raw } = draft;
  const wallet = { ...raw, name, address: made.address, threshold, epoch, holders, commitments: made.commitments };
  const before = listIn(file.law, 'wallets');
  const wallets = before.some((one) => one.name === name)
    ? before.map((one) => (one.name === name ? wallet : one))
    : [...before, wallet];
  return { ...file.law, wallets };
};

/** Checks it as everybody will read it, but for wallets whose keys are still to be made. Throws CONFIG with every problem. */
export const checkedConfig = (law: Readonly<Record<string, unknown>>, operations: unknown): Config =>
  parseConfig({ law: { ...law, wallets: listIn(law, 'wallets').filter((one) => !isDraft(one)) }, operations });

/** The generator of secp256k1: the public key that everybody has the key of. */
const NOBODYS = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';

/**
 * The configuration with a stand-in for its wallets, while none of them is made: for names and places, to look whether buckets are there.
 * Never written, never shown. Throws CONFIG.
 */
export const standInConfig = (file: ConfigFile): Config => {
  const [coSigner] = listIn(file.law, 'coSigners');
  const [chain] = listIn(file.law, 'chains');
  const wallet = {
    name: 'stand-in',
    address: addressOfCommitment(NOBODYS),
    chains: [{ chainId: chain?.chainId, startNonce: '0' }],
    threshold: 1,
    epoch: 1,
    holders: [{ coSigner: coSigner?.name, index: 1 }],
    commitments: [NOBODYS],
    policy: NOTHING_YET,
  };
  // A public key is known once the operator's first apply has made its key.
  const { eventKeys: _, ...law } = file.law;
  return parseConfig({ law: { ...law, wallets: [wallet] }, operations: file.operations });
};

const shown = (value: unknown): string => (value === undefined ? '(nothing)' : JSON.stringify(value));

/** What an edit changes, one line each: `law.wallets.treasury.address: (nothing) → "0x…"`. */
export const changesIn = (before: unknown, after: unknown, at = 'law'): readonly string[] => {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const named = (list: readonly unknown[]) =>
    Object.fromEntries(
      list.map((one, i) => [typeof one === 'object' && one !== null && 'name' in one ? String(one.name) : `${i}`, one]),
    );
  const parts = (value: unknown): Readonly<Record<string, unknown>> | undefined => {
    if (Array.isArray(value)) return value.every((one) => typeof one === 'object') ? named(value) : undefined;
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  };
  const [old, now] = [before === undefined ? {} : parts(before), parts(after)];
  if (old === undefined || now === undefined) return [`${at}: ${shown(before)} → ${shown(after)}`];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) =>
    changesIn(old[key], now[key], `${at}.${key}`),
  );
};
