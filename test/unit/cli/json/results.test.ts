import { describe, expect, test } from 'vitest';
import { type RequestOptions, run } from '#cli/commands/request.ts';
import { jsonPage } from '#cli/json/page.ts';
import { RESULTS, type ResultName, resultProblems } from '#cli/json/results.ts';
import { projectTree } from '#test/lint/tree.ts';
import { judge, judgeLine } from '#test/support/cli/judge.ts';
import { BOB, stageOf } from '#test/support/cli/people.ts';
import { readPage } from '#test/support/page.ts';

const { files, read } = projectTree();
const SOURCES = files.filter((path) => /^cli\/.*\.ts$/.test(path));

describe('docs/json.md', () => {
  test('is what `npm run json:page -- --write` makes of the shapes', () => {
    expect(readPage('docs/json.md')).toBe(jsonPage());
  });

  test('names each shape that is a part of others once', () => {
    const names = [...jsonPage().matchAll(/^type (\w+) =/gm)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['Backing', 'Outcome', 'Request', 'Verdict']));
    expect(new Set(names).size).toBe(names.length);
  });
});

test('every command prints a documented shape, and every shape is printed', () => {
  const calls = SOURCES.flatMap((path) => [...read(path).matchAll(/\.result\(\s*(?:'([^']+)')?/g)]);
  const used = calls.map(([, name]) => name);
  // One that names none would be judged by nobody.
  expect(used).not.toContain(undefined);
  expect(new Set(used)).toEqual(new Set([...Object.keys(RESULTS), 'failure']));
});

describe('what is printed otherwise is found', () => {
  const value = { ok: true, id: 'a'.repeat(64), answer: 'withdrawn', already: false };

  test.each<[string, ResultName, object, string]>([
    ['a member too many', 'withdraw', { ...value, more: 1 }, 'Unrecognized key: "more"'],
    ['a member too few', 'resume', { ok: true, paused: false, since: null }, 'ended: '],
    ['another type', 'withdraw', { ...value, already: 'no' }, 'already: '],
    ['an id of another spelling', 'withdraw', { ...value, id: 'A'.repeat(64) }, 'id: '],
    ['a request that lacks a field', 'request', { id: 'a'.repeat(64), request: {}, typedData: {} }, 'request.wallet: '],
    ['no object', 'pending', [], ''],
  ])('%s', (_, name, wrong, words) => {
    expect(resultProblems(name, JSON.parse(JSON.stringify(wrong))).join('\n')).toContain(words);
    expect(() => judge(name, JSON.stringify(wrong))).toThrow('is not as documented');
  });

  test('and what is right is not', () => {
    expect(resultProblems('withdraw', value)).toEqual([]);
    const failure = { ok: false, code: 'USAGE', field: '', message: '', advice: '' };
    expect(resultProblems('withdraw', failure)).toEqual([]);
  });
});

test.each([
  ['--config keyturn.json withdraw aaaaaaaa --json', 'withdraw'],
  ['policy explain request.json --json', 'policy explain'],
  ['wallet import --json', 'wallet create'],
  ['cancel aaaaaaaa --as dapp --json', 'request'],
])('of a whole command line it is known which: %s', (line, name) => {
  expect(() => judgeLine(line.split(' '), '{"none":1}')).toThrow(`${name} --json is not as documented`);
});

test('what --print writes is documented too', async () => {
  const stage = stageOf({ me: 'dapp' });
  const options: RequestOptions = { to: BOB, value: '0.5 ether', reference: 'invoice-1', print: true };
  expect(await run(stage.session, options)).toBe(0);
  judge('request', stage.stdout.text);
  expect(stage.json()).toMatchObject({ request: { reference: 'invoice-1' } });
});
