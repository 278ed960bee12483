import { spawn, spawnSync } from 'node:child_process';

/** The version of the terraform on this machine; undefined where there is none. */
export const terraformVersion = (): string | undefined => {
  const { stdout, status } = spawnSync('terraform', ['version', '-json'], { encoding: 'utf8', env: quiet() });
  if (status !== 0) return undefined;
  return /"terraform_version":\s*"([^"]+)"/.exec(stdout)?.[1];
};

/**
 * No calls home, no colours, nothing of this user's own configuration (which may name mirrors, or a file that is not there). It runs for
 * seconds and has memory enough: collecting garbage as often as Go would takes a fifth of its time.
 */
const quiet = (): NodeJS.ProcessEnv => {
  const { TF_CLI_CONFIG_FILE: _, TF_DATA_DIR: __, TF_WORKSPACE: ___, ...rest } = process.env;
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !/^TF_(VAR_|CLI_ARGS|LOG)/.test(name)));
  return { ...own, GOGC: '400', CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
};

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs terraform in `folder` to its end. Never throws on an exit code: what it said is the caller's to judge. */
export const runTerraform = (
  folder: string,
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn('terraform', args, {
      cwd: folder,
      env: { ...quiet(), ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
