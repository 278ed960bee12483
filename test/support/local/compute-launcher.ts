import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { Images } from '#local/cloud/compute/images.ts';
import { parseInstanceBody } from '#local/cloud/compute/instance-body.ts';
import { Launcher, type LauncherOptions, type VmLine } from '#local/cloud/compute/launcher.ts';
import type { InstanceRecord } from '#local/cloud/compute/records.ts';
import type { InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import { closeServer } from '#local/cloud/runtime/http.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';

export const REPO = 'us-docker.pkg.dev/keyturn-local/keyturn/workload';
export const FAMILY = 'projects/confidential-space-images/global/images/family/';
export const LABELS = {
  'tee.launch_policy.allow_env_override': 'KEYTURN_TURN',
  'tee.launch_policy.log_redirect': 'always',
};

const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export const image = (main: string, over: Record<string, unknown> = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-image-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'main.js'), main);
  writeFileSync(join(folder, 'law.json'), '{}');
  const config = { entrypoint: ['node', 'main.js'], env: { NODE_ENV: 'production' }, labels: LABELS, ...over };
  writeFileSync(join(folder, 'image.json'), JSON.stringify(config));
  return folder;
};

export const instance = (
  metadata: Readonly<Record<string, string>>,
  over: Record<string, unknown> = {},
): InstanceRecord => ({
  id: '123456789012345678',
  zone: 'us-central1-a',
  name: 'turn-treasury-1',
  status: 'RUNNING',
  creationTimestamp: '2026-01-01T00:00:00Z',
  body: parseInstanceBody(
    {
      name: 'turn-treasury-1',
      machineType: 'zones/us-central1-a/machineTypes/n2d-standard-2',
      confidentialInstanceConfig: { enableConfidentialCompute: true },
      shieldedInstanceConfig: { enableSecureBoot: true },
      scheduling: { automaticRestart: false },
      disks: [{ boot: true, autoDelete: true, initializeParams: { sourceImage: `${FAMILY}confidential-space` } }],
      networkInterfaces: [{}],
      serviceAccounts: [{ email: 'workload@keyturn-local.iam.gserviceaccount.com', scopes: ['cloud-platform'] }],
      metadata: { items: Object.entries(metadata).map(([key, value]) => ({ key, value })) },
      ...over,
    },
    'us-central1-a',
  ),
});

/** Keeps what it was given; writes the token file and answers on the socket, as the one of local/cloud/identity does. */
export const lab = (over: Partial<LauncherOptions> = {}) => {
  const log: VmLine[] = [];
  const claims: InstanceClaims[] = [];
  const folders: string[] = [];
  const servers: Server[] = [];
  const notes: string[] = [];
  const waiting: { test: RegExp; tell: () => void }[] = [];
  const images = new Images();
  const world = createWorld({ note: (line) => notes.push(line) });
  world.iam.bind({
    id: 'pull',
    role: 'roles/artifactregistry.reader',
    resource: 'projects/keyturn-local',
    members: ['serviceAccount:workload@keyturn-local.iam.gserviceaccount.com'],
  });
  const launcher = new Launcher(world, {
    images,
    teeServer: async ({ socketPath, tokenPath, claims: current }) => {
      claims.push(current());
      folders.push(dirname(dirname(socketPath)));
      writeFileSync(tokenPath, 'the.attestation.token');
      const server = createServer((_, response) => response.end('a fresh token'));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(socketPath, resolve));
      return { close: () => closeServer(server) };
    },
    log: (line) => {
      log.push(line);
      for (const { test, tell } of waiting) if (test.test(line.line)) tell();
    },
    graceMs: 100,
    ...over,
  });
  closers.push(() => launcher.close());
  const boot = (vm: InstanceRecord) => {
    const exit = Promise.withResolvers<number>();
    return { exited: exit.promise, ...launcher.start(vm, exit.resolve) };
  };
  const said = (source?: VmLine['source']) =>
    log.filter((line) => source === undefined || line.source === source).map(({ line }) => line);
  const until = (test: RegExp) => new Promise<void>((tell) => void waiting.push({ test, tell }));
  return { world, images, launcher, boot, said, until, claims, folders, servers, notes, log };
};
