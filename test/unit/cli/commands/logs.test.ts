import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthClient } from 'google-auth-library';
import { afterAll, describe, expect, test } from 'vitest';
import { type LogEntry, readLogs } from '#adapters/inspect/read-logs.ts';
import { run } from '#cli/commands/logs.ts';
import { keepLogs, logFiles } from '#cli/dev/kept-logs.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type CliHarnessOptions, NOW, requestOf, stageOf } from '#test/support/cli/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-logs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const event = (message: string, fields: object) =>
  JSON.stringify({ severity: 'INFO', message, time: '2026-03-01T12:00:00Z', ...fields });

const accepted = (options: CliHarnessOptions) => {
  const stage = stageOf({ me: 'operator', json: true, ...options });
  return { stage, id: stage.accept(requestOf()) };
};

describe('in a lab', () => {
  const kept = async (name: string, most?: number) => {
    const { stage, id } = accepted({});
    const devFile = join(folder, `${name}.json`);
    const log = keepLogs(devFile, () => NOW, most);
    const session = { ...stage.session, deployment: { ...stage.session.deployment, path: devFile } };
    return { stage, id, session, log, devFile };
  };

  test('gives what functions and machines logged of the request, in order, and nothing else', async () => {
    const { stage, id, session, log, devFile } = await kept('dev');
    log.add('lab-intake', event('intake.act', { id }));
    log.add('lab-collect', event('collect.act', { id: 'e'.repeat(64) }));
    log.add('turn-treasury-1', event('turn.sealed', { ids: [id], nonce: '3' }));
    log.add('turn-treasury-1', `no JSON about ${id}`);
    await log.done();
    expect(statSync(logFiles(devFile).current).mode & 0o077).toBe(0);
    expect(await run(session, `0x${id}`, {})).toBe(0);
    expect(stage.json()).toMatchObject({
      ok: true,
      id,
      lines: [
        { who: 'lab-intake', event: 'intake.act', severity: 'INFO' },
        { who: 'turn-treasury-1', event: 'turn.sealed', fields: { nonce: '3' } },
        { who: 'turn-treasury-1', event: `no JSON about ${id}` },
      ],
    });
  });

  test('a full file is set aside once, and both are read', async () => {
    rmSync(logFiles(join(folder, 'x')).current, { force: true });
    const { stage, id, session, log } = await kept('turn', 100);
    for (const n of [1, 2, 3]) log.add('lab-intake', event(`e${n}`, { id }));
    await log.done();
    expect(await run(session, id, {})).toBe(0);
    const { lines } = stage.json() as { readonly lines: readonly { readonly event: string }[] };
    expect(lines.map((line) => line.event)).toEqual(['e2', 'e3']);
  });
});

describe('in a deployment', () => {
  const ID_FILTER =
    /^\(resource\.type="cloud_run_revision" OR resource\.type="gce_instance"\) AND timestamp>="2026-01-30T12:00:00Z" AND "[0-9a-f]{64}"$/;
  const entry = (over: Partial<LogEntry>): LogEntry => ({
    timestamp: '2026-03-01T12:00:01Z',
    severity: 'INFO',
    resource: { labels: {} },
    labels: {},
    ...over,
  });

  test('asks Cloud Logging by id, and reads functions and machines alike', async () => {
    const asked: unknown[] = [];
    const { stage, id } = accepted({
      lab: undefined,
      ports: {
        logs: async (...args) => {
          asked.push(args);
          return [
            entry({
              resource: { labels: { service_name: 'lab-intake' } },
              jsonPayload: { message: 'intake.act', id: 'x' },
            }),
            entry({
              resource: { labels: { instance_id: '77' } },
              jsonPayload: { MESSAGE: event('turn.sealed', { nonce: '3' }) },
            }),
            entry({ textPayload: 'words' }),
          ];
        },
      },
    });
    expect(await run(stage.session, id, {})).toBe(0);
    expect(asked).toEqual([['lab-project', expect.stringMatching(ID_FILTER), 1000]]);
    expect(stage.json()).toMatchObject({
      lines: [
        { who: 'lab-intake', event: 'intake.act' },
        { who: '77', event: 'turn.sealed', fields: { nonce: '3' } },
        { who: 'unknown', event: 'words' },
      ],
    });
  });

  test('who may not read them is given the query for somebody who may', async () => {
    const denied = new KeyturnError('PERMISSION_DENIED', 'no');
    const { stage, id } = accepted({ lab: undefined, ports: { logs: () => Promise.reject(denied) } });
    await expect(run(stage.session, id, {})).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(
        /roles\/logging\.viewer.*gcloud logging read '.*' --project lab-project --order asc/,
      ),
    });
  });

  test('--print gives the query and asks nobody', async () => {
    const { stage, id } = accepted({ lab: undefined });
    expect(await run(stage.session, id, { print: true })).toBe(0);
    expect(stage.json()).toMatchObject({ filter: expect.stringMatching(ID_FILTER), lines: null });
  });
});

test('all pages are read, up to the limit', async () => {
  const asked: object[] = [];
  const request = async ({ data }: { readonly data: object }) => {
    asked.push(data);
    return {
      data: { entries: [{ textPayload: `${asked.length}` }, {}], nextPageToken: asked.length < 5 ? 'more' : '' },
    };
  };
  const client = { request } as unknown as AuthClient;
  const found = await readLogs(client, { projectId: 'p', filter: 'f', limit: 5 });
  expect(found).toHaveLength(5);
  expect(asked).toHaveLength(3);
  expect(asked[0]).toEqual({ resourceNames: ['projects/p'], filter: 'f', orderBy: 'timestamp asc', pageSize: 5 });
  expect(asked[1]).toMatchObject({ pageToken: 'more', pageSize: 3 });
});
