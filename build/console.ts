import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, type Metafile } from 'esbuild';

/** Where the page's sources lie. */
export const PAGE = 'cli/console/page';

/** What the console serves: nothing else is ever read for it. */
export const CONSOLE_FILES = ['index.html', 'app.js', 'app.css'] as const;

/** Sources by which index.html names its script and its style, and what becomes of each. */
const BECOMES: Readonly<Record<string, string>> = { '/main.js': '/app.js', '/style.css': '/app.css' };

/**
 * The page with its two files, by the names under which the console serves them. Throws where it names anything else, or
 * holds a script or a style itself: its Content-Security-Policy would refuse that.
 */
export const htmlOf = (source: string): string => {
  const html = source.replaceAll(/(?<=(?:src|href)=")[^"]*(?=")/g, (name) => BECOMES[name] ?? name);
  const named = [...html.matchAll(/(?:src|href|action|style)\s*=\s*["']?([^"'\s>]*)/g)].map(([, name]) => name);
  const scripts = [...html.matchAll(/<script\b[^>]*>([^<]*)</g)].map(([, body]) => body);
  if (named.toSorted().join() !== '/app.css,/app.js' || scripts.join('') !== '' || /<style\b/.test(html))
    throw new Error(`${PAGE}/index.html must name its one script and its one style, and hold neither: ${named.join()}`);
  return html;
};

/** dist/console: one page, one script, one style. Gives what is in the script and the style. */
export const buildConsole = async (root: string, dist: string): Promise<Metafile> => {
  const folder = `${dist}/console`;
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    bundle: true,
    platform: 'browser',
    target: 'es2023',
    format: 'esm',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: root,
    metafile: true,
    entryPoints: { app: `${PAGE}/main.ts` },
    outdir: folder,
  });
  const style = await build({
    bundle: true,
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: root,
    metafile: true,
    entryPoints: { app: `${PAGE}/style.css` },
    outdir: folder,
  });
  writeFileSync(`${folder}/index.html`, htmlOf(readFileSync(`${root}${PAGE}/index.html`, 'utf8')));
  return {
    inputs: { ...metafile.inputs, ...style.metafile.inputs },
    outputs: { ...metafile.outputs, ...style.metafile.outputs },
  };
};
