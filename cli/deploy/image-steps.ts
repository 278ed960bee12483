import { configText, replaceConfigFile } from '#cli/app/config-file.ts';
import { shellWord } from '#cli/app/shell.ts';
import { acceptances } from '#cli/doctor/check-keys.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Config, parseOperations } from '#schemas/config.ts';
import { configValue } from '#schemas/config-text.ts';
import { OPERATIONS_OBJECT } from '#schemas/names.ts';
import { dayText } from '#schemas/spellings.ts';
import { attestedMember } from '../doctor/identities.ts';
import { bucketResource } from '../doctor/resources.ts';
import { imageCommands, imageNameOf, isNoDigest } from './image-context.ts';
import {
  apart,
  done,
  OPERATOR,
  registerApart,
  run,
  type Situation,
  type Step,
  seeing,
  tell,
  todo,
  together,
} from './step.ts';
import { acceptedLine, applyLines, imagesCommand } from './tfvars.ts';

/** From the sources to an image that enough co-signers accept. */

export const build = ({ context, file, config, typed }: Situation): Step => ({
  name: 'build',
  ...(context === undefined
    ? todo('dist/ is missing, older than its sources, or has another law')
    : done(`image ${context.tag}`)),
  who: OPERATOR,
  commands: [
    { kind: config === undefined ? 'tell' : 'build', line: `${typed} build --config ${shellWord(file.path)}` },
  ],
});

/** The digest in the configuration; undefined while it is all zeros. */
const digestIn = (config: Config | undefined): string | undefined => {
  const digest = config === undefined ? undefined : imageNameOf(config.operations.image).digest;
  return digest === undefined || isNoDigest(digest) ? undefined : digest;
};

const NOTHING = { state: 'todo', seen: 'nothing is built yet', who: OPERATOR } as const;
const NO_IMAGE = { state: 'todo', seen: 'no image yet' } as const;
/** What a later step will name, for whoever reads the whole plan before there is an image. */
const LATER = { folder: 'CONTEXT', tag: 'TAG', digest: 'sha256:DIGEST' } as const;

const repositoryOf = ({ deployment }: Situation): string => imageNameOf(deployment.config.operations.image).repository;

const taggedDigest = async ({ ports, context, config }: Situation): Promise<string | undefined> =>
  context === undefined || config === undefined
    ? undefined
    : (await ports.inspector()).taggedDigest(imageNameOf(config.operations.image).repository, context.tag);

export const push = async (at: Situation): Promise<Step> => {
  const name = 'push the image';
  const { context, config } = at;
  const repository = repositoryOf(at);
  if (context === undefined || config === undefined)
    return { name, ...NOTHING, commands: imageCommands(LATER, repository).map(tell) };
  const state = await seeing(async () => {
    const pushed = await taggedDigest(at);
    return pushed === undefined ? todo(`${repository} has no ${context.tag}`) : done(`${repository}@${pushed}`);
  });
  return { name, ...state, proves: true, who: OPERATOR, commands: imageCommands(context, repository).map(run) };
};

/** Into keyturn.json, from where functions, VM and Terraform know it. */
export const nameIt = async (at: Situation): Promise<Step> => {
  const name = 'name the image in operations.image';
  const { context, config, file } = at;
  const repository = repositoryOf(at);
  const named = (image: string): string => `# in ${file.path}: "image": "${image}"`;
  const later = [tell(named(`${repository}@${LATER.digest}`))];
  if (context === undefined || config === undefined) return { name, ...NOTHING, commands: later };
  let pushed: string | undefined;
  const state = await seeing(async () => {
    pushed = await taggedDigest(at);
    if (pushed === undefined) return todo('the image is not pushed yet');
    return pushed === digestIn(config)
      ? done(pushed)
      : todo(`pushed as ${pushed}, ${file.path} says ${digestIn(config) ?? 'none'}`);
  });
  const image = `${repository}@${pushed}`;
  const text = configText(file, file.law, { ...file.operations, image });
  return {
    name,
    ...state,
    who: OPERATOR,
    commands:
      state.state === 'done'
        ? []
        : pushed === undefined
          ? later
          : [{ kind: 'write', line: named(image), write: () => replaceConfigFile(file, text) }],
  };
};

/** Whether this image has its rights on a bucket: an apply without it would have taken them. */
const admittedTo = (at: Situation, config: Config, digest: string, bucket: string) =>
  seeing(async () => {
    const bindings = await (await at.ports.inspector()).policy(bucketResource(bucket));
    const member = attestedMember(config.law.operator.identityProvider, digest);
    return bindings.some(({ members }) => members.includes(member))
      ? done(`${bucket} is open to this image`)
      : todo(`this image has no role on ${bucket}`);
  });

