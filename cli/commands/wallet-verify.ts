import { DONE } from '#cli/app/failure.ts';
import { good } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { walletGiven } from '#cli/app/wallet-option.ts';
import { MAX_SHARE_FILE_BYTES, readShareFile, SHARE_FAULTS } from '#cli/wallet/share-file.ts';
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

const fileOf = ({ deployment, me }: Session, given: string | undefined): string => {
  const file = given ?? deployment.lab?.coSigners.find(({ name }) => name === me)?.shareFile;
  if (file === undefined) throw new KeyturnError('USAGE', 'give the file of your share', { field: 'file' });
  return file;
};

export const verify = async (session: Session, given: string | undefined, options: VerifyOptions): Promise<number> => {
  const { out, deployment } = session;
  const { law, lawHash } = deployment.config;
  const file = fileOf(session, given);
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
      out.line([
        good('good'),
        `: share ${share.index} of ${wallet.name} ${wallet.address}, that of ${holder}, epoch ${share.epoch}`,
      ]);
      out.line(`It fits the commitments of the law ${lawHash}.`);
      out.result('wallet verify', {
        ok: true,
        wallet: wallet.name,
        address: wallet.address,
        coSigner: holder,
        index: share.index,
        epoch: share.epoch,
        lawHash,
      });
      return DONE;
    } finally {
      wipe(share.scalar);
    }
  } finally {
    wipe(bytes);
  }
};
