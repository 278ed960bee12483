import { describe, expect, test } from 'vitest';
import { inSession } from '#cli/app/cli-context.ts';
import { COMMANDS, type CommandEntry } from '#cli/app/commands.ts';
import { Interrupted } from '#cli/app/interrupt.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { lineOf } from '#test/support/cli/command-line.ts';
import { stageOf } from '#test/support/cli/people.ts';

const stubs = (action: () => Promise<void> | void): readonly CommandEntry[] => [
  { name: 'stub', summary: 'a stub', load: async () => ({ define: (command) => void command.action(action) }) },
];

describe('exit code 2: usage', () => {
  test.each([
    ['', 'give a command'],
    ['shwo', 'Did you mean show?'],
    ['wallet creat', 'Did you mean create?'],
    ['policy tes', 'Did you mean test?'],
    ['show', 'give an id, or --reference, and not both'],
    ['show ID --reference invoice-1', 'give an id, or --reference, and not both'],
    ['approve --as alice', "missing required argument 'id'"],
    ['show a b', 'too many arguments'],
    ['show ID --bogus', "unknown option '--bogus'"],
    ['show xyz', 'an id is 64 hex digits'],
    ['approve ID --yes', '--as NAME, one of alice, bob, carol'],
    ['reject ID --yes', '--as NAME, one of alice, bob, carol'],
    ['reject ID --yes --as dapp', 'dapp is no co-signer of this law; these are: alice, bob, carol'],
    ['status --config', 'argument missing'],
    ['request --to', 'argument missing'],
    ['receipts --limit none', '--limit: must be a whole number'],
  ])('keyturn %s', async (args, words) => {
    const people = await lineOf(args);
    expect(people).toMatchObject({ code: 2, stdout: '' });
    expect(people.stderr).toContain(words);
    const program = await lineOf(`${args} --json`.trim());
    if (!args.endsWith('--config') && !args.endsWith('--to')) {
      expect(program).toMatchObject({ code: 2, stderr: '' });
      expect(JSON.parse(program.stdout)).toMatchObject({
        ok: false,
        code: 'USAGE',
        message: expect.stringContaining(words),
      });
    }
  });
});

describe('exit code 1: refused or failed', () => {
  test('code, field and advice, on standard error for people', async () => {
    const { code, stdout, stderr, closed } = await lineOf('show deadbeef');
    expect({ code, stdout, closed }).toEqual({ code: 1, stdout: '', closed: 1 });
    expect(stderr).toBe(
      'keyturn: NOT_FOUND: id: no accepted request has an id that starts with deadbeef\n  Check the name.\n',
    );
  });

  test('one object on standard output for programs', async () => {
    const { code, stdout, stderr } = await lineOf('show deadbeef --json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      code: 'NOT_FOUND',
      field: 'id',
      message: 'no accepted request has an id that starts with deadbeef',
      advice: 'Check the name.',
    });
  });

  test('every problem on a line of its own, none of which can draw', async () => {
    const entries = stubs(() => {
      throw new KeyturnError('CONFIG', 'law.a: bad\nlaw.b: \u001b[2J');
    });
    expect((await lineOf('stub', entries)).stderr).toBe(
      'keyturn: CONFIG: law.a: bad\n  law.b: \\u{1b}[2J\n  Correct the configuration. Every problem is listed.\n',
    );
  });

  test('a fault of ours is called one', async () => {
    const entries = stubs(() => {
      throw new TypeError('x is undefined');
    });
    const { code, stdout } = await lineOf('stub --json', entries);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'INTERNAL', message: 'x is undefined' });
  });
});

describe('options', () => {
  test('of all commands may stand before and after the command', async () => {
    for (const args of ['--config c.json --as bob show ID', 'show ID --as bob --config c.json']) {
      const { code, opened, connected, stdout, id } = await lineOf(args);
      expect({ code, opened, connected }).toEqual({ code: 0, opened: ['c.json'], connected: ['bob'] });
      expect(stdout).toContain(`Next: ./keyturn approve ${id} --as bob --config c.json`);
    }
  });

  test('each command has its own default of --as', async () => {
    const whoRuns = async (args: string) => (await lineOf(args)).connected[0];
    expect(await whoRuns('pending')).toBe('alice');
    expect(await whoRuns('status')).toBe('operator');
    expect(await whoRuns('receipts')).toBe('finance');
    expect(await whoRuns('request --print --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8')).toBe('dapp');
  });
});

test('which lab above the folder it is: told to people beside what is printed, and to a program by status', async () => {
  const above = { open: async () => ({ ...stageOf().session.deployment, isAbove: true }) };
  expect((await lineOf('pending', undefined, above)).stderr).toBe('keyturn: the lab of /lab/dev.json\n');
  expect((await lineOf('pending')).stderr).toBe('');
  const { stdout, stderr } = await lineOf('status --json', undefined, above);
  expect([JSON.parse(stdout).config, stderr]).toEqual(['/lab/dev.json', '']);
});

describe('help', () => {
  test.each(COMMANDS.map(({ name }) => name))('%s', async (name) => {
    for (const args of [`${name} --help`, `help ${name}`]) {
      const { code, stdout, stderr } = await lineOf(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: ./keyturn ${name}`);
      expect(stdout).toContain('--json');
      expect(stdout).toMatch(/^Examples:\n {2}\$ (\.\/keyturn|npm) /m);
    }
  });

  test('of all', async () => {
    const { code, stdout } = await lineOf('--help');
    expect(code).toBe(0);
    for (const { name, summary } of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary}`, 'm'));
  });
});

test('a command is loaded only when it runs', async () => {
  const loaded: string[] = [];
  const entry = (name: string): CommandEntry => ({
    name,
    summary: name,
    load: async () => {
      loaded.push(name);
      return { define: (command) => void command.action(() => {}) };
    },
  });
  await lineOf('one', [entry('one'), entry('two')]);
  expect(loaded).toEqual(['one']);
});

test('an interrupt passes through, and the ports are closed all the same', async () => {
  let closed = 0;
  const entries: readonly CommandEntry[] = [
    {
      name: 'stub',
      summary: '',
      load: async () => ({
        define: (command, world) =>
          void command.action(() =>
            inSession(
              { ...world, connect: async () => ({ ...stageOf().session.ports, close: async () => void closed++ }) },
              command,
              'operator',
              () => Promise.reject(new Interrupted()),
            ),
          ),
      }),
    },
  ];
  await expect(lineOf('stub', entries)).rejects.toThrow(Interrupted);
  expect(closed).toBe(1);
});
