import { describe, expect, test } from 'vitest';
import type { Decision } from '#core/decision.ts';
import type { LogFields } from '#core/ports.ts';
import { readConfig } from '#functions/runtime/config.ts';
import { type PushMessage, parsePush } from '#functions/runtime/push.ts';
import { runStep, type Step } from '#functions/runtime/run-step.ts';
import { expectRefusal } from '#test/support/code.ts';

const push = (over: object = {}, message: object = {}) => ({
  message: {
    data: Buffer.from('{}').toString('base64'),
    attributes: { a: 'b' },
    messageId: '7',
    publishTime: '2026-11-22T00:00:00Z',
    ...message,
  },
  subscription: 'projects/p/subscriptions/s',
  ...over,
});

describe('the push body', () => {
  test.each([
    ['nothing', undefined],
    ['a text', 'hello'],
    ['an array', []],
    ['no message', { subscription: 's' }],
    ['no subscription', { message: { messageId: '1' } }],
    ['no message id', push({}, { messageId: undefined })],
    ['an empty message id', push({}, { messageId: '' })],
    ['data that is no base64', push({}, { data: '%%%' })],
    ['an attribute that is no text', push({}, { attributes: { a: 1 } })],
    ['a delivery attempt that is no number', push({ deliveryAttempt: 'many' })],
  ])('%s is refused: what is acknowledged unread is lost', (_, body) => {
    expectRefusal(() => parsePush(body), 'MALFORMED', undefined, /not a Pub\/Sub push body/);
  });

  test('data, attributes, id, attempt, time and source come through', () => {
    expect(parsePush(push({ deliveryAttempt: 3 }))).toEqual({
      data: Buffer.from('{}'),
      attributes: { a: 'b' },
      messageId: '7',
      deliveryAttempt: 3,
      subscription: 'projects/p/subscriptions/s',
      publishTime: '2026-11-22T00:00:00Z',
    });
  });

  test('a message without data or attributes is still a message', () => {
    expect(parsePush(push({}, { data: undefined, attributes: undefined }))).toMatchObject({
      data: Buffer.alloc(0),
      attributes: {},
      deliveryAttempt: undefined,
    });
  });

  test('a publish time is not needed: nothing is decided by it', () => {
    expect(parsePush(push({}, { publishTime: undefined })).publishTime).toBe('');
  });
});

describe('a step', () => {
  const message: PushMessage = { data: Buffer.alloc(0), attributes: {}, messageId: '7', deliveryAttempt: undefined };
  const run = async (decision: Decision<string, string> | 'not-mine', fail?: string) => {
    const did: string[] = [];
    const note = (what: string) => async () => {
      did.push(what);
      if (fail === what) throw new Error(what);
    };
    const step: Step<string, string, string, string> = {
      name: 'step',
      parse: () => (decision === 'not-mine' ? undefined : 'input'),
      about: () => ({ id: 'x' }),
      load: async () => {
        await note('load')();
        return 'state';
      },
      decide: (_, __, now) => {
        did.push(`decide at ${now}`);
        return decision === 'not-mine' ? { kind: 'ignore', code: '', reason: '' } : decision;
      },
      commit: note('commit'),
      refuse: note('refuse'),
      wait: note('wait'),
    };
    const lines: [string, LogFields | undefined][] = [];
    const log = {
      info: (event: string, fields?: LogFields) => lines.push([event, fields]),
      warn: () => {},
      alarm: () => {},
    };
    const done = await runStep(step, message, { clock: { now: () => 42, sleep: async () => {} }, log }).then(
      () => 'acknowledged',
      () => 'thrown',
    );
    return { did, done, events: lines.map(([event]) => event) };
  };

  test.each([
    [{ id: 'f00' }, ['f00']],
    [{ id: '' }, []],
    [{ wallet: 'hot' }, []],
  ])('about %j: the lines of the call are told which request it is, before anything is loaded', async (about, told) => {
    const ids: string[] = [];
    const step: Step<string, string, string, string> = {
      name: 'step',
      parse: () => 'input',
      about: () => about,
      load: async () => {
        throw new Error(`told ${ids}`);
      },
      decide: () => ({ kind: 'ignore', code: '', reason: '' }),
      commit: async () => {},
      refuse: async () => {},
      wait: async () => {},
    };
    const log = { info: () => {}, warn: () => {}, alarm: () => {} };
    const ports = { clock: { now: () => 42, sleep: async () => {} }, log, concerns: (id: string) => void ids.push(id) };
    await expect(runStep(step, message, ports)).rejects.toThrow(`told ${told}`);
    expect(ids).toEqual(told);
  });

  test('act commits, and says so only afterwards', async () => {
    expect(await run({ kind: 'act', act: 'a' })).toEqual({
      did: ['load', 'decide at 42', 'commit'],
      done: 'acknowledged',
      events: ['step.act'],
    });
  });
  test('ignore does nothing', async () => {
    expect(await run({ kind: 'ignore', code: '', reason: 'r' })).toEqual({
      did: ['load', 'decide at 42'],
      done: 'acknowledged',
      events: ['step.ignore'],
    });
  });
  test('refuse leaves a refusal', async () => {
    expect(await run({ kind: 'refuse', refusal: 'r' })).toMatchObject({
      did: ['load', 'decide at 42', 'refuse'],
      done: 'acknowledged',
    });
  });
  test('wait acknowledges: the mark says when to look again', async () => {
    expect(await run({ kind: 'wait', code: 'NOT_MINED', reason: 'r' })).toEqual({
      did: ['load', 'decide at 42', 'wait'],
      done: 'acknowledged',
      events: ['step.wait'],
    });
  });
  test('what is for another step is acknowledged unread', async () => {
    expect(await run('not-mine')).toMatchObject({ did: [], done: 'acknowledged' });
  });
  test.each(['load', 'commit'])('a fault in %s throws, so that it is delivered again', async (where) => {
    expect(await run({ kind: 'act', act: 'a' }, where)).toMatchObject({ done: 'thrown', events: [] });
  });
});

describe('the configuration of a function', () => {
  test.each<readonly [Record<string, string>, string | undefined, RegExp]>([
    [{}, undefined, /^KEYTURN_CONFIG is not set/],
    [{ KEYTURN_CONFIG: '' }, undefined, /^KEYTURN_CONFIG is not set/],
    [{ KEYTURN_CONFIG: '{' }, 'config', /^KEYTURN_CONFIG is not JSON$/],
    [{ KEYTURN_CONFIG: '{"law":{},"law":{}}' }, 'config', /^KEYTURN_CONFIG: \/law stands twice/],
    [{ KEYTURN_CONFIG: '{}' }, undefined, /law/],
    [{ KEYTURN_CONFIG: '{"law":{},"operations":{}}' }, undefined, /law/],
  ])('%j is refused', (environment, field, words) => {
    expectRefusal(() => readConfig(environment), 'CONFIG', field, words);
  });
});
