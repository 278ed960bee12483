import type { Session } from '#cli/app/session.ts';
import { wrongOption } from '#cli/app/wrong-option.ts';
import { type OpenShares, openShares, type ReadShare, shareFileOf } from '#cli/request/open-shares.ts';
import { isSecretItself, MAX_SHARE_FILE_BYTES, readShareFile } from '#cli/wallet/secret-file.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { CoSigner } from '#schemas/config.ts';
import type { SharePlace } from './api.ts';

/** What is approved, for whoever is asked at the terminal: the page may be in other hands. `asks`: as in `pending`. */
export interface Asked {
  readonly id: string;
  readonly asks: string;
}

/** Where the process finds the share of whoever runs it. The page never does. */
export interface ShareSource {
  readonly place: SharePlace;
  /** Reads it: each time anew, so that none is kept. Whoever opens it wipes it. Throws as `openShares`. */
  open(what: Asked): Promise<OpenShares>;
}

/** The share itself, or the name of its file. Neither is shown while it is typed. */
const asked = async (
  session: Session,
  coSigner: CoSigner,
  { wallet, what }: { readonly wallet: string; readonly what: Asked },
): Promise<Uint8Array> => {
  const question = `To approve ${what.id} as ${coSigner.name}: ${what.asks}. The share of wallet ${wallet}, or the name of its file (not shown): `;
  const answer = (await session.ask(question, 'hidden'))?.trim();
  if (answer === undefined)
    throw new KeyturnError('USAGE', 'nobody can be asked for the share (no terminal): start the console with --share', {
      field: 'share',
    });
  if (answer === '') throw new KeyturnError('USAGE', 'no share was given at the terminal', { field: 'share' });
  if (!isSecretItself(answer)) return readShareFile(answer, session.deployment.lab === undefined);
  const bytes = new TextEncoder().encode(answer);
  if (bytes.length > MAX_SHARE_FILE_BYTES) throw new KeyturnError('TOO_LARGE', 'that is no share', { field: 'share' });
  return bytes;
};

/** `given`: of --share. `coSigner`: undefined where whoever runs it may only see. Throws USAGE where --share is of no use. */
export const shareSourceOf = (
  session: Session,
  coSigner: CoSigner | undefined,
  given: string | undefined,
): ShareSource => {
  if (coSigner === undefined) {
    if (given !== undefined) throw wrongOption('share', 'belongs to a co-signer: say who you are with --as NAME');
    return {
      place: 'none',
      open: () =>
        Promise.reject(new KeyturnError('USAGE', 'whoever runs this console is no co-signer', { field: 'as' })),
    };
  }
  if (given === '-') throw wrongOption('share', 'name a file: standard input cannot be read for each approval');
  const fileOf = (wallet?: string): string => shareFileOf(session, coSigner, given, wallet);
  try {
    fileOf();
  } catch (error) {
    if (given !== undefined || !isKeyturnError(error)) throw error;
    const open = (what: Asked): Promise<OpenShares> => {
      const read: ReadShare = (wallet) => asked(session, coSigner, { wallet, what });
      return openShares(session, (wallet) => wallet, coSigner, read);
    };
    return { place: 'terminal', open };
  }
  return { place: 'file', open: () => openShares(session, fileOf, coSigner) };
};
