import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

const NAMESPACE = 'builtin';
/** How such inputs begin in a metafile. */
export const BUILTIN = `${NAMESPACE}:`;
const NAMES = new Set(builtinModules);

const isBuiltin = (path: string): boolean => path.startsWith('node:') || NAMES.has(path);

/**
 * Node's own modules as values, not as ES modules. An ES module that imports `node:http` makes Node read every export. One of them loads
 * all of undici, which takes 45 ms and 14 MB (findings/import-of-http-loads-undici.sh).
 */
export const builtinsAsValues: Plugin = {
  name: 'builtins-as-values',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^(node:)?/, 'node:'), namespace: NAMESPACE } : undefined,
    );
    onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};
