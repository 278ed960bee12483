import type { Command, Option } from 'commander';
import type { CliContext } from '#cli/app/cli-context.ts';
import { type Deployment, principalOf } from '#cli/app/deployment.ts';
import { markOf } from '#core/facts/marks.ts';
import { listAll } from '#core/facts/store.ts';
import { openFolder } from '#schemas/names.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type { Line, Place } from './place.ts';

export interface Candidate {
  readonly value: string;
  /** Of this program or of the own law, never of a request. */
  readonly about: string;
}

export interface Candidates {
  /** Whether a file may stand there. */
  readonly files: boolean;
  readonly found: readonly Candidate[];
}

const NOTHING: Candidates = { files: false, found: [] };
const FILES: Candidates = { files: true, found: [] };
const named = (values: readonly string[], about: string): Candidates => ({
  files: false,
  found: values.map((value) => ({ value, about })),
});

/** A shell shows the whole list, so more would help nobody. */
const MOST_IDS = 200;

/**
 * Ids of requests, whole. Names of objects come from outside, and a request may hold anything. So only what is 64 hex digits is taken, with words
 * of the own law beside it. Of what is begun, those that are over as well.
 */
const idsOf = async (cli: CliContext, deployment: Deployment, line: Line): Promise<Candidates> => {
  const begun = line.begun.toLowerCase();
  if (!/^[0-9a-f]{0,64}$/.test(begun)) return NOTHING;
  const me = principalOf(deployment, line.given.get('--as'), 'co-signer');
  const ports = await cli.connect(deployment, me);
  try {
    const storage = await ports.storage();
    const { work, results } = deployment.buckets;
    const known = new Set(deployment.config.law.wallets.map(({ name }) => name));
    const marks = await listAll(storage, work, openFolder()).catch(() => []);
    const open = marks.flatMap((object) => markOf(object) ?? []).filter(({ wallet }) => known.has(wallet));
    const found = new Map(open.map(({ id, wallet, stage }) => [id, `${stage}, of ${wallet}`]));
    if (begun !== '') {
      const { objects } = await storage.list(results, `requests/${begun}`);
      for (const { name } of objects) {
        const id = name.split('/')[1] ?? '';
        if (!found.has(id)) found.set(id, 'a request');
      }
    }
    const ids = [...found].filter(([id]) => isRequestId(id) && id.startsWith(begun));
    return { files: false, found: ids.slice(0, MOST_IDS).map(([value, about]) => ({ value, about })) };
  } finally {
    void ports.close().catch(() => {});
  }
};

const namesOf = ({ config: { law }, lab }: Deployment): readonly string[] => [
  ...new Set([...law.coSigners.map(({ name }) => name), ...Object.keys(lab?.tokens ?? {})]),
];

const valuesOf = async (option: Option, open: () => Promise<Deployment>): Promise<Candidates> => {
  if (option.argChoices !== undefined) return named(option.argChoices, '');
  switch (option.long) {
    case '--as':
      return named(namesOf(await open()), 'who you are');
    case '--wallet':
      return named(
        (await open()).config.law.wallets.map(({ name }) => name),
        'wallet',
      );
    case '--chain':
      return named(
        (await open()).config.law.chains.map(({ chainId }) => chainId),
        'chain',
      );
    case '--token':
      return named(
        (await open()).config.law.chains.flatMap(({ tokens }) => tokens.map(({ symbol }) => symbol)),
        'token',
      );
    default:
      return FILES;
  }
};

/** The long options of a command and those of all commands. */
const optionsOf = (command: Command): readonly Option[] => [
  ...command.options,
  ...(command.parent === null ? [] : optionsOf(command.parent)),
];

const summaryOf = (command: Command): string => command.summary() || command.description().split('\n')[0] || '';

const within = async (cli: CliContext, line: Line, place: Place): Promise<Candidates> => {
  const open = () => cli.open(line.given.get('--config'));
  switch (place.kind) {
    case 'command': {
      const help = place.command.createHelp();
      const visible = help.visibleCommands(place.command).filter((one) => one.name() !== 'help');
      return { files: false, found: visible.map((one) => ({ value: one.name(), about: summaryOf(one) })) };
    }
    case 'option':
      return {
        files: false,
        found: optionsOf(place.command).flatMap(({ long, description }) =>
          typeof long === 'string' ? [{ value: long, about: description }] : [],
        ),
      };
    case 'value':
      return valuesOf(place.option, open);
    case 'argument':
      if (place.name === 'id') return idsOf(cli, await open(), line);
      return place.name === 'file' ? FILES : named(place.choices, '');
    default:
      return place satisfies never;
  }
};

/** A word that no shell could take for anything else. What is none is not offered. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** What fits at the cursor. Nothing where that cannot be told within `deadline` (ms): a prompt that hangs is worse than an empty one. */
export const candidatesFor = async (cli: CliContext, line: Line, deadline: number): Promise<Candidates> => {
  const { place, begun } = line;
  const late = cli.clock.sleep(deadline, cli.signal).then(
    () => NOTHING,
    () => NOTHING,
  );
  const looked = within(cli, line, place).catch(() => NOTHING);
  const { files, found } = await Promise.race([looked, late]);
  const prefix = place.kind === 'value' ? place.prefix : '';
  const typed = begun.slice(prefix.length);
  const fitting = found.filter(
    ({ value }) => PLAIN.test(value) && value.startsWith(place.kind === 'argument' ? typed.toLowerCase() : typed),
  );
  return { files, found: fitting.map(({ value, about }) => ({ value: `${prefix}${value}`, about })) };
};
