import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Mismatch, Samples } from './match.ts';
import type { Block, Page } from './read.ts';
import { openShell, type Shell, type Typed } from './shell.ts';

/** Where a page is run, and by whom. */
export interface Stage {
  /** A bare folder. */
  readonly folder: string;
  /** All of the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What others do. Throws where the words mean nothing. */
  readonly act: (words: string) => Promise<void>;
  readonly has: (tool: string) => boolean;
  readonly onTyped?: (command: string, typed: Typed) => void;
}

/** One for each block of the page that a reader could type. */
export interface Done {
  readonly line: number;
  readonly what: 'ran' | 'skipped' | 'unrun';
  /** The tools that are missing, or why no test runs it. */
  readonly because: string;
}

export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  constructor(line: number, command: string, cause: unknown) {
    super(`line ${line}: $ ${command}\n${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

const ASKS_STATUS = 'echo $?';

const runConsole = async (block: Block, shell: Shell, samples: Samples, stage: Stage): Promise<void> => {
  const answers = block.types.map((each) => samples.answer(each));
  const until = block['ctrl-c'][0];
  for (const [at, { line, text, shown }] of block.commands.entries()) {
    try {
      const command = samples.fill(text);
      const typed = await shell.type(command, at === 0 ? { answers, until } : {});
      stage.onTyped?.(command, typed);
      if (typed.status !== 0 && block.commands[at + 1]?.text !== ASKS_STATUS)
        throw new Mismatch(`exit code ${typed.status}, and the page does not say so:\n${typed.text}`);
      samples.compare(shown, typed.text);
    } catch (cause) {
      throw new StepFailed(line, text, cause);
    }
  }
};

const runScript = async ({ line, text }: Block, shell: Shell, samples: Samples, stage: Stage): Promise<void> => {
  try {
    const command = samples.fill(text);
    const typed = await shell.type(command, { strict: true });
    stage.onTyped?.(command, typed);
    if (typed.status !== 0) throw new Mismatch(`exit code ${typed.status}:\n${typed.text}`);
  } catch (cause) {
    throw new StepFailed(line, text, cause);
  }
};

/** Runs what a page shows, in order, in one shell. Throws StepFailed at the first block that is not as shown. */
export const runPage = async (page: Page, stage: Stage): Promise<readonly Done[]> => {
  const samples = new Samples(page.samples);
  const shell = openShell(stage.folder, stage.env);
  const done: Done[] = [];
  try {
    for (const block of page.blocks) {
      const { line, unrun } = block;
      const missing = block.needs.filter((tool) => !stage.has(tool));
      if (unrun !== '' || missing.length > 0) {
        done.push({ line, what: unrun === '' ? 'skipped' : 'unrun', because: unrun || missing.join(', ') });
        continue;
      }
      for (const words of block.before) await stage.act(samples.fill(words));
      const others = Promise.all(block.meanwhile.map((words) => stage.act(samples.fill(words))));
      // It is waited for below, and must not end the process before.
      others.catch(() => {});
      if (block.kind === 'file') writeFileSync(join(stage.folder, block.name), `${samples.fill(block.text)}\n`);
      else if (block.kind === 'console') await runConsole(block, shell, samples, stage);
      else await runScript(block, shell, samples, stage);
      await others;
      done.push({ line, what: 'ran', because: '' });
    }
    return done;
  } finally {
    await shell.close();
  }
};
