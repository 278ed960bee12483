import { canonicalText } from '#schemas/canonical.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Config, parseOperations } from '#schemas/config.ts';
import { OPERATIONS_OBJECT } from '#schemas/names.ts';
import type { Deployment } from '../deployment.ts';
import { acceptances } from '../doctor/of-rights.ts';
import { type ImageContext, imageCommands, imageNameOf, isNoDigest } from '../image-context.ts';
import type { Ports } from '../session.ts';
import { shellWord } from '../shell.ts';

/** `unknown`: it could not be seen from here whether this is done. */
export type State = 'done' | 'todo' | 'unknown';

/** A command of the operator's; `run` says that this tool may run it when it is told to. */
export interface Command {
  readonly line: string;
  readonly run: boolean;
}

export interface Step {
  readonly name: string;
  readonly state: State;
  /** What was seen. */
  readonly seen: string;
  /** Who must do it: the operator, or names of co-signers. */
  readonly who: readonly string[];
  readonly commands: readonly Command[];
}

export interface Situation {
  readonly file: string;
  readonly terraform: string;
  /** Undefined while a wallet's key is still to be made. */
  readonly config: Config | undefined;
  /** Wallets whose keys are still to be made. */
  readonly drafts: readonly string[];
  readonly deployment: Deployment;
  readonly ports: Ports;
  /** Function zips and, with this law, the image context; undefined where they are not built. */
  readonly context: ImageContext | undefined;
  /** ms */
  readonly now: number;
}

export const BUILD = 'build';
const OPERATOR = ['operator'];
const by = (line: string, run = true): Command => ({ line, run });

/** What was seen, or 'unknown' and why. */
const seeing = async (look: () => Promise<Pick<Step, 'state' | 'seen'>>): Promise<Pick<Step, 'state' | 'seen'>> => {
  try {
    return await look();
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return { state: 'unknown', seen: `${error.code}: ${error.message}` };
  }
};

const terraform = ({ terraform: folder, file }: Situation, ...more: string[]): readonly Command[] => [
  by(`terraform -chdir=${shellWord(folder)} init -input=false`),
  by([`terraform -chdir=${shellWord(folder)} apply -input=false`, `-var config=${shellWord(file)}`, ...more].join(' ')),
];

export const foundation = async (at: Situation): Promise<Step> => {
  const { deployment, ports } = at;
  const state = await seeing(async () => {
    const storage = await ports.storage();
    const { register, work } = deployment.buckets;
    try {
      await Promise.all([storage.settings(register), storage.list(work, 'operations.json', { limit: 1 })]);
      return { state: 'done', seen: `buckets ${register} and ${work} are there` };
    } catch (error) {
      if (!isKeyturnError(error, 'NOT_FOUND')) throw error;
      return { state: 'todo', seen: 'the buckets are not there' };
    }
  });
  return { name: 'apply without an image', ...state, who: OPERATOR, commands: terraform(at) };
};

export const wallets = ({ drafts, config, file }: Situation): Step => ({
  name: 'make the wallets',
  state: drafts.length > 0 || config === undefined ? 'todo' : 'done',
  seen:
    drafts.length > 0 || config === undefined
      ? `no key yet: ${drafts.join(', ') || 'the law names no wallet'}`
      : config.law.wallets.map(({ name, address }) => `${name} ${address}`).join(', '),
  who: ['all holders, together'],
  commands: (drafts.length > 0 ? drafts : ['NAME']).map((name) =>
    by(`keyturn wallet create ${name} --config ${shellWord(file)} --home --out shares`, false),
  ),
});

export const build = ({ context, file, config }: Situation): Step => ({
  name: BUILD,
  state: context === undefined ? 'todo' : 'done',
  seen: context === undefined ? 'dist/ is missing, older than its sources, or has another law' : `image ${context.tag}`,
  who: OPERATOR,
  commands: config === undefined ? [] : [by(`keyturn build --config ${shellWord(file)}`, false)],
});

