import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ChildOptions, startChild } from '#local/cloud/processes/children.ts';
import { folder, isAlive, lines } from '#test/support/local/processes.ts';

const node = (script: string, over: Partial<ChildOptions> = {}): ChildOptions => ({
  command: process.execPath,
  args: ['-e', script],
  cwd: tmpdir(),
  env: {},
  onLine: () => {},
  ...over,
});

describe('a child process', () => {
  it('inherits nothing, has no input, and ends with its code after its last line', async () => {
    const { seen, onLine } = lines();
    const child = startChild(
      node(
        'process.stdin.on("end", () => { console.log(JSON.stringify(process.env)); console.error("bye"); process.exitCode = 3; }).resume()',
        { env: { ONLY: 'this' }, onLine },
      ),
    );
    expect(await child.exited).toBe(3);
    expect(seen.sort()).toEqual(['bye', '{"ONLY":"this"}']);
  });

  it('that cannot be started ends with 127 and says why', async () => {
    const { seen, onLine } = lines();
    const child = startChild(node('', { command: '/nowhere/nothing', onLine }));
    expect(await child.exited).toBe(127);
    expect(seen.join()).toMatch(/\/nowhere\/nothing|could not be started/);
  });

  it('is killed when it does not end in time, with all it has started', async () => {
    const { until, onLine } = lines();
    const child = startChild(
      node(
        `process.on("SIGTERM", () => console.log("no"));
         const { spawn } = require("node:child_process");
         const grandchild = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log('up')"], { stdio: ["ignore", "pipe", "inherit"] });
         grandchild.stdout.once("data", () => console.log("pid " + grandchild.pid)); setInterval(() => {}, 1e6);`,
        { onLine },
      ),
    );
    const grandchild = Number((await until(/^pid/)).slice(4));
    expect(isAlive(grandchild)).toBe(true);
    await child.stop(50);
    expect(await child.exited).toBe(137);
    expect(isAlive(grandchild)).toBe(false);
  });

  const parent = (ending: string) => {
    const children = new URL('../../../../../local/cloud/processes/children.ts', import.meta.url).href;
    return `import { startChild } from ${JSON.stringify(children)};
      const child = startChild({ command: process.execPath, args: ['-e', 'setInterval(() => {}, 1e6); console.log("up")'], cwd: '/', env: {},
        onLine: () => { console.log('pid ' + child.pid); ${ending} } });`;
  };
  const endsWithParent = async (ending: string): Promise<{ code: number; dead: () => Promise<boolean> }> => {
    const { until, onLine } = lines();
    const path = join(folder({ 'parent.ts': parent(ending) }), 'parent.ts');
    const runner = startChild(
      node('', { args: [path], cwd: process.cwd(), onLine, env: { PATH: process.env.PATH ?? '' } }),
    );
    const pid = Number((await until(/^pid/)).slice(4));
    const code = await runner.exited;
    const dead = async () => {
      // The signal is on its way when the parent is gone; the kernel needs a moment to end the child.
      while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
      return true;
    };
    return { code, dead };
  };

  it.each([
    ['returns', 'process.exit(5);', 5],
    ['throws', 'throw new Error("bug");', 1],
    ['gets SIGTERM', 'process.kill(process.pid, "SIGTERM");', 143],
    ['gets SIGINT', 'process.kill(process.pid, "SIGINT");', 130],
    ['gets SIGHUP', 'process.kill(process.pid, "SIGHUP");', 129],
  ])('ends with a parent that %s', async (_, ending, expected) => {
    const { code, dead } = await endsWithParent(ending);
    expect(code).toBe(expected);
    expect(await dead()).toBe(true);
  });

  it.runIf(process.platform === 'linux' && existsSync('/usr/bin/setpriv'))(
    'ends with a parent that is killed',
    async () => {
      const { code, dead } = await endsWithParent('process.kill(process.pid, "SIGKILL");');
      expect(code).toBe(137);
      expect(await dead()).toBe(true);
    },
  );
});
