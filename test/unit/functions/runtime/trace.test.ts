import { describe, expect, test } from 'vitest';
import { incomingTrace, traceFields } from '#functions/runtime/trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const of = (headers: Record<string, string>) => traceFields(incomingTrace(headers), 'p');
const fields = (sampled: boolean, span = SPAN) => ({
  'logging.googleapis.com/trace': `projects/p/traces/${TRACE}`,
  ...(span === '' ? {} : { 'logging.googleapis.com/spanId': span }),
  'logging.googleapis.com/trace_sampled': sampled,
});

describe('no trace is made up', () => {
  test.each([
    '',
    'x',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01\n`,
  ])('traceparent %j', (traceparent) => {
    expect(of({ traceparent })).toEqual({});
  });
  test.each(['', '/1;o=1', `${TRACE}/x;o=1`, `${TRACE}/1;o=1;`, `${'0'.repeat(32)}/1`, `${TRACE}/${'9'.repeat(21)}`])(
    'X-Cloud-Trace-Context %j',
    (cloudTrace) => {
      expect(of({ 'x-cloud-trace-context': cloudTrace })).toEqual({});
    },
  );
  test('no header at all', () => {
    expect(of({})).toEqual({});
  });
});

describe('W3C, with the example of its specification', () => {
  test.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`01-${TRACE}-${SPAN}-01-what-comes-later`, true],
  ])('%s', (traceparent, sampled) => {
    expect(of({ traceparent })).toEqual(fields(sampled));
  });
  test('stands before the older header', () => {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, 'x-cloud-trace-context': `${'a'.repeat(32)}/1;o=0` };
    expect(of(headers)).toEqual(fields(true));
  });
});

describe('X-Cloud-Trace-Context', () => {
  // The specification's span in decimal; and Google's own example of 74, which is 000000000000004a.
  test.each([
    [`${TRACE}/67667974448284343;o=1`, fields(true)],
    [`${TRACE}/74;o=0`, fields(false, '000000000000004a')],
    [`${TRACE}/18446744073709551615`, fields(false, 'ffffffffffffffff')],
    [`${TRACE}/0;o=1`, fields(true, '')],
    [`${TRACE};o=1`, fields(true, '')],
    [TRACE.toUpperCase(), fields(false, '')],
  ])('%s', (cloudTrace, expected) => {
    expect(of({ 'x-cloud-trace-context': cloudTrace })).toEqual(expected);
  });
  test('is read where the newer one makes no sense', () => {
    expect(of({ traceparent: 'x', 'x-cloud-trace-context': `${TRACE}/74;o=1` })).toEqual(
      fields(true, '000000000000004a'),
    );
  });
});
