import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';

const NAMESPACE = 'commonjs-names';

/** Whether Node takes a file of a package for CommonJS. */
const isCommonJs = (path: string): boolean => {
  if (!path.includes('node_modules') || !/\.c?js$/.test(path)) return false;
  if (path.endsWith('.cjs')) return true;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const about: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return Reflect.get(Object(about), 'type') !== 'module';
    } catch {
      // The next folder up may have it.
    }
  }
  return true;
};

/**
 * A bundle in parts gives no names of a CommonJS module that `import()` loads, but `default` alone. Node gives them all. So such a module gets one
 * in front of it that names what it has.
 */
export const namesOfCommonJs = (root: string): Plugin => ({
  name: 'names-of-commonjs',
  setup: ({ onResolve, onLoad, resolve }) => {
    onResolve({ filter: /^[^.#]/ }, async ({ path, kind, resolveDir, namespace }) => {
      if (kind !== 'dynamic-import' || namespace === NAMESPACE) return undefined;
      const found = await resolve(path, { kind: 'import-statement', resolveDir });
      if (found.errors.length > 0 || found.external || found.namespace !== 'file' || !isCommonJs(found.path))
        return undefined;
      return { path: `./${relative(root, found.path)}`, namespace: NAMESPACE };
    });
    onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => {
      const whole: unknown = createRequire(join(root, 'package.json'))(path);
      const names = Object.keys(Object(whole)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default');
      const lines = names.map((name) => `export const ${name} = whole.${name};`);
      const contents = [`const whole = require(${JSON.stringify(path)});`, 'export default whole;', ...lines].join(
        '\n',
      );
      return { contents, resolveDir: root };
    });
  },
});
