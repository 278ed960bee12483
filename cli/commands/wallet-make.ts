import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { CliContext } from '#cli/app/cli-context.ts';
import { configText, isReformatted, readConfigFile, replaceConfigFile } from '#cli/app/config-file.ts';
import { deploymentOf } from '#cli/app/deployment.ts';
import { DONE } from '#cli/app/failure.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bold, good, warn } from '#cli/app/output.ts';
import type { Ports } from '#cli/app/session.ts';
import { shellWord } from '#cli/app/shell.ts';
import { parseCount } from '#cli/app/units.ts';
import {
  checkPlaces,
  type Handing,
  handingsOf,
  handOut,
  homeAad,
  keyOf,
  pairsOf,
  splitChecked,
  takeBack,
} from '#cli/wallet/ceremony.ts';
import { readSecretFile } from '#cli/wallet/secret-file.ts';
import { changesIn, checkedConfig, draftNames, draftWallet, lawWith } from '#cli/wallet/wallet-draft.ts';
import { wipe } from '#core/shares/shares.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { type Config, coSignerNamed, type Wallet, walletNamed } from '#schemas/config.ts';

export interface MakeOptions {
  readonly threshold?: string;
  readonly holders?: string;
  readonly share?: readonly string[];
  readonly home?: boolean;
  readonly homeKey?: readonly string[];
  readonly out?: string;
  readonly iKnow?: boolean;
}

export const SPOKEN = 'While this ceremony runs, the person who runs it holds the key, and so does this machine.';

/** Bytes of a key file: 64 digits, and room for white space. */
const MAX_KEY_BYTES = 256;

const keyBytes = async (cli: CliContext, from: string): Promise<Uint8Array> =>
  keyOf(from === '-' ? await cli.stdin(MAX_KEY_BYTES) : await readSecretFile(resolve(cli.folder, from), true, 'key'));

/** An imported address has a past: its first sealed nonce must be the one that the chain expects next. Best effort. */
const nonceWarnings = async (ports: Ports, wallet: Wallet): Promise<readonly string[]> => {
  const warnings = wallet.chains.map(async ({ chainId, startNonce }) => {
    try {
      const count = await (await ports.chains()).of(chainId).count(wallet.address, 'latest');
      if (`${count}` === startNonce) return [];
      return [
        `chain ${chainId} has seen ${count} transactions of it: startNonce must be "${count}", the law says "${startNonce}"`,
      ];
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      return [
        `chain ${chainId} could not be asked (${error.code}): startNonce "${startNonce}" must be its next nonce there`,
      ];
    }
  });
  return (await Promise.all(warnings)).flat();
};

/** How a holder gets at an encrypted share: https://cloud.google.com/sdk/gcloud/reference/kms/decrypt */
const openCommand = (wallet: Wallet, { coSigner, file, homeKey }: Handing): readonly string[] => {
  const [, project = '', location = '', ring = '', key = ''] =
    /^projects\/([^/]+)\/locations\/([^/]+)\/keyRings\/([^/]+)\/cryptoKeys\/([^/]+)$/.exec(homeKey ?? '') ?? [];
  return [
    `printf %s ${shellWord(homeAad(wallet.name, coSigner, wallet.epoch))} > aad`,
    `gcloud kms decrypt --project ${shellWord(project)} --location ${shellWord(location)} --keyring ${shellWord(ring)} --key ${shellWord(key)} --additional-authenticated-data-file aad --ciphertext-file ${shellWord(file)} --plaintext-file -`,
  ];
};

/** Shamir's polynomial is then the key itself. */
const ALONE = 'threshold 1: each share is the whole key, so any one holder can sign alone; take 2 or more';

