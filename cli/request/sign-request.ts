import { resolve } from 'node:path';
import type { Session } from '#cli/app/session.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { digestOf, signingPayload } from '#schemas/digest.ts';
import { isLoopback } from '#schemas/loopback.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';
import { isSigner } from '#schemas/spellings.ts';
import { type Keystore, readKeystore, signByKeystore } from './keystore.ts';
import { walletAddressOf } from './outlook.ts';
import { respelled, typedSignature } from './signature-spelling.ts';

/** How a request gets its requester's signature, as typed. */
export interface SigningOptions {
  readonly signature?: string;
  readonly signWith?: string;
  readonly passwordFile?: string;
}

/** Who signs, read before anybody is asked for a password. */
export type Signer =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'elsewhere'; readonly signature: string }
  | { readonly kind: 'keystore'; readonly keystore: Keystore; readonly passwordFile: string | undefined }
  | { readonly kind: 'rpc'; readonly url: string };

const usage = (field: string, message: string) => new KeyturnError('USAGE', message, { field });

/** An account is unlocked for whoever asks there, and its answer is a signature: not over a plain line to elsewhere. */
const rpcOf = (text: string): string => {
  const url = URL.parse(text);
  if (url === null) throw usage('signWith', '--sign-with: is no url');
  if (url.username !== '' || url.password !== '')
    throw usage('signWith', '--sign-with: a url on a command line must hold no password');
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw usage('signWith', '--sign-with: must be https, or http to this machine');
  return url.href;
};

/** Throws USAGE, NOT_FOUND. `folder`: where a path begins. */
export const signerOf = async (options: SigningOptions & { readonly file?: string }): Promise<Signer> => {
  const { signature, signWith, passwordFile, file } = options;
  if (signature !== undefined && signWith !== undefined)
    throw usage('signature', '--signature and --sign-with: give one of them');
  if (passwordFile !== undefined && (signWith === undefined || /^https?:/i.test(signWith)))
    throw usage('passwordFile', '--password-file: is that of a keystore, which --sign-with names');
  if (signature !== undefined) {
    if (file === undefined)
      throw usage('signature', '--signature: is of a request that was printed. Give that one with --file');
    return { kind: 'elsewhere', signature: typedSignature(signature, '--signature') };
  }
  if (signWith === undefined) return { kind: 'nobody' };
  if (/^https?:/i.test(signWith)) return { kind: 'rpc', url: rpcOf(signWith) };
  return { kind: 'keystore', keystore: await readKeystore(resolve(signWith)), passwordFile };
};

/** Who asks, where --requester does not say it: whose key signs. */
export const requesterBy = (signer: Signer): string | undefined =>
  signer.kind === 'keystore' ? signer.keystore.address : undefined;

/** What is wrong before anything is signed. Throws USAGE. */
const mustFit = ({ requester, requesterSignature }: TransactionRequest, signer: Signer): void => {
  const option = signer.kind === 'elsewhere' ? '--signature' : '--sign-with';
  if (requesterSignature !== '') throw usage('file', `${option}: the request in the file is signed already`);
  if (!isSigner(requester))
    throw usage(
      'requester',
      `${option}: the requester ${requester} is no address, so nobody can sign for it. Name the account: --requester 0x…`,
    );
  const address = requesterBy(signer);
  if (address !== undefined && address !== requester)
    throw usage('signWith', `--sign-with: holds the key of ${address}, and the requester is ${requester}`);
};

const signatureBy = async (session: Session, request: TransactionRequest, signer: Signer): Promise<string> => {
  const address = walletAddressOf(session, request);
  const { register } = session.deployment.buckets;
  switch (signer.kind) {
    case 'nobody':
      return request.requesterSignature;
    case 'elsewhere':
      return signer.signature;
    case 'keystore': {
      const digest = `0x${digestOf(request, address, register)}`;
      return signByKeystore(session, signer.keystore, digest, signer.passwordFile);
    }
    case 'rpc': {
      const payload = signingPayload(request, address, register);
      const asked = session.ports.signTypedData(signer.url, request.requester, JSON.stringify(payload));
      const signature = await session.out.during('waiting for the signer', asked);
      // Whatever it is, who made it is checked next.
      return respelled(signature) ?? signature;
    }
    default:
      return signer satisfies never;
  }
};

/**
 * The request with its requester's signature. Whose that is, the law's own check says next. Throws USAGE, and where the signer does not
 * answer, what it says.
 */
export const signed = async (
  session: Session,
  request: TransactionRequest,
  signer: Signer,
): Promise<TransactionRequest> => {
  if (signer.kind === 'nobody') return request;
  mustFit(request, signer);
  return parseRequest({ ...request, requesterSignature: await signatureBy(session, request, signer) });
};
