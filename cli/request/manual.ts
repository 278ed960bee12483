import { shellWord } from '#cli/app/shell.ts';
import type { CoSigner } from '#schemas/config.ts';
import { rejectionObject, shareAad, shareFolder } from '#schemas/names.ts';

const KEY = /^projects\/([^/]+)\/locations\/([^/]+)\/keyRings\/([^/]+)\/cryptoKeys\/([^/]+)$/;

/**
 * The same approval by gcloud alone (https://cloud.google.com/sdk/gcloud/reference/kms/encrypt), for who does not want to trust this tool
 * with a share. printf, never echo: a newline at the end would be part of what is authenticated.
 */
export const manualCommands = (
  coSigner: CoSigner,
  id: string,
  shareFile: string,
  object?: string,
): readonly string[] => {
  const [, project = '', location = '', ring = '', key = ''] = KEY.exec(coSigner.releaseKey) ?? [];
  const { shareLocation } = coSigner;
  const target = `gs://${shareLocation.bucket}/${object ?? shareFolder(shareLocation, id)}`;
  return [
    `printf %s ${shellWord(shareAad(id, coSigner.name))} > aad`,
    [
      'gcloud kms encrypt',
      `--project ${shellWord(project)} --location ${shellWord(location)}`,
      `--keyring ${shellWord(ring)} --key ${shellWord(key)}`,
      `--plaintext-file ${shellWord(shareFile)} --additional-authenticated-data-file aad`,
      '--ciphertext-file share.kms',
    ].join(' '),
    `gcloud storage cp --if-generation-match=0 share.kms ${shellWord(target)}`,
    'rm aad share.kms',
  ];
};

/** The same rejection by gcloud alone: one object in the co-signer's own place, whatever is in it. */
export const manualRejection = ({ shareLocation }: CoSigner, id: string, content: string): readonly string[] => {
  const target = `gs://${shareLocation.bucket}/${rejectionObject(shareLocation, id)}`;
  return [
    `printf %s ${shellWord(content)} > rejection`,
    `gcloud storage cp --if-generation-match=0 rejection ${shellWord(target)}`,
    'rm rejection',
  ];
};
