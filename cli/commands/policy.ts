import type { Command } from 'commander';
import { type CliContext, inSession, optionOf } from '#cli/app/cli-context.ts';
import { examples } from '#cli/app/help.ts';
import { CASES_FILE } from '#cli/policy/cases-file.ts';
import { type ExplainOptions, explainOffline, explainOnline } from './policy-explain.ts';
import { type ReplayOptions, replayPolicy } from './policy-replay.ts';
import { type CasesOptions, testPolicy } from './policy-test.ts';

const defineExplain = (command: Command, cli: CliContext): void => {
  examples(
    command
      .command('explain')
      .summary('why the policy allows or denies a request')
      .description(
        'Say of every rule why it matches or not, and of every window what it would take and what room is left. With --law nothing but the two files is read.\nExit code 0: the policy allows it; 1: it denies it, or something failed; 2: the command line is wrong.',
      )
      .argument('<file>', 'the request as published, or request.json as stored')
      .option('--law <file>', 'a law, or a keyturn.json: no network, and room left is not known')
      .action(async (file: string, options: ExplainOptions) => {
        if (options.law !== undefined) cli.exitCode = await explainOffline(cli, file, options.law);
        else await inSession(cli, command, 'co-signer', (session) => explainOnline(session, cli.folder, file));
      }),
    [
      ['policy explain request.json', 'every rule, every window, and the room left in the register'],
      ['policy explain request.json --law keyturn.json --json', 'from two files alone, for a program'],
    ],
  );
};

const defineTest = (command: Command, cli: CliContext): void => {
  examples(
    command
      .command('test')
      .summary('run the cases beside the law')
      .description(
        `Judge each case of ${CASES_FILE} under the law, and compare with what it expects. No network.\nExit code 0: all come out as expected; 1: one does not, or something failed; 2: the command line is wrong.`,
      )
      .argument('[file]', `the cases (default: ${CASES_FILE} beside the law)`)
      .option('--law <file>', 'a law, or a keyturn.json (default: that of --config)')
      .action(async (file: string | undefined, options: CasesOptions) => {
        const config = optionOf(command.optsWithGlobals(), 'config');
        cli.exitCode = await testPolicy(cli, file, { ...options, config });
      }),
    [['policy test --law keyturn.json', 'does the law do what was meant?']],
  );
};

const defineReplay = (command: Command, cli: CliContext): void => {
  examples(
    command
      .command('replay')
      .summary('what a proposed law would have changed')
      .description(
        'Judge the stored requests under the law in force and under a proposed one, and say what differs. The policy alone is judged. Of those that were sealed, it also says which would have found no room in a window.\nExit code 0: nothing would change; 1: something would, a request could not be judged, or something failed; 2: the command line is wrong.',
      )
      .requiredOption('--law <file>', 'the proposed law, or a keyturn.json')
      .option('--since <duration>', 'only requests that were stored since, such as 30d or 12h (default: all)')
      .option('--accepted', 'compare with the law under which each was accepted, where that is kept')
      .action((options: ReplayOptions) =>
        inSession(cli, command, 'co-signer', (session) => replayPolicy(session, cli.folder, options)),
      ),
    [['policy replay --law proposed.json --since 30d', 'who would need more approvals, and what would be refused']],
  );
};

export const define = (command: Command, cli: CliContext): void => {
  command.description(
    'Ask the policy of a law: why it allows or denies a request, and whether it does what was meant.',
  );
  defineExplain(command, cli);
  defineTest(command, cli);
  defineReplay(command, cli);
  examples(command, [
    ['policy explain request.json --law keyturn.json', 'why a request is allowed or denied'],
    ['policy test --law keyturn.json', 'does the law do what was meant?'],
    ['policy replay --law proposed.json', 'what another law would have changed'],
  ]);
};