const operationsAreThere = ({ ports, deployment }: Situation, config: Config) =>
  seeing(async () => {
    const stored = await (await ports.storage()).read(deployment.buckets.work, OPERATIONS_OBJECT, { limit: 1_048_576 });
    if (stored === undefined) return todo('operations.json is not there');
    const text = (value: unknown) => canonicalText(JSON.parse(JSON.stringify(value)));
    const value = configValue(new TextDecoder().decode(stored.bytes), OPERATIONS_OBJECT);
    const same = text(parseOperations(value)) === text(config.operations);
    return same
      ? done('operations.json is that of this configuration')
      : todo('operations.json is that of another configuration');
  });

/** Functions, operations.json and the image's rights, in the operator's project. */
export const admit = async (at: Situation): Promise<Step> => {
  const name = 'apply with the image';
  const { config, deployment } = at;
  const digest = digestIn(config);
  if (config === undefined || digest === undefined) {
    const written = imagesCommand(at.terraform, at.file.path, LATER.digest);
    const lines = [...(written === undefined ? [] : [written.line]), ...applyLines(at.terraform)];
    return { name, ...NO_IMAGE, who: OPERATOR, commands: lines.map(tell) };
  }
  const { work, register } = deployment.buckets;
  const own = registerApart(at) ? [work] : [work, register];
  const looked = await Promise.all([
    operationsAreThere(at, config),
    ...own.map((bucket) => admittedTo(at, config, digest, bucket)),
  ]);
  const write = imagesCommand(at.terraform, at.file.path, digest);
  return {
    name,
    proves: true,
    ...together([
      ...looked,
      ...(write === undefined ? [] : [todo("the next apply would take the image's rights away")]),
    ]),
    who: OPERATOR,
    commands: [...(write === undefined ? [] : [write]), ...applyLines(at.terraform).map(run)],
  };
};

export const admitRegister = async (at: Situation): Promise<Step> => {
  const name = "the register's owner admits the image";
  const { config, deployment } = at;
  const digest = digestIn(config);
  const who = ["the register's owner"];
  if (!registerApart(at))
    return { name, ...done("the register lies in the operator's project"), who: OPERATOR, commands: [] };
  const commands = [
    tell(`printf '%s\\n' '{"image_digests":["${digest ?? LATER.digest}"]}' > FOLDER/images.auto.tfvars.json`),
    ...applyLines('FOLDER').map(tell),
  ];
  if (config === undefined || digest === undefined) return { name, ...NO_IMAGE, who, commands };
  const looked = await admittedTo(at, config, digest, deployment.buckets.register);
  return { name, ...looked, proves: true, who, commands };
};

/** Enough have accepted when each wallet has its threshold; the others should follow before the old image is withdrawn. */
const enough = ({ law }: Config, accepted: ReadonlyMap<string, boolean | undefined>): boolean =>
  law.wallets.every(
    ({ threshold, holders }) => holders.filter(({ coSigner }) => accepted.get(coSigner) === true).length >= threshold,
  );

const DAYS = 90;

/** What each co-signer runs, word for word. The acceptance is theirs: no option makes this tool do it. */
const acceptanceLines = (at: Situation, digest: string): readonly string[] => {
  const until = `${dayText(at.now + DAYS * 86_400_000)}T00:00:00Z`;
  const folder = apart(at).length === 0 ? at.terraform : 'FOLDER';
  return [
    '# each, from the same sources and the same keyturn.json, after reading the law in it:',
    `${at.typed} config --config ${shellWord(at.file.path)}`,
    `${at.typed} build --config ${shellWord(at.file.path)} --compare ${digest}`,
    '# and only if it says that this is the same image. One that is still in use may stay in the list, with its own end:',
    acceptedLine(folder, digest, until),
    ...applyLines(folder),
  ];
};

export const acceptance = async (at: Situation): Promise<Step> => {
  const name = 'each co-signer accepts the image';
  const { config, ports, now } = at;
  const digest = digestIn(config);
  if (config === undefined || digest === undefined)
    return {
      ...{ name, ...NO_IMAGE, who: ['each co-signer'] },
      commands: acceptanceLines(at, LATER.digest).map(tell),
    };
  const accepted = await ports
    .inspector()
    .then((inspector) => acceptances(inspector, config.law, digest, now))
    .catch((error: unknown) => {
      if (!isKeyturnError(error)) throw error;
      return new Map<string, boolean | undefined>(config.law.coSigners.map((one) => [one.name, undefined]));
    });
  const those = (state: boolean | undefined) => [...accepted].filter(([, is]) => is === state).map(([who]) => who);
  const [yes, no, hidden] = [those(true), those(false), those(undefined)];
  const parts = [
    ...(yes.length > 0 ? [`accepted by ${yes.join(', ')}`] : []),
    ...(no.length > 0 ? [`not by ${no.join(', ')}`] : []),
    ...(hidden.length > 0 ? [`cannot be seen: ${hidden.join(', ')} (ask them)`] : []),
  ];
  return {
    name,
    state: enough(config, accepted) ? 'done' : hidden.length > 0 && no.length === 0 ? 'unknown' : 'todo',
    proves: true,
    seen: parts.join('; '),
    who: [...no, ...hidden],
    commands: acceptanceLines(at, digest).map(tell),
  };
};
