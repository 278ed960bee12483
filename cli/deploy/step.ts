import type { ConfigFile } from '#cli/app/config-file.ts';
import type { Deployment } from '#cli/app/deployment.ts';
import type { Ports } from '#cli/app/session.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { Config } from '#schemas/config.ts';
import type { ImageContext } from './image-context.ts';

/** `unknown`: it could not be seen from here whether this is done. */
export type State = 'done' | 'todo' | 'unknown';

/** What is to be done for a step; `line` is how a person does it. */
export type Command =
  /** This tool may run it when it is told to. */
  | { readonly kind: 'run'; readonly line: string }
  /** This tool may write that file. */
  | { readonly kind: 'write'; readonly line: string; readonly write: () => Promise<void> }
  /** This tool may make function zips and image context. */
  | { readonly kind: 'build'; readonly line: string }
  /** For people: theirs to do. */
  | { readonly kind: 'tell'; readonly line: string };

export interface Step {
  readonly name: string;
  readonly state: State;
  /** What was seen. */
  readonly seen: string;
  /** Who must do it: the operator, or names of others. */
  readonly who: readonly string[];
  readonly commands: readonly Command[];
  /** Where it is done, everything before it is: it cannot be done otherwise. */
  readonly proves?: boolean;
}

export interface Situation {
  /** This program as a person types it here. */
  readonly typed: string;
  readonly file: ConfigFile;
  /** Folder of the operator's root module, absolute. */
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

export const OPERATOR = ['operator'];
export const run = (line: string): Command => ({ kind: 'run', line });
export const tell = (line: string): Command => ({ kind: 'tell', line });

type Looked = Pick<Step, 'state' | 'seen'>;
export const done = (seen: string): Looked => ({ state: 'done', seen });
export const todo = (seen: string): Looked => ({ state: 'todo', seen });

/** What was seen, or 'unknown' and why. */
export const seeing = async (look: () => Promise<Looked>): Promise<Looked> => {
  try {
    return await look();
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return { state: 'unknown', seen: `${error.code}: ${error.message}` };
  }
};

/** Of several things that one step makes: what is not there decides, then what could not be seen. */
export const together = (all: readonly Looked[]): Looked => {
  const state = (['todo', 'unknown'] as const).find((one) => all.some((each) => each.state === one)) ?? 'done';
  const seen = all.filter((each) => each.state === state).map((each) => each.seen);
  return { state, seen: [...new Set(seen)].join('; ') };
};

/** Whether somebody else owns the register's project. */
export const registerApart = ({ deployment }: Situation): boolean => {
  const { law } = deployment.config;
  return law.register.projectNumber !== law.operator.projectNumber;
};

/** Co-signers with a project of their own: what they apply, the operator cannot. */
export const apart = ({ deployment }: Situation): readonly string[] => {
  const { law } = deployment.config;
  return law.coSigners
    .filter(({ releaseKey }) => releaseKey.split('/')[1] !== law.operator.projectId)
    .map(({ name }) => name);
};
