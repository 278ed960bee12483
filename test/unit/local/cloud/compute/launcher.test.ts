import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAMILY, image, instance, LABELS, lab, REPO } from '#test/support/local/compute-launcher.ts';

const LOOK = `const { readFileSync, readdirSync } = require('node:fs');
const { request } = require('node:http');
const dir = process.env.KEYTURN_LAUNCHER_DIR;
console.log(JSON.stringify({ env: process.env, cwd: process.cwd(), files: readdirSync('.').sort(), token: readFileSync(dir + '/attestation_verifier_claims_token', 'utf8'), argv: process.argv.slice(2) }));
request({ socketPath: dir + '/teeserver.sock', path: '/v1/token' }, (r) => r.on('data', (d) => console.error(String(d)))).end();`;

const debugDisk = [
  { boot: true, autoDelete: true, initializeParams: { sourceImage: `${FAMILY}confidential-space-debug` } },
];

describe('the launcher', () => {
  it('runs the image with its own environment, token and socket, and leaves nothing behind', async () => {
    const { images, boot, said, claims, folders } = lab({ extraEnv: () => ({ GCE_METADATA_HOST: '127.0.0.1:1' }) });
    const digest = images.add(REPO, image(LOOK, { cmd: ['--from-image'] }));
    const metadata = {
      'tee-image-reference': `${REPO}@${digest}`,
      'tee-restart-policy': 'Never',
      'tee-container-log-redirect': 'cloud_logging',
      'tee-env-KEYTURN_TURN': 'treasury/1',
      'other-key': 'is not the launcher’s',
    };
    expect(await boot(instance(metadata)).exited).toBe(0);
    const seen = JSON.parse(said('stdout')[0] ?? 'null');
    const [folder = ''] = folders;
    expect(seen.env).toEqual({
      PATH: '/usr/local/bin:/usr/bin:/bin',
      NODE_ENV: 'production',
      KEYTURN_TURN: 'treasury/1',
      HOSTNAME: 'turn-treasury-1',
      KEYTURN_LAUNCHER_DIR: join(folder, 'launcher'),
      GCE_METADATA_HOST: '127.0.0.1:1',
    });
    expect(seen).toMatchObject({
      cwd: join(folder, 'root'),
      files: ['image.json', 'law.json', 'main.js'],
      token: 'the.attestation.token',
      argv: ['--from-image'],
    });
    expect(said('stderr')).toEqual(['a fresh token']);
    expect(existsSync(folder)).toBe(false);
    expect(claims).toEqual([
      {
        projectId: 'keyturn-local',
        projectNumber: '123456789012',
        zone: 'us-central1-a',
        instanceName: 'turn-treasury-1',
        instanceId: '123456789012345678',
        serviceAccount: 'workload@keyturn-local.iam.gserviceaccount.com',
        imageReference: `${REPO}@${digest}`,
        imageDigest: digest,
        imageId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        restartPolicy: 'Never',
        args: ['node', 'main.js', '--from-image'],
        env: { NODE_ENV: 'production', KEYTURN_TURN: 'treasury/1', HOSTNAME: 'turn-treasury-1' },
        envOverride: { KEYTURN_TURN: 'treasury/1' },
        cmdOverride: [],
        hwmodel: 'GCP_AMD_SEV',
        swname: 'CONFIDENTIAL_SPACE',
        dbgstat: 'disabled-since-boot',
        supportAttributes: ['LATEST', 'STABLE', 'USABLE'],
        secboot: true,
      },
    ]);
  });

  it('takes a tag, and attests to what it meant at boot', async () => {
    const { images, boot, claims } = lab();
    const digest = images.add(`${REPO}:v1`, image(''));
    expect(await boot(instance({ 'tee-image-reference': `${REPO}:v1` })).exited).toBe(0);
    expect(claims[0]).toMatchObject({ imageReference: `${REPO}:v1`, imageDigest: digest });
  });

  it('lets tee-cmd replace the command where the image allows it, and says so in the claims', async () => {
    const { images, boot, claims, said } = lab();
    images.add(
      REPO,
      image('console.log(process.argv[2])', {
        cmd: ['image'],
        labels: { ...LABELS, 'tee.launch_policy.allow_cmd_override': 'true' },
      }),
    );
    const metadata = { 'tee-image-reference': REPO, 'tee-cmd': '["operator"]', 'tee-container-log-redirect': 'true' };
    expect(await boot(instance(metadata)).exited).toBe(0);
    expect(said('stdout')).toEqual(['operator']);
    expect(claims[0]).toMatchObject({ cmdOverride: ['operator'], args: ['node', 'main.js', 'operator'] });
  });

  it('shows no workload line unless the metadata asks for it', async () => {
    const { images, boot, said } = lab();
    images.add(REPO, image('console.log("hidden"); process.exit(9)'));
    expect(await boot(instance({ 'tee-image-reference': REPO })).exited).toBe(1);
    expect(said()).toEqual(['workload task started', 'workload finished with a non-zero return code: 9']);
  });

  it.each([
    ['no secure boot', { shieldedInstanceConfig: {} }, { secboot: false, swname: 'GCE', hwmodel: 'GCP_AMD_SEV' }],
    [
      'no confidential computing',
      { confidentialInstanceConfig: {} },
      { secboot: true, swname: 'GCE', hwmodel: 'GCP_SHIELDED_VM' },
    ],
    [
      'TDX',
      {
        confidentialInstanceConfig: { enableConfidentialCompute: true, confidentialInstanceType: 'TDX' },
        machineType: 'zones/us-central1-a/machineTypes/c3-standard-4',
        scheduling: { automaticRestart: false, onHostMaintenance: 'TERMINATE' },
      },
      { secboot: true, swname: 'CONFIDENTIAL_SPACE', hwmodel: 'GCP_INTEL_TDX' },
    ],
  ])('attests to a machine with %s as what it is', async (_, over, expected) => {
    const { images, boot, claims } = lab();
    images.add(REPO, image(''));
    await boot(instance({ 'tee-image-reference': REPO }, over)).exited;
    expect(claims[0]).toMatchObject(expected);
  });

  it('on the debug image allows log redirect, says so in the claims, and holds the machine up until it is killed', async () => {
    const { images, boot, said, until, claims } = lab();
    images.add(REPO, image('console.log("shown")', { labels: {} }));
    const finished = until(/workload finished/);
    const metadata = { 'tee-image-reference': REPO, 'tee-container-log-redirect': 'true' };
    const vm = boot(instance(metadata, { disks: debugDisk }));
    let up = true;
    void vm.exited.then(() => {
      up = false;
    });
    await finished;
    expect(said('stdout')).toEqual(['shown']);
    expect(claims[0]).toMatchObject({ dbgstat: 'enabled', supportAttributes: [] });
    expect(up).toBe(true);
    vm.kill();
    expect(await vm.exited).toBe(0);
  });

  it('ends the workload when the machine is stopped: asked first, then killed', async () => {
    const { images, boot, until, said, folders } = lab();
    images.add(
      REPO,
      image(
        'process.on("SIGTERM", () => console.log("asked")); setInterval(() => {}, 1e6); console.log("up " + process.pid)',
      ),
    );
    const up = until(/^up/);
    const vm = boot(instance({ 'tee-image-reference': REPO, 'tee-container-log-redirect': 'true' }));
    await up;
    const pid = Number(said('stdout')[0]?.slice(3));
    vm.kill();
    expect(await vm.exited).toBe(1);
    expect(said('stdout')).toContain('asked');
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(existsSync(folders[0] ?? '')).toBe(false);
  });

  it('killed while it starts never runs to the end, and close waits for all', async () => {
    const { images, boot, launcher, folders } = lab();
    images.add(REPO, image('setInterval(() => {}, 1e6)'));
    const metadata = { 'tee-image-reference': REPO };
    const early = boot(instance(metadata));
    early.kill();
    expect(await early.exited).toBe(1);
    const late = boot(instance(metadata));
    await launcher.close();
    expect(await late.exited).toBe(1);
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  });
});
