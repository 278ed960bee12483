import { z } from 'zod';
import { shellWord } from '#cli/app/shell.ts';
import { done, OPERATOR, type Situation, type Step, tell, todo } from './step.ts';

const named = z.array(z.looseObject({ name: z.string(), version: z.string(), publicKey: z.string() }));

const VERSION =
  /^projects\/([^/]+)\/locations\/([^/]+)\/keyRings\/([^/]+)\/cryptoKeys\/([^/]+)\/cryptoKeyVersions\/(.+)$/;

const lookUp = (version: string): readonly string[] => {
  const [, project = '', location = '', ring = '', key = '', n = ''] = VERSION.exec(version) ?? [];
  const where = `--key=${shellWord(key)} --keyring=${shellWord(ring)} --location=${shellWord(location)} --project=${shellWord(project)}`;
  return [
    `gcloud kms keys versions get-public-key ${shellWord(n)} ${where} --output-file=event-key.pem`,
    'openssl pkey -pubin -in event-key.pem -outform DER | openssl base64 -A  # into law.eventKeys[].publicKey',
  ];
};

/** Of a law that names keys for events. Their public keys are known once Terraform has made them, and the law is not whole before. */
export const eventKeys = ({ file }: Pick<Situation, 'file'>): readonly Step[] => {
  const keys = named.safeParse(file.law.eventKeys);
  if (!keys.success) return [];
  const missing = keys.data.filter(({ publicKey }) => publicKey === '');
  return [
    {
      name: 'public keys of the event keys',
      ...(missing.length === 0
        ? done(keys.data.map(({ name }) => name).join(', '))
        : todo(`not in the law yet: ${missing.map(({ name }) => name).join(', ')}`)),
      who: OPERATOR,
      commands: missing.flatMap(({ version }) => lookUp(version).map(tell)),
    },
  ];
};
