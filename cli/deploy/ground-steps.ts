import { shellWord } from '#cli/app/shell.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { keyResource } from '../doctor/resources.ts';
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
import { applyLines, imagesCommand } from './tfvars.ts';

/** What there is before any image: projects, keys, buckets, RPC urls, and the wallets. */

/** Keys, pool and bucket of co-signers with a project of their own: without them the operator's apply fails. */
export const coSigners = async (at: Situation): Promise<Step> => {
  const name = "co-signers' first apply";
  const names = apart(at);
  const { law } = at.deployment.config;
  if (names.length === 0)
    return {
      name,
      ...done("all keys lie in the operator's project: one apply makes them"),
      who: OPERATOR,
      commands: [],
    };
  const looked = await Promise.all(
    law.coSigners
      .filter((one) => names.includes(one.name))
      .map(async (one) => {
        const state = await seeing(async () => {
          try {
            await (await at.ports.inspector()).policy(keyResource(one.releaseKey));
            return done(one.name);
          } catch (error) {
            if (!isKeyturnError(error, 'NOT_FOUND')) throw error;
            return todo(`${one.name} has no release key yet`);
          }
        });
        return {
          name: one.name,
          ...state,
          seen: state.state === 'unknown' ? `${one.name} (not visible: ask)` : state.seen,
        };
      }),
  );
  const { state, seen } = together(looked);
  return {
    name,
    state,
    seen: state === 'done' ? `${seen}: keys are there` : seen,
    who: looked.filter((one) => one.state !== 'done').map((one) => one.name),
    commands: [
      tell(
        '# each in the own project, with parts = ["<own name>"] and ceremony_members = [whoever makes the wallets]:',
      ),
      ...applyLines('FOLDER', '-var connected=false').map(tell),
    ],
  };
};

const bucketIsThere = (at: Situation, bucket: string) =>
  seeing(async () => {
    try {
      await (await at.ports.storage()).settings(bucket);
      return done(bucket);
    } catch (error) {
      if (!isKeyturnError(error, 'NOT_FOUND')) throw error;
      return todo(`there is no bucket ${bucket}`);
    }
  });

/** The operator's part, still without an image. */
export const foundation = async (at: Situation): Promise<Step> => {
  const { work, results, register } = at.deployment.buckets;
  const own = [work, results, ...(registerApart(at) ? [] : [register])];
  const looked = await Promise.all(own.map((bucket) => bucketIsThere(at, bucket)));
  const write = imagesCommand(at.terraform, at.file.path, undefined);
  return {
    name: 'apply without an image',
    ...together(looked),
    proves: true,
    who: OPERATOR,
    commands: [...(write === undefined ? [] : [write]), ...applyLines(at.terraform).map(run)],
  };
};

/** The bucket that must not forget, in a project that the operator does not own. */
export const register = async (at: Situation): Promise<Step> => {
  const name = "the register's owner applies";
  if (!registerApart(at))
    return { name, ...done("the register lies in the operator's project"), who: OPERATOR, commands: [] };
  const state = await bucketIsThere(at, at.deployment.buckets.register);
  return {
    name,
    ...state,
    proves: true,
    who: ["the register's owner"],
    commands: [tell('# in the register\'s project, with parts = ["register"]:'), ...applyLines('FOLDER').map(tell)],
  };
};

const SECRET = /^secret:projects\/([^/]+)\/secrets\/([^/]+)/;

/** Terraform makes secrets without a value: urls carry keys, and its state is no place for them. */
export const secrets = async (at: Situation): Promise<Step> => {
  const urls = at.deployment.config.operations.rpc.flatMap(({ urls: all }) => all).filter((url) => SECRET.test(url));
  const looked = await Promise.all(
    urls.map(async (url) => {
      const [, project = '', secret = ''] = SECRET.exec(url) ?? [];
      const state = await seeing(async () =>
        (await (await at.ports.inspector()).hasValue(url)) ? done(secret) : todo(`secret ${secret} has no value`),
      );
      return { ...state, project, secret };
    }),
  );
  return {
    name: 'values of the RPC secrets',
    ...(looked.length === 0 ? done('no RPC url is a secret') : together(looked)),
    who: OPERATOR,
    commands: looked
      .filter(({ state }) => state !== 'done')
      .map(({ secret, project }) =>
        tell(
          `printf %s "$URL" | gcloud secrets versions add ${shellWord(secret)} --project ${shellWord(project)} --data-file=-`,
        ),
      ),
  };
};

export const wallets = ({ drafts, config, file, typed }: Situation): Step => ({
  name: 'make the wallets',
  ...(drafts.length > 0 || config === undefined
    ? todo(`no key yet: ${drafts.join(', ') || 'the law names no wallet'}`)
    : done(config.law.wallets.map(({ name, address }) => `${name} ${address}`).join(', '))),
  who: ['all holders, together'],
  commands: (drafts.length > 0 ? drafts : ['NAME --threshold K']).map((name) =>
    tell(`${typed} wallet create ${name} --config ${shellWord(file.path)} --home --out shares`),
  ),
});
