import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { CliContext } from '#cli/app/cli-context.ts';
import { define } from '#cli/commands/request.ts';
import { CODES, type Code } from '#schemas/codes.ts';

const RULE = /one payment, one reference, always/i;

describe('the rule for dApps', () => {
  test.each(['README.md', 'SECURITY.md', 'docs/formats.md', 'docs/client.md'])('stands in %s', (page) => {
    expect(readFileSync(page, 'utf8')).toMatch(RULE);
  });

  test('stands in the help of request', () => {
    const command = new Command('request');
    define(command, {} as CliContext);
    expect(command.helpInformation().replaceAll(/\s+/g, ' ')).toMatch(RULE);
  });
});

describe('no advice invites a second payment', () => {
  test('REFERENCE_USED: look up what the other request came to', () => {
    expect(CODES.REFERENCE_USED.advice).toMatch(/look up/);
    expect(CODES.REFERENCE_USED.advice).not.toMatch(/new reference/i);
  });

  const CLOSED: readonly Code[] = ['RELAUNCHES_EXHAUSTED', 'REJECTED', 'NOT_APPROVED_IN_TIME', 'NOT_SEALED_IN_TIME'];
  test.each(CLOSED)('%s: another request has the same reference', (code) => {
    expect(CODES[code].advice).toMatch(/new request with the same reference/);
  });
});

test.each(['UNAVAILABLE', 'DEADLINE'] as const)('%s says that a command does not try again', (code) => {
  expect(CODES[code].advice).toMatch(/A command does not/);
});
