import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';

/** The module behind one command: it adds arguments, options, examples and the action. */
export interface CommandModule {
  define(command: Command, cli: CliContext): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/**
 * Every command, in the order of the help. A module is loaded only when its own command runs. So `keyturn show` never loads the local
 * cloud, nor a client that it does not use.
 */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'demo', summary: 'run the full pipeline once on this machine', load: () => import('#cli/commands/demo.ts') },
  { name: 'dev', summary: 'keep the local cloud running', load: () => import('#cli/commands/dev.ts') },
  { name: 'request', summary: 'ask for a transaction', load: () => import('#cli/commands/request.ts') },
  { name: 'pending', summary: 'list the requests that wait', load: () => import('#cli/commands/pending.ts') },
  { name: 'watch', summary: 'tell what you can answer, as it comes', load: () => import('#cli/commands/watch.ts') },
  { name: 'list', summary: 'list requests by how they ended', load: () => import('#cli/commands/list.ts') },
  { name: 'show', summary: 'read one request in words', load: () => import('#cli/commands/show.ts') },
  {
    name: 'verify',
    summary: 'compute id, digests and twelve words from two files',
    load: () => import('#cli/commands/verify.ts'),
  },
  { name: 'approve', summary: 'approve requests with your share', load: () => import('#cli/commands/approve.ts') },
  { name: 'reject', summary: 'reject one request', load: () => import('#cli/commands/reject.ts') },
  {
    name: 'console',
    summary: 'see and answer requests on a page of your own',
    load: () => import('#cli/commands/console.ts'),
  },
  { name: 'status', summary: 'what became of a request, or of all', load: () => import('#cli/commands/status.ts') },
  { name: 'why', summary: 'what a request waits for, and what to do', load: () => import('#cli/commands/why.ts') },
  {
    name: 'logs',
    summary: 'what functions and machines logged of a request',
    load: () => import('#cli/commands/logs.ts'),
  },
  {
    name: 'withdraw',
    summary: 'take back a request that is not signed',
    load: () => import('#cli/commands/withdraw.ts'),
  },
  {
    name: 'cancel',
    summary: 'replace a stuck transaction by one that does nothing',
    load: () => import('#cli/commands/cancel.ts'),
  },
  { name: 'receipts', summary: 'list or follow settled transactions', load: () => import('#cli/commands/receipts.ts') },
  {
    name: 'statement',
    summary: 'a month’s subledger, checked against the chain',
    load: () => import('#cli/commands/statement.ts'),
  },
  {
    name: 'audit',
    summary: 'check a receipt, a bundle or a register',
    load: () => import('#cli/commands/audit.ts'),
  },
  { name: 'pause', summary: 'stop signing', load: () => import('#cli/commands/pause.ts') },
  { name: 'resume', summary: 'end a pause', load: () => import('#cli/commands/resume.ts') },
  {
    name: 'dead-letters',
    summary: 'list the messages that could not be processed',
    load: () => import('#cli/commands/dead-letters.ts'),
  },
  { name: 'redrive', summary: 'deliver dead letters again', load: () => import('#cli/commands/redrive.ts') },
  { name: 'replay', summary: 'send stored receipts again', load: () => import('#cli/commands/replay.ts') },
  {
    name: 'config',
    summary: 'check keyturn.json, print its law and hash',
    load: () => import('#cli/commands/config.ts'),
  },
  {
    name: 'policy',
    summary: 'ask the law: explain a request, run its cases, replay',
    load: () => import('#cli/commands/policy.ts'),
  },
  {
    name: 'wallet',
    summary: 'make a wallet: split its key for its holders',
    load: () => import('#cli/commands/wallet.ts'),
  },
  {
    name: 'build',
    summary: 'make the function zips and the image context',
    load: () => import('#cli/commands/build.ts'),
  },
  { name: 'deploy', summary: 'walk through a deployment', load: () => import('#cli/commands/deploy.ts') },
  { name: 'doctor', summary: 'check a config or a deployment', load: () => import('#cli/commands/doctor.ts') },
  {
    name: 'completion',
    summary: 'complete command lines in bash or zsh',
    load: () => import('#cli/commands/completion.ts'),
  },
];
