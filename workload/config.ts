import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyturnError } from '#schemas/codes.ts';
import { type Config, type Law, parseLaw, type Wallet, walletNamed } from '#schemas/config.ts';

export interface WorkloadConfig {
  readonly law: Law;
  readonly lawHash: string;
  readonly wallet: Wallet;
  readonly turn: bigint;
  /** Where the launcher's token file and socket are. */
  readonly launcherDir: string;
}

/**
 * Of a name that stands twice, other readers of the same bytes would take another value. Canonical text has none, and the law's hash is then
 * that of the measured file itself. So nothing that reads JSON any deeper need be in the image.
 */
const lawIn = (text: string): Pick<Config, 'law' | 'lawHash'> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new KeyturnError('CONFIG', 'law.json is not JSON', { cause });
  }
  const { law, lawHash, lawText } = parseLaw(value);
  if (lawText !== text)
    throw new KeyturnError('CONFIG', 'law.json is not the canonical text of its law, or a name stands twice in it');
  return { law, lawHash };
};

/**
 * The law lies beside the bundle, in the measured image. From outside comes only the turn (`tee-env-KEYTURN_TURN`): the attestation
 * condition allows nothing else. The launcher's folder comes from the image itself. Throws CONFIG.
 */
export const readWorkloadConfig = (
  imageFolder: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): WorkloadConfig => {
  const { law, lawHash } = lawIn(readFileSync(join(imageFolder, 'law.json'), 'utf8'));
  const [, walletName = '', turn = ''] =
    /^([a-z][a-z0-9-]{0,30})\/([1-9][0-9]{0,11})$/.exec(environment.KEYTURN_TURN ?? '') ?? [];
  const wallet = walletNamed(law, walletName);
  if (wallet === undefined)
    throw new KeyturnError('CONFIG', 'KEYTURN_TURN must be <wallet>/<n> with a wallet of the law');
  return {
    law,
    lawHash,
    wallet,
    turn: BigInt(turn),
    launcherDir: environment.KEYTURN_LAUNCHER_DIR ?? '/run/container_launcher',
  };
};
