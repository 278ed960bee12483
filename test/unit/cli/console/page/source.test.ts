import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../../../../cli/console/page/', import.meta.url);
const sources = readdirSync(FOLDER).filter((name) => /\.(ts|html)$/.test(name));

/** What turns data into code or markup, what stays after the page is closed, and what speaks to anybody but its own process. */
const FORBIDDEN =
  /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\b|new Function|localStorage|sessionStorage|indexedDB|\bcaches\b|cookie|XMLHttpRequest|WebSocket|EventSource|sendBeacon|serviceWorker|postMessage|\bstyle:|https?:\/\/[a-z]/i;

test('there are sources to look at', () => expect(sources.length).toBeGreaterThan(20));

test.each(sources)('%s holds nothing that makes markup of data, keeps anything, or asks anybody else', (name) => {
  const code = readFileSync(new URL(name, FOLDER), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
  expect(FORBIDDEN.exec(code)?.[0]).toBeUndefined();
});

test('styles load nothing either', () => {
  const folder = new URL('style/', FOLDER);
  for (const name of readdirSync(folder))
    expect(readFileSync(new URL(name, folder), 'utf8')).not.toMatch(/url\(|@import|expression\(/);
});
