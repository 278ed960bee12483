import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { CliContext } from '#cli/app/cli-context.ts';
import { COMMANDS } from '#cli/app/commands.ts';
import { lineOf } from '#test/support/cli/command-line.ts';
import { BOB } from '#test/support/cli/people.ts';

/** What else must be typed before an option is looked at, by command; nothing where it needs nothing. */
const REST: Readonly<Record<string, readonly string[]>> = {
  request: ['--to', BOB],
  verify: ['request.json'],
  approve: ['ID', '--as', 'alice', '--yes'],
  reject: ['ID', '--as', 'bob', '--yes'],
  watch: ['--as', 'alice', '--once', '--run', '/bin/sh'],
  show: ['ID'],
  status: ['ID'],
  why: ['ID'],
  logs: ['ID'],
  withdraw: ['ID'],
  cancel: ['ID'],
  statement: ['--month', '2026-01'],
  audit: ['ID'],
  'policy explain': ['request.json'],
  'policy replay': ['--law', 'law.json'],
  'wallet create': ['ops'],
  'wallet import': ['ops', '--key', 'key.txt'],
};

/** Any text is a value: a name, a place, or what is only compared. Why a wrong one cannot be told from a right one. */
const ANY = {
  text: 'free text, within limits that the schema tests',
  file: 'a place: whether something is there is no question of usage',
  name: 'compared with what is stored; names of the past are no mistake',
  later: 'looked at only where the rest of the line is right; its own test has it',
} as const;

const COUNT = ['none', '0', '-1', '1.5', '1e3', ' 7', '99999999999'];
const DURATION = ['soon', '0s', '-1h', '1', '1w', '1h 30m', ''];
const AMOUNT = ['much', '-1', '1e18', '0x1', '1.5', '1 eth wei', '0.0000000000000000001 ether', ''];

/** Of each option with a value: values that no run can take. */
const BAD: Readonly<Record<string, readonly string[] | keyof typeof ANY>> = {
  'demo --requests': COUNT,
  'demo --threshold': [...COUNT, '17'],
  'demo --co-signers': [...COUNT, '17'],
  'demo --node': ['geth', '', 'ftp://127.0.0.1'],
  'dev --data': 'file',
  'dev --port-base': [...COUNT, '65001'],
  'dev --shape': ['round', ''],
  'dev --threshold': [...COUNT, '17'],
  'dev --co-signers': [...COUNT, '17'],
  'dev --node': ['geth', '', 'ftp://127.0.0.1'],
  'dev --otlp': ['collector', '', 'ftp://127.0.0.1'],
  'dev --policy': ['/dev/null/none.json', '/dev/null', ''],
  'dev --wallets': ['0', '11', 'Ops', 'a,a', 'a,,b', ''],
  'dev --block-time': ['none', '-1', '61', '0.5', ''],
  'request --wallet': ['petty', ''],
  'request --chain': ['1', 'anvil', ''],
  'request --to': ['0x12', 'acme.eth', BOB.toLowerCase(), `${BOB.slice(0, -1)}9`],
  'request --value': AMOUNT,
  'request --token': ['USDC', ''],
  'request --amount': ['12.5', 'x'],
  'request --data': ['0x1', '1234', '0xzz', ''],
  'request --gas-limit': ['much', '-1', '1.5', '0x5208', '01'],
  'request --max-fee': AMOUNT,
  'request --max-priority-fee': AMOUNT,
  'request --valid-for': DURATION,
  'request --reference': ['', 'a\nb', 'x'.repeat(300)],
  'request --memo': ['a\nb', 'x'.repeat(5000)],
  'request --requester': ['', 'a b', 'A\u202eB'],
  'request --nonce': ['next', '-1', '1.5', '0x1', '01'],
  'request --replaces': ['deadbeef', 'local', '0x12'],
  'request --type': ['3', 'two', '', '-1'],
  'request --file': 'file',
  'request --signature': 'later',
  'request --sign-with': 'later',
  'request --password-file': 'later',
  'request --timeout': DURATION,
  'pending --wallet': ['petty', ''],
  'watch --wallet': ['petty', ''],
  'watch --run': ['/dev/null/none', '/dev/null', 'keyturn-no-such-program', 'sh -c', ''],
  'watch --deadline': DURATION,
  'watch --webhook': ['later.example', 'http://later.example', 'ftp://127.0.0.1', 'https://al:b@later.example', ''],
  'watch --secret': 'later',
  'watch --marks': 'file',
  'list --outcome': ['done', ''],
  'list --wallet': 'name',
  'list --requester': 'name',
  'list --reference': 'name',
  'list --since': [...DURATION, '2026-13-01', '2026-02-30'],
  'list --limit': COUNT,
  'show --abi': 'file',
  'show --reference': ['invoice-1'],
  'verify --abi': 'file',
  'verify --law': 'file',
  'approve --abi': 'file',
  'console --port': ['none', '0', '-1', '1.5', '65536', ''],
  'console --share': 'later',
  'console --subscription': 'name',
  'approve --share': 'file',
  'reject --reason': ['a\nb', '\u001b[2J', 'x'.repeat(1025)],
  'status --reference': ['invoice-1'],
  'status --timeout': DURATION,
  'why --reference': ['invoice-1'],
  'logs --reference': ['invoice-1'],
  'logs --since': [...DURATION, '2026-13-01'],
  'logs --limit': COUNT,
  'withdraw --signature': ['0x12', 'signed', `0x${'g'.repeat(130)}`],
  'withdraw --timeout': DURATION,
  'cancel --max-fee': 'later',
  'cancel --max-priority-fee': 'later',
  'cancel --gas-limit': 'later',
  'cancel --valid-for': 'later',
  'cancel --memo': 'text',
  'cancel --requester': 'later',
  'cancel --sign-with': 'later',
  'cancel --password-file': 'later',
  'cancel --timeout': 'later',
  'receipts --since': ['yesterday', '2026-13-01', '2026-02-30', '7d', ''],
  'receipts --until': ['yesterday', '2026-13-01', ''],
  'receipts --day': ['yesterday', '2026-02-30', '2026-01', ''],
  'receipts --month': ['january', '2026-13', '2026', '2026-01-01', ''],
  'receipts --wallet': 'name',
  'receipts --reference': 'name',
  'receipts --requester': 'name',
  'receipts --asset': ['0x12', '0xzz'],
  'receipts --limit': COUNT,
  'receipts --subscription': ['receipts-finance'],
  'statement --month': ['january', '2026-13', '2026', '2026-01-01', '2026-04', ''],
  'statement --wallet': ['petty', ''],
  'statement --chain': ['1', 'nowhere', ''],
  'statement --out': 'file',
  'statement --verify': 'file',
  'audit --export': 'file',
  'audit --bundle': 'file',
  'audit --wallet': ['petty', ''],
  'audit --root': 'file',
  'audit --image': ['latest', 'sha256:12', ''],
  'pause --reason': ['a\nb', '\u001b[2J', 'x'.repeat(1025)],
  'dead-letters --limit': COUNT,
  'replay --since': ['yesterday', '2026-13-01', ''],
  'replay --until': ['yesterday', '2026-13-01', ''],
  'replay --day': ['yesterday', '2026-02-30', '2026-01', ''],
  'replay --month': ['january', '2026-13', '2026', ''],
  'policy explain --law': 'file',
  'policy test --law': 'file',
  'policy replay --law': 'file',
  'policy replay --since': DURATION,
  'wallet create --threshold': 'later',
  'wallet create --holders': 'later',
  'wallet create --share': 'later',
  'wallet create --home-key': 'later',
  'wallet create --out': 'file',
  'wallet import --threshold': 'later',
  'wallet import --holders': 'later',
  'wallet import --share': 'later',
  'wallet import --home-key': 'later',
  'wallet import --out': 'file',
  'wallet import --key': 'file',
  'wallet verify --wallet': ['petty', ''],
  'build --compare': ['latest', 'sha256:12', ''],
  'deploy --terraform': 'file',
};

