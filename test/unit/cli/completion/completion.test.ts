import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '#cli/app/commands.ts';
import { completionScript, SHELLS, type Shell } from '#cli/completion/script.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { openObject } from '#schemas/names.ts';
import { lineOf, type Over } from '#test/support/cli/command-line.ts';
import { type CliHarness, idOf, requestOf } from '#test/support/cli/people.ts';

const WRAPPER = fileURLToPath(new URL('../../../../keyturn', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'keyturn-completion-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ID = idOf(requestOf());
/** A look that ends before the deadline. */
const never = { clock: { now: () => 0, sleep: () => new Promise<void>(() => {}) } };

const reply = async (words: readonly string[], over: Over = never) => {
  const { code, stdout, stderr } = await lineOf(['completion', 'reply', '--', ...words], undefined, over);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [kind, ...lines] = stdout.trimEnd().split('\n');
  return { kind, values: lines.map((line) => line.split('\t')[0]), lines };
};

describe('what fits at the cursor', () => {
  test('commands, each with what it does', async () => {
    const { values, lines } = await reply(['']);
    expect(values).toEqual(COMMANDS.map(({ name }) => name));
    expect(lines).toContain('reject\treject one request');
    expect((await reply(['app'])).values).toEqual(['approve']);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['commands of a group', ['wallet', ''], ['create', 'import', 'verify']],
    ['no command that is hidden, but the choices of an argument', ['completion', ''], ['bash', 'zsh']],
    ['options', ['pending', '--w'], ['--wallet', '--watch']],
    ['options of watch', ['watch', '--as', 'alice', '--w'], ['--wallet', '--webhook']],
    ['wallets of the law, of watch', ['watch', '--wallet', ''], ['treasury']],
    ['options of all commands too', ['status', 'aaaa', '--c'], ['--config']],
    ['choices', ['dev', '--shape', ''], ['lab', 'split']],
    ['choices after an equals sign, as zsh has it', ['dev', '--shape=s'], ['--shape=split']],
    ['choices after an equals sign, as bash breaks it', ['dev', '--shape', '=', 's'], ['split']],
    ['all of them there', ['dev', '--shape', '='], ['lab', 'split']],
    ['wallets of the law', ['pending', '--wallet', 'tr'], ['treasury']],
    ['who one may be', ['approve', 'x', '--as', ''], ['alice', 'bob', 'carol', 'dapp', 'finance', 'operator']],
    ['chains', ['request', '--chain', ''], ['31337']],
    ['nothing for a name', ['wallet', 'create', ''], []],
    ['nothing behind the last argument', ['show', ID, ''], []],
  ])('%s', async (_, words, values) => {
    expect((await reply(words)).values).toEqual(values);
  });

  test.each(['approve', 'reject', 'show', 'status', 'why', 'logs', 'withdraw', 'cancel', 'audit'])(
    '%s: ids of open requests, whole',
    async (command) => {
      for (const begun of ['', ID.slice(0, 3), ID.slice(0, 3).toUpperCase(), ID])
        expect(await reply([command, begun])).toMatchObject({ kind: 'words', values: [ID] });
      expect((await reply([command, '--as', 'alice', ''])).lines).toEqual([`${ID}\taccepted, of treasury`]);
      expect((await reply([command, 'zz'])).values).toEqual([]);
    },
  );

  test('approve: each further id', async () => {
    expect((await reply(['approve', 'aaaaaaaa', ''])).values).toEqual([ID]);
  });

  test('files where one may stand', async () => {
    for (const words of [
      ['verify', ''],
      ['approve', ID, '--share', ''],
      ['--config', ''],
    ])
      expect(await reply(words)).toMatchObject({ kind: 'file', values: [] });
  });
});

describe('what is stored by others', () => {
  const HOSTILE = ['$(touch pwned)', '`touch pwned`', "';touch pwned;'", '\u001b[2J', '../..', 'x y', ''];

  test('is offered only where it is an id, of a wallet of the law, and never in words of a request', async () => {
    const begin = ({ storage }: CliHarness) => {
      for (const name of HOSTILE) {
        storage.put('lab-work', `open/treasury/${name}`, {});
        storage.put('lab-work', `open/${name}/${'b'.repeat(64)}`, {});
        storage.put('lab-results', `requests/${ID.slice(0, 2)}${name}/request.json`, {});
      }
      storage.put('lab-work', openObject('petty', 'c'.repeat(64)), {});
    };
    for (const begun of ['', ID.slice(0, 2)]) {
      const { values, lines } = await reply(['approve', begun], { ...never, begin });
      expect(values).toEqual([ID]);
      expect(lines).toEqual([`${ID}\taccepted, of treasury`]);
    }
  });
});

describe('what cannot be told in time', () => {
  test('is not waited for', async () => {
    const ports = { storage: () => new Promise<never>(() => {}) };
    const over = { clock: { now: () => 0, sleep: async () => {} }, ports };
    expect((await reply(['approve', ''], over)).values).toEqual([]);
  });

  test('is no error: a lab that does not run, a right that is missing', async () => {
    const open = () => Promise.reject(new KeyturnError('NOT_FOUND', 'no lab'));
    expect((await reply(['approve', ''], { ...never, open })).values).toEqual([]);
    const ports = { storage: () => Promise.reject(new KeyturnError('PERMISSION_DENIED', 'no')) };
    expect((await reply(['approve', ''], { ...never, ports })).values).toEqual([]);
  });
});

describe('completion', () => {
  test.each(SHELLS)('%s prints what that shell reads, also for a program', async (shell) => {
    const script = completionScript(shell, WRAPPER);
    expect((await lineOf(`completion ${shell}`)).stdout).toBe(script);
    expect(JSON.parse((await lineOf(`completion ${shell} --json`)).stdout)).toEqual({ ok: true, shell, script });
  });

  test('of another shell is a mistake of usage', async () => {
    expect(await lineOf('completion fish')).toMatchObject({ code: 2, stdout: '' });
    expect(await lineOf('completion')).toMatchObject({ code: 2, stdout: '' });
  });
});

const isThere = (shell: Shell): boolean => spawnSync(shell, ['--version']).error === undefined;
for (const shell of SHELLS) if (!isThere(shell)) console.warn(`SKIPPED: completion in ${shell} (it is not installed)`);

/** How a test asks each shell for what it would offer, without a terminal. */
const ASKED: Readonly<Record<Shell, string>> = {
  bash: `COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _keyturn; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: 'words=("$@"); CURRENT=$#; _keyturn',
};
/** Stand-ins for what zsh has only while a person types. */
const ZSH = `compdef() {}; _files() { print files }; _describe() { print -l -- "\${(@P)3}" }\n`;

describe.each(SHELLS)('in a real %s', (shell) => {
  const run = (wrapper: string, words: readonly string[]): Promise<readonly string[]> => {
    const place = mkdtempSync(join(folder, 'in '));
    const script = `${shell === 'zsh' ? ZSH : ''}${completionScript(shell, wrapper)}${ASKED[shell]}`;
    const bare = shell === 'bash' ? ['--norc', '--noprofile'] : ['-f'];
    return new Promise((resolve, reject) => {
      const env = { PATH: process.env.PATH ?? '', HOME: place };
      execFile(shell, [...bare, '-c', script, shell, ...words], { cwd: place, env }, (error, out, err) => {
        if (error !== null) reject(new Error(err, { cause: error }));
        else {
          expect([err, readdirSync(place)]).toEqual(['', []]);
          resolve(out.split('\n').filter((line) => line !== ''));
        }
      });
    });
  };
  const valuesIn = (lines: readonly string[]) => lines.map((line) => line.split(':')[0]);

  test.skipIf(!isThere(shell))(
    'the program answers',
    async () => {
      const lines = [['withd'], ['completion', ''], ['approve', '']].map((words) =>
        run(WRAPPER, ['./keyturn', ...words]),
      );
      const [command = [], shells = [], ids = []] = await Promise.all(lines);
      // No lab runs there: nothing, and no error on the prompt.
      expect([valuesIn(command), valuesIn(shells), ids]).toEqual([['withdraw'], [...SHELLS], []]);
    },
    60_000,
  );

  test.skipIf(!isThere(shell))('nothing that is typed is run, and it is handed over as it is', async () => {
    const seen = join(folder, `seen-${shell}`);
    const program = join(folder, `program of ${shell}`);
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > '${seen}'\nprintf 'words\\none\\tfirst: of two\\n'\n`);
    chmodSync(program, 0o700);
    const typed = ['$(touch pwned)', '`touch pwned`', '$HOME', 'a b', '*', ';touch pwned', ''];
    expect(valuesIn(await run(program, ['touch', ...typed]))).toEqual(['one']);
    expect(readFileSync(seen, 'utf8')).toBe(`${['completion', 'reply', '--', ...typed].join('\n')}\n`);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });
});