export const push = async ({ context, config, ports, file }: Situation): Promise<Step> => {
  const name = 'push the image';
  if (context === undefined || config === undefined)
    return { name, state: 'todo', seen: 'nothing is built yet', who: OPERATOR, commands: [] };
  const { repository, digest } = imageNameOf(config.operations.image);
  const commands = imageCommands(context, repository).map((line) => by(line));
  const state = await seeing(async () => {
    const pushed = await (await ports.inspector()).taggedDigest(repository, context.tag);
    if (pushed === undefined) return { state: 'todo', seen: `${repository} has no ${context.tag}` };
    return pushed === digest
      ? { state: 'done', seen: `${repository}@${digest}` }
      : {
          state: 'todo',
          seen: `pushed as ${pushed}, but operations.image says ${isNoDigest(digest) ? 'none' : digest}: put it into ${file}`,
        };
  });
  const written = state.seen.startsWith('pushed as');
  return { name, ...state, who: OPERATOR, commands: written ? [] : commands };
};

/** Enough have accepted when each wallet has its threshold; the others should follow before the old image is withdrawn. */
const enough = ({ law }: Config, accepted: ReadonlyMap<string, boolean | undefined>): boolean =>
  law.wallets.every(
    ({ threshold, holders }) => holders.filter(({ coSigner }) => accepted.get(coSigner) === true).length >= threshold,
  );

export const acceptance = async ({ config, ports, now }: Situation): Promise<Step> => {
  const name = 'each co-signer accepts the image';
  const digest = config === undefined ? '' : imageNameOf(config.operations.image).digest;
  if (config === undefined || isNoDigest(digest))
    return { name, state: 'todo', seen: 'no image yet', who: ['each co-signer'], commands: [] };
  const accepted = await ports
    .inspector()
    .then((inspector) => acceptances(inspector, config.law, digest, now))
    .catch((error: unknown) => {
      if (!isKeyturnError(error)) throw error;
      return new Map<string, boolean | undefined>(config.law.coSigners.map((one) => [one.name, undefined]));
    });
  const those = (state: boolean | undefined) => [...accepted].filter(([, is]) => is === state).map(([who]) => who);
  const [yes, no, hidden] = [those(true), those(false), those(undefined)];
  const until = `${new Date(now + 90 * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;
  const parts = [
    ...(yes.length > 0 ? [`accepted by ${yes.join(', ')}`] : []),
    ...(no.length > 0 ? [`not by ${no.join(', ')}`] : []),
    ...(hidden.length > 0 ? [`cannot be seen: ${hidden.join(', ')} (ask them)`] : []),
  ];
  return {
    name,
    state: enough(config, accepted) ? 'done' : hidden.length > 0 && no.length === 0 ? 'unknown' : 'todo',
    seen: parts.join('; '),
    who: [...no, ...hidden],
    commands: [
      by('# each, after building the same image from the same sources and reading the law in it:', false),
      by(`terraform apply -var ${shellWord(`accepted_images={"${digest}"="${until}"}`)}`, false),
    ],
  };
};

export const functions = async (at: Situation): Promise<Step> => {
  const { config, deployment, ports } = at;
  const name = 'apply functions and operations';
  const digest = config === undefined ? '' : imageNameOf(config.operations.image).digest;
  if (config === undefined || isNoDigest(digest))
    return { name, state: 'todo', seen: 'no image yet', who: OPERATOR, commands: [] };
  const state = await seeing(async () => {
    const stored = await (await ports.storage()).read(deployment.buckets.work, OPERATIONS_OBJECT, { limit: 1_048_576 });
    if (stored === undefined) return { state: 'todo', seen: 'operations.json is not there' };
    const text = (value: unknown) => canonicalText(JSON.parse(JSON.stringify(value)));
    const same = text(parseOperations(JSON.parse(new TextDecoder().decode(stored.bytes)))) === text(config.operations);
    return same
      ? { state: 'done', seen: 'operations.json is that of this configuration' }
      : { state: 'todo', seen: 'operations.json is that of another configuration' };
  });
  const images = `-var ${shellWord(`image_digests=["${digest}"]`)}`;
  return { name, ...state, who: OPERATOR, commands: terraform(at, images) };
};

/** In the order in which they must happen. */
export const stepsOf = async (at: Situation): Promise<readonly Step[]> => {
  const [ground, pushed, accepted, applied] = await Promise.all([
    foundation(at),
    push(at),
    acceptance(at),
    functions(at),
  ]);
  return [ground, wallets(at), build(at), pushed, accepted, applied];
};

/** What is next: the first that is not done. What could not be seen does not stop anybody who is past it. */
export const nextOf = (steps: readonly Step[]): Step | undefined => {
  const last = steps.findLastIndex(({ state }) => state === 'done');
  return steps.find(({ state }, i) => state === 'todo' || (state === 'unknown' && i > last));
};
