import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import { startChild } from '#local/cloud/processes/children.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { onHost } from './image-paths.ts';
import { type Image, type Images, imageDigest } from './images.ts';
import { checkLaunchPolicy, LaunchRefused, type LaunchSpec, parseLaunchSpec } from './launch-spec.ts';
import type { Guest } from './lifecycle.ts';
import type { InstanceRecord } from './records.ts';
import { claimsOf, isConfidentialSpace, isHardened } from './vm-claims.ts';

export interface VmLine {
  readonly instance: string;
  readonly source: 'launcher' | 'stdout' | 'stderr';
  readonly line: string;
}

export interface LauncherOptions {
  readonly images: Images;
  /** startTeeServer of local/cloud/identity, with its verifier: writes the token file, then listens. A rejection ends the launch. */
  readonly teeServer: (options: {
    readonly socketPath: string;
    readonly tokenPath: string;
    readonly claims: () => InstanceClaims;
  }) => Promise<{ close(): Promise<void> }>;
  /** The launcher's own lines, and the workload's where label and metadata both want them seen. */
  readonly log: (line: VmLine) => void;
  /** What a VM has from its host (the metadata server's address, the local CA): beneath the image, so not among the claims. */
  readonly extraEnv?: (instance: InstanceRecord) => Readonly<Record<string, string>>;
  /** ms between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
}

const LAUNCHER_DIR = 'KEYTURN_LAUNCHER_DIR';

interface Vm {
  readonly instance: InstanceRecord;
  readonly folder: string;
  readonly stop: Promise<void>;
}

/** The Confidential Space launcher as the machine of local Compute: it refuses what the real one refuses, and runs the image as a process. */
export class Launcher implements Guest {
  readonly #world: World;
  readonly #options: LauncherOptions;
  readonly #running = new Set<{ kill(): void; ended: Promise<void> }>();
  readonly #workloads = new Map<string, number>();

  constructor(world: World, options: LauncherOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** Process ids of the workloads that run now, by instance. */
  get workloads(): ReadonlyMap<string, number> {
    return this.#workloads;
  }

  start(instance: InstanceRecord, exited: (code: number) => void): { kill(): void } {
    const stop = Promise.withResolvers<void>();
    const ended = this.#live(instance, stop.promise).then((code) => {
      this.#running.delete(vm);
      exited(code);
    });
    const vm = { kill: () => stop.resolve(), ended };
    this.#running.add(vm);
    return vm;
  }

  /** Kills every VM and waits until nothing of them is left. */
  async close(): Promise<void> {
    const running = [...this.#running];
    for (const vm of running) vm.kill();
    await Promise.all(running.map(({ ended }) => ended));
  }

  /** The life of one VM, to its exit code. Never rejects: what fails in a VM is that VM's end. */
  async #live(instance: InstanceRecord, stop: Promise<void>): Promise<number> {
    const code = await this.#launch(instance, stop).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#say(instance, `launch failed: ${reason}`);
      if (!(error instanceof LaunchRefused)) this.#world.note(`launcher of ${instance.name}: ${reason}`);
      return 1;
    });
    // The debug image holds the VM up whatever happened (launcher return code 4).
    if (isConfidentialSpace(instance) && !isHardened(instance)) await stop;
    return code === 0 ? 0 : 1;
  }

  async #launch(instance: InstanceRecord, stop: Promise<void>): Promise<number> {
    if (!isConfidentialSpace(instance)) throw new LaunchRefused('the boot image has no Confidential Space launcher');
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-vm-'));
    try {
      return await this.#boot({ instance, folder, stop });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async #boot(vm: Vm): Promise<number> {
    const { instance, folder } = vm;
    const metadata = new Map((instance.body.metadata?.items ?? []).map(({ key, value }) => [key, value]));
    const spec = parseLaunchSpec(metadata);
    this.#mayPull(instance, spec.imageReference);
    const image = this.#pull(spec.imageReference, join(folder, 'root'));
    checkLaunchPolicy(spec, image.config.labels, isHardened(instance));
    const launcherDir = join(folder, 'launcher');
    mkdirSync(launcherDir, { mode: 0o700 });
    const args = [...image.config.entrypoint, ...(spec.cmd.length > 0 ? spec.cmd : image.config.cmd)];
    const env = { ...image.config.env, ...spec.env, HOSTNAME: instance.name };
    const claims = claimsOf(this.#world.project, instance, { image, spec, args, env });
    const tee = await this.#options.teeServer({
      socketPath: join(launcherDir, 'teeserver.sock'),
      tokenPath: join(launcherDir, 'attestation_verifier_claims_token'),
      claims: () => claims,
    });
    try {
      return await this.#runWorkload(vm, spec, args, { ...env, [LAUNCHER_DIR]: launcherDir });
    } finally {
      await tee.close();
    }
  }

  /** The registry asks the VM's own account. */
  #mayPull(instance: InstanceRecord, reference: string): void {
    const account = callerNamed(`serviceAccount:${instance.body.serviceAccounts?.[0]?.email ?? 'none'}`);
    const repository = reference.replace(/[@:][^/]*$/, '');
    const allowed = this.#world.iam.allows(account, 'artifactregistry.repositories.downloadArtifacts', {
      name: repository,
      type: 'artifactregistry.googleapis.com/Repository',
      service: 'artifactregistry.googleapis.com',
      policies: [`repositories/${repository}`, `projects/${this.#world.project.id}`],
    });
    if (!allowed)
      throw new LaunchRefused(
        `cannot pull the image: ${account.name} does not have artifactregistry.repositories.downloadArtifacts`,
      );
  }

  /** Every boot gets its own copy of the image. The copy is what is measured, so that a later change of the folder is no attack. */
  #pull(reference: string, root: string): Image {
    let image: Image | undefined;
    try {
      image = this.#options.images.find(reference);
    } catch (error) {
      throw new LaunchRefused(error instanceof Error ? error.message : 'bad image reference');
    }
    if (image === undefined) throw new LaunchRefused(`cannot pull the image: ${reference} was not found`);
    cpSync(image.folder, root, { recursive: true });
    if (imageDigest(root) !== image.digest)
      throw new LaunchRefused(`cannot pull the image: the content of ${reference} does not match its digest`);
    return image;
  }

  async #runWorkload(
    { instance, folder, stop }: Vm,
    spec: LaunchSpec,
    [command = '', ...args]: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<number> {
    this.#say(instance, 'workload task started');
    const root = join(folder, 'root');
    const child = startChild({
      command: basename(command) === 'node' ? process.execPath : command,
      args: args.map((arg) => onHost(arg, { root, launcherDir: join(folder, 'launcher') })),
      cwd: root,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...env, ...this.#options.extraEnv?.(instance) },
      onStart: (started) => this.#world.started({ name: instance.name, ...started }),
      onLine: (line, source) => {
        if (spec.logRedirect) this.#options.log({ instance: instance.name, source, line });
      },
    });
    if (child.pid !== undefined) this.#workloads.set(instance.name, child.pid);
    void stop.then(() => child.stop(this.#options.graceMs));
    const code = await child.exited;
    this.#workloads.delete(instance.name);
    this.#say(instance, code === 0 ? 'workload finished' : `workload finished with a non-zero return code: ${code}`);
    return code;
  }

  #say(instance: InstanceRecord, line: string): void {
    this.#options.log({ instance: instance.name, source: 'launcher', line });
  }
}
