import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import type { Results } from './setup.ts';

const file = inject('terraformResults');

/** What setup.ts wrote in this run. Undefined where terraform is not installed: then only what needs no terraform is tested. */
export const results: Results | undefined =
  file === '' ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as Results);

export const SKIPPED = results === undefined ? ' (SKIPPED: terraform is not installed)' : '';
