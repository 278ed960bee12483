import type { Command } from 'commander';
import { type CliContext, inSession, optionOf } from '#cli/app/cli-context.ts';
import { examples } from '#cli/app/help.ts';
import { create, type MakeOptions } from './wallet-make.ts';
import { verify } from './wallet-verify.ts';

const list = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const making = (command: Command): Command =>
  command
    .argument('<name>', 'of the wallet, as in the law')
    .option('--threshold <k>', 'how many shares a signature needs (if the law does not say)')
    .option('--holders <names>', 'co-signers that get a share: alice,bob,… (default: all of the law)')
    .option('--share <holder=file>', "where that holder's share goes; once for each holder", list)
    .option('--home', "encrypt the shares to their holders' home keys in Cloud KMS")
    .option('--home-key <holder=key>', 'a home key that is not <key ring of the release key>/home', list)
    .option('--out <folder>', 'folder for the shares that --share does not name')
    .option(
      '--i-know',
      'allow unencrypted shares together in one folder (not asked for where the register has lock "off", as in a lab)',
    );

export const define = (command: Command, cli: CliContext): void => {
  command.description(
    'Make a wallet. Splits its key k of n, hands each share to its holder alone, and writes address and commitments into the law. The person who runs this ceremony holds the key while it runs.',
  );
  const config = (): string | undefined => optionOf(command.optsWithGlobals(), 'config');
  examples(
    making(command.command('create'))
      .summary('from a new key')
      .description('Make a wallet from a new random key. The key exists only while this runs.')
      .action(async (name: string, options: MakeOptions) => {
        cli.exitCode = await create(cli, config(), name, options, undefined);
      }),
    [
      ['wallet create treasury --config keyturn.json --home --out shares', 'encrypted to home keys'],
      [
        'wallet create treasury --config keyturn.json --share alice=/media/a/alice.share --share bob=/media/b/bob.share',
        'on two USB sticks',
      ],
    ],
  );
  examples(
    making(command.command('import'))
      .summary('from a key that exists')
      .description(
        'Make a wallet from a key that exists. The key is read from a file or from standard input, never from an argument.',
      )
      .requiredOption('--key <file>', '64 hex digits; - is standard input')
      .action(async (name: string, options: MakeOptions & { readonly key: string }) => {
        cli.exitCode = await create(cli, config(), name, options, options.key);
      }),
    [['wallet import treasury --config keyturn.json --key old.key --home --out shares', 'then destroy old.key']],
  );
  const verifying = command.command('verify');
  examples(
    verifying
      .summary('is this a good share?')
      .description('Check a share against the law, as the workload will. The share is not shown.')
      .argument('[file]', 'your share; - is standard input (in a lab: all that --as holds)')
      .option('--wallet <name>', 'of which wallet (default: the one that the share names)')
      .action((file: string | undefined, options: { readonly wallet?: string }) => {
        const as = optionOf(verifying.optsWithGlobals(), 'as');
        return inSession(cli, verifying, 'co-signer', (session) => verify(session, file, { ...options, as }));
      }),
    [['wallet verify alice.share --config keyturn.json --as alice', 'is it the share of Alice?']],
  );
  examples(command, [
    ['wallet create treasury --config keyturn.json --home --out shares', 'a new key'],
    ['wallet import treasury --config keyturn.json --key - --home --out shares', 'a key that exists'],
    ['wallet verify alice.share --config keyturn.json', 'a holder checks what was handed over'],
  ]);
};