interface Option {
  readonly key: string;
  readonly command: string;
  readonly flag: string;
}

const optionsOf = (command: Command, path: string): readonly Option[] => [
  ...command.options
    .filter(({ required, optional }) => required || optional)
    .map(({ long }) => ({ key: `${path} ${long}`, command: path, flag: `${long}` })),
  ...command.commands.flatMap((inner) => optionsOf(inner, `${path} ${inner.name()}`)),
];

const all = async (): Promise<readonly Option[]> => {
  const found = COMMANDS.map(async ({ name, load }) => {
    const command = new Command(name);
    // Nothing of it is used before a command runs.
    (await load()).define(command, {} as CliContext);
    return optionsOf(command, name);
  });
  return (await Promise.all(found)).flat();
};

const OPTIONS = await all();

test('each option with a value has wrong values here, or why there are none', () => {
  expect(OPTIONS.map(({ key }) => key).sort()).toEqual(Object.keys(BAD).sort());
});

const rows = OPTIONS.flatMap(({ key, command, flag }) => {
  const values = BAD[key];
  return typeof values === 'object' ? [{ key, command, flag, values }] : [];
});

describe('a wrong value exits with 2 and names its option', () => {
  test.each(rows)('$key', async ({ command, flag, values }) => {
    const rest = (REST[command] ?? []).filter((word, n, words) => word !== flag && words[n - 1] !== flag);
    for (const value of values) {
      // Written together, so that a value which begins with - is one.
      const people = await lineOf([...command.split(' '), ...rest, `${flag}=${value}`]);
      expect({ value, ...people }, people.stderr).toMatchObject({ code: 2, stdout: '' });
      expect(people.stderr.split('\n')[0], `${flag}=${value}`).toContain(flag);
      const program = await lineOf([...command.split(' '), ...rest, `${flag}=${value}`, '--json']);
      expect({ value, code: program.code, stderr: program.stderr }).toEqual({ value, code: 2, stderr: '' });
      expect(JSON.parse(program.stdout)).toMatchObject({
        ok: false,
        code: 'USAGE',
        message: expect.stringContaining(flag),
      });
    }
  });
});

describe('an option that is not known, or lacks its value', () => {
  const commands = [...new Set(OPTIONS.map(({ command }) => command)), 'resume', 'redrive', 'config', 'doctor'];
  test.each(commands)('%s', async (command) => {
    const { code, stderr } = await lineOf([...command.split(' '), ...(REST[command] ?? []), '--no-such-option']);
    expect(code).toBe(2);
    expect(stderr).toContain('--no-such-option');
  });
  test.each(OPTIONS)('$key', async ({ command, flag }) => {
    const { code, stderr } = await lineOf([...command.split(' '), ...(REST[command] ?? []), flag]);
    expect(code).toBe(2);
    expect(stderr).toContain(flag);
  });
});
