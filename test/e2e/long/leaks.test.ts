import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instanceResource } from '#adapters/compute/instance-resource.ts';
import { IMAGE_REPOSITORY } from '#local/lab/config.ts';
import { account, OWNER } from '#local/lab/people.ts';
import { parseShareText } from '#schemas/share-text.ts';
import { LeakFound } from '../../support/leaks/watch.ts';
import { keyturn } from '../support/cli.ts';
import { keyturnHere } from '../support/in-process.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';

/** A share in each kind of place that the scan after every lab looks into (threat 62). Each of them must be told, and by its name. */
const ZONE = 'us-central1-a';
const folder = mkdtempSync(join(tmpdir(), 'keyturn-leaks-'));
let test: TestLab;
let share: Buffer;
beforeAll(async () => {
  test = await startTestLab();
  share = Buffer.from(parseShareText(Buffer.from(test.shareText('alice'))).scalar);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hex = (): string => share.toString('hex');
const base64 = (): string => share.toString('base64');

/** In a bucket that keeps versions, since what was overwritten can be read there. */
const plantInStorage = (): void => {
  const { store } = test.lab.servers;
  store.createBucket(OWNER, 'planted', { versioning: true });
  store.insert(OWNER, 'planted', 'overwritten', Buffer.from(hex()));
  store.insert(OWNER, 'planted', 'overwritten', Buffer.from('nothing'));
  const token = readFileSync(test.lab.description.tokens.finance, 'utf8');
  store.insert(OWNER, 'planted', 'token', Buffer.from(JSON.stringify({ header: `Bearer ${token}` })));
  store.insert(OWNER, 'planted', 'labelled', Buffer.from('nothing'), { metadata: { note: base64() } });
  store.insert(OWNER, 'planted', 'patched', Buffer.from('nothing'));
  store.patchObject(OWNER, 'planted', 'patched', { metadata: { note: hex() } });
  store.insert(OWNER, 'lab-work', 'deleted', share);
  store.delete(OWNER, 'lab-work', 'deleted');
  // Behind the first page of a listing, and behind the second.
  for (let n = 0; n < 2_100; n++) store.insert(OWNER, 'planted', `z${n}`, Buffer.from(`${n}`));
  store.insert(OWNER, 'planted', 'zz-last', Buffer.from(JSON.stringify([...share])));
};

const plantInPubSub = async (): Promise<void> => {
  const { topics } = test.lab.servers;
  const topic = `projects/${test.lab.world.project.id}/topics/planted`;
  topics.create(OWNER, { name: topic });
  topics.publish(OWNER, topic, [{ data: Buffer.from(JSON.stringify({ text: base64() })) }]);
  topics.publish(OWNER, topic, [{ data: Buffer.from('nothing'), attributes: { reason: `0x${hex().toUpperCase()}` } }]);
};

/** A machine with another image, which says what it was given. */
const plantInMachine = async (): Promise<void> => {
  const image = join(folder, 'image');
  cpSync(new URL('../support/leaky-image/', import.meta.url), image, { recursive: true });
  const entrypoint = ['node', 'main.js', BigInt(`0x${hex()}`).toString()];
  const labels = { 'tee.launch_policy.log_redirect': 'always' };
  writeFileSync(join(image, 'image.json'), JSON.stringify({ entrypoint, labels, env: { PLANTED: base64() } }));
  const digest = test.lab.servers.images.add(IMAGE_REPOSITORY, image);
  const { law, operations } = test.lab.config;
  const place = { zone: ZONE, name: 'turn-treasury-900', wallet: 'treasury', turn: 900n };
  const body = JSON.parse(
    JSON.stringify(instanceResource(place, law, operations), (key, value) =>
      key === 'seconds' || key === 'diskSizeGb' ? String(value) : value,
    ),
  );
  const items = [
    { key: 'tee-image-reference', value: `${IMAGE_REPOSITORY}@${digest}` },
    { key: 'tee-restart-policy', value: 'Never' },
    { key: 'tee-container-log-redirect', value: 'true' },
    { key: 'note', value: hex() },
  ];
  const caller = account(test.lab.world, 'launch');
  test.lab.servers.instances.insert(caller, ZONE, { ...body, metadata: { items } });
  await test.until('its line', () => test.lines.some(({ text }) => text.startsWith('planted ')));
};

const plantInCommandLines = async (): Promise<void> => {
  // Somebody pastes the share where an id belongs: the shell's history has it, and the answer repeats it.
  const [typed, here] = await Promise.all([
    keyturn(folder, 'verify', hex(), '--json'),
    keyturnHere(folder, 'show', hex(), '--config', 'none'),
  ]);
  expect([typed.code, here.code]).not.toContain(0);
};

it('tells of every planted share, by place and form, and shows none of it (threat 62)', async () => {
  plantInStorage();
  await plantInPubSub();
  await plantInMachine();
  await plantInCommandLines();
  test.lab.world.note(`planted ${hex()}`);
  test.leaks.onTelemetry('/v1/traces', Buffer.from(JSON.stringify({ name: 'seal', attributes: [hex()] })));
  writeFileSync(join(test.folder, 'note.txt'), hex());
  const error = await test.close().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LeakFound);
  const { message } = error instanceof Error ? error : { message: '' };
  const told = message
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/#\d+$/, '').replace(/message \d+/, 'message N'));
  expect(told.sort()).toEqual(
    [
      "alice's share of treasury lies as hex in: object planted/overwritten",
      "alice's share of treasury lies as base64 in: metadata of object planted/labelled",
      "alice's share of treasury lies as hex in: metadata of object planted/patched",
      "alice's share of treasury lies as raw bytes in: object lab-work/deleted",
      "alice's share of treasury lies as a list of bytes in: object planted/zz-last",
      "alice's share of treasury lies as base64 in: message N of planted",
      "alice's share of treasury lies as hex in: attributes of message N of planted",
      "alice's share of treasury lies as hex in: metadata of VM turn-treasury-900",
      "alice's share of treasury lies as base64 in: environment of turn-treasury-900",
      "alice's share of treasury lies as decimal in: arguments of turn-treasury-900",
      "alice's share of treasury lies as bytes by their places in: log of turn-treasury-900",
      "alice's share of treasury lies as hex in: arguments of keyturn verify",
      "alice's share of treasury lies as hex in: output of keyturn verify",
      "alice's share of treasury lies as hex in: arguments of keyturn show",
      "alice's share of treasury lies as hex in: log of the local cloud",
      "alice's share of treasury lies as hex in: file note.txt",
      "alice's share of treasury lies as hex in: telemetry /v1/traces",
      'an access token lies as text in: object planted/token',
    ].sort(),
  );
  for (const form of [hex(), hex().slice(0, 16), base64().slice(0, 16)]) expect(message).not.toContain(form);
}, 120_000);
