import { DONE } from '#cli/app/failure.ts';
import { good } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { walletGiven } from '#cli/app/wallet-option.ts';
import { MAX_SHARE_FILE_BYTES, readShareFile } from '#cli/wallet/secret-file.ts';
import { SHARE_FAULTS } from '#cli/wallet/share-file.ts';
import { wipe } from '#core/shares/feldman.ts';
import { shareFault } from '#core/shares/shares.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { walletNamed } from '#schemas/config.ts';
import { parseShareText } from '#schemas/share-text.ts';

export interface VerifyOptions {
  readonly wallet?: string;
  /** The co-signer that --as names; whose share it is, is told from its index where undefined. */
  readonly as: string | undefined;
}

interface Checked {
  readonly wallet: string;
  readonly address: string;
  readonly coSigner: string | undefined;
  readonly index: number;
  readonly epoch: number;
}

/** Files to look at. Without one: each that this person holds in a lab, or the one of `--wallet`. Throws USAGE. */
const filesOf = (
  { deployment, me }: Session,
  given: string | undefined,
  wallet: string | undefined,
): readonly string[] => {
  if (given !== undefined) return [given];
  const mine = deployment.lab?.coSigners.find(({ name }) => name === me);
  if (mine === undefined) throw new KeyturnError('USAGE', 'give the file of your share', { field: 'file' });
  const { shareFile, shareFiles = {} } = mine;
  if (wallet !== undefined) return [shareFiles[wallet] ?? shareFile];
  const all = Object.values(shareFiles);
  return all.length === 0 ? [shareFile] : all;
};

const checked = async (session: Session, file: string, options: VerifyOptions): Promise<Checked> => {
  const { deployment } = session;
  const { law } = deployment.config;
  const bytes =
    file === '-' ? await session.stdin(MAX_SHARE_FILE_BYTES) : await readShareFile(file, deployment.lab === undefined);
  try {
    const share = parseShareText(bytes);
    try {
      const wallet = options.wallet === undefined ? walletNamed(law, share.wallet) : walletGiven(law, options.wallet);
      if (wallet === undefined)
        throw new KeyturnError('UNKNOWN_WALLET', `your law knows no wallet ${share.wallet}`, { field: 'wallet' });
      const holder = options.as ?? wallet.holders.find(({ index }) => index === share.index)?.coSigner;
      const fault = holder === undefined ? 'SHARE_UNKNOWN_CO_SIGNER' : shareFault(holder, share, wallet);
      if (fault !== undefined) throw new KeyturnError(fault, SHARE_FAULTS[fault], { field: 'share' });
      const { index, epoch } = share;
      return { wallet: wallet.name, address: wallet.address, coSigner: holder, index, epoch };
    } finally {
      wipe(share.scalar);
    }
  } finally {
    wipe(bytes);
  }
};

/** Looks at each share. The first one that is not good is thrown, after the good ones before it were told. */
export const verify = async (session: Session, given: string | undefined, options: VerifyOptions): Promise<number> => {
  const { out, deployment } = session;
  const { lawHash } = deployment.config;
  if (options.wallet !== undefined) walletGiven(deployment.config.law, options.wallet);
  const shares: Checked[] = [];
  for (const file of filesOf(session, given, options.wallet)) {
    const share = await checked(session, file, options);
    const { wallet, address, coSigner, index, epoch } = share;
    out.line([good('good'), `: share ${index} of ${wallet} ${address}, that of ${coSigner}, epoch ${epoch}`]);
    shares.push(share);
  }
  const [first, ...others] = shares;
  out.line(`${others.length === 0 ? 'It fits' : 'They fit'} the commitments of the law ${lawHash}.`);
  out.result('wallet verify', { ok: true, ...(others.length === 0 ? first : { shares }), lawHash });
  return DONE;
};