/** `wallet create`, and with `keyFrom` (a file, or - for standard input) `wallet import`. */
export const create = async (
  cli: CliContext,
  given: string | undefined,
  name: string,
  options: MakeOptions,
  keyFrom: string | undefined,
  random: (length: number) => Uint8Array = (length) => new Uint8Array(randomBytes(length)),
): Promise<number> => {
  const { out, folder, signal } = cli;
  const file = await readConfigFile(folder, given);
  if (file.lab)
    throw new KeyturnError('USAGE', 'a running lab has its wallet already: name a keyturn.json with --config', {
      field: 'config',
    });
  const draft = draftWallet(file, name, {
    threshold: options.threshold === undefined ? undefined : parseCount(options.threshold, '--threshold', 16),
    holders: options.holders?.split(',').filter((one) => one !== ''),
  });
  out.line(bold(SPOKEN));
  const key = keyFrom === undefined ? random(32) : await keyBytes(cli, keyFrom);
  const split = splitChecked(key, draft, random);
  try {
    if (draft.address !== '' && draft.address !== split.address)
      throw new KeyturnError('WRONG_KEY', `the law says ${draft.address}, this key is that of ${split.address}`, {
        field: 'address',
      });
    const law = lawWith(file, draft, split);
    const config = checkedConfig(law, file.operations);
    const wallet = walletNamed(config.law, name);
    if (wallet === undefined) throw new KeyturnError('CONFIG', `wallet ${name} was not made`);
    const handings = handingsOf(draft, config.law.coSigners, {
      folder,
      share: pairsOf(options.share ?? [], '--share'),
      homeKey: pairsOf(options.homeKey ?? [], '--home-key'),
      home: options.home === true,
      out: options.out,
    });
    const together = options.iKnow === true || config.law.register.lock === 'off';
    await checkPlaces(handings, together, options.out === undefined ? undefined : resolve(folder, options.out));
    const ports = await cli.connect(deploymentOf(file.path, config), undefined);
    try {
      goOn(signal);
      cli.left = `shares may have been written: check ${handings.map((one) => one.file).join(', ')}`;
      await out.during('handing out the shares', handOut(wallet, split, handings, ports.encrypter));
      await replaceConfigFile(file, configText(file, law)).catch(async (error: unknown) => {
        await takeBack(handings);
        throw error;
      });
      cli.left = `wallet ${name} is made: ${wallet.address}`;
      const warnings = [
        ...(wallet.threshold === 1 ? [ALONE] : []),
        ...(keyFrom === undefined ? [] : await nonceWarnings(ports, wallet)),
      ];
      const unfinished = draftNames({ ...file, law });
      const made = { path: file.path, config, wallet, handings, imported: keyFrom !== undefined, warnings, unfinished };
      tell(cli, made, [
        ...changesIn(file.law, law),
        ...(isReformatted(file) ? ['the file was written again with its own indentation; nothing else changed'] : []),
      ]);
      return DONE;
    } finally {
      await ports.close();
    }
  } finally {
    for (const { scalar } of split.shares) wipe(scalar);
  }
};

interface Made {
  readonly path: string;
  readonly config: Config;
  readonly wallet: Wallet;
  readonly handings: readonly Handing[];
  readonly imported: boolean;
  readonly warnings: readonly string[];
  /** Wallets of the same law whose keys are still to be made. */
  readonly unfinished: readonly string[];
}

const tell = (cli: CliContext, made: Made, changes: readonly string[]): void => {
  const { out, typed } = cli;
  const { wallet, config, handings, imported } = made;
  out.line([good('made'), ` wallet ${wallet.name} ${wallet.address}, ${wallet.threshold} of ${wallet.holders.length}`]);
  out.line(`In ${made.path}:`);
  out.lines(changes.map((change) => `  ${change}`));
  out.line(
    made.unfinished.length === 0
      ? `The law's hash is now ${config.lawHash}`
      : warn(`The law is not whole yet: ${made.unfinished.join(', ')} must be made too`),
  );
  for (const handing of handings) {
    const { coSigner, file, homeKey } = handing;
    const key = homeKey === undefined ? 'in clear, mode 0600' : `opens with ${homeKey}`;
    out.line([bold(coSigner), ` takes ${file} (${key})`]);
    if (homeKey !== undefined) out.lines(openCommand(wallet, handing).map((command) => `  ${command}`));
  }
  out.line(
    `Each holder checks their share with: ${typed} wallet verify FILE --config ${shellWord(made.path)}. Then delete the shares from this machine.`,
  );
  if (imported) out.line(warn('! anyone who had this key before still has it: move the funds, unless you are sure'));
  for (const words of made.warnings) out.line(warn(`! ${words}`));
  if (config.law.register.lock === 'off')
    out.line(warn('! LAB: the register is not locked; do not put real money into this wallet'));
  out.result('wallet create', {
    ok: true,
    wallet: wallet.name,
    address: wallet.address,
    threshold: wallet.threshold,
    epoch: wallet.epoch,
    commitments: wallet.commitments,
    lawHash: made.unfinished.length === 0 ? config.lawHash : null,
    config: made.path,
    changes,
    shares: handings.map(({ coSigner, file, homeKey }) => ({
      coSigner,
      releaseKey: coSignerNamed(config.law, coSigner)?.releaseKey ?? null,
      file,
      homeKey: homeKey ?? null,
    })),
    imported,
    warnings: made.warnings,
    spoken: SPOKEN,
    unfinished: made.unfinished,
  });
};
