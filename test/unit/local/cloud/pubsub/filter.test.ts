import { describe, expect, it } from 'vitest';
import { compileFilter } from '#local/cloud/pubsub/filter.ts';

const refusal = (message: RegExp) =>
  expect.objectContaining({ status: 'INVALID_ARGUMENT', message: expect.stringMatching(message) });

describe('a filter is refused', () => {
  it.each([
    ['attributes.ce-type = "a"', /expected = but found -/],
    ['attributes.a = b', /expected a quoted string/],
    ["attributes.a = 'b'", /unexpected character at position 14/],
    ['attributes.a', /expected = but found the end/],
    ['attributes', /expected \. but found the end/],
    ['attributes:', /expected an attribute key/],
    ['data = "a"', /expected attributes but found data/],
    ['attributes:a AND', /expected attributes but found the end/],
    ['attributes:a OR attributes:b AND attributes:c', /parentheses/],
    ['attributes:a AND attributes:b OR attributes:c', /parentheses/],
    ['attributes:a and attributes:b', /unexpected and/],
    ['(attributes:a', /expected \) but found the end/],
    ['attributes:a)', /unexpected \)/],
    ['hasPrefix(attributes:a, "b")', /expected \. but found :/],
    ['hasPrefix(attributes.a)', /expected , but found \)/],
    ['attributes.a = "b', /unexpected character/],
    ['   ', /expected attributes but found the end/],
    ['attributes.a < "b"', /unexpected character/],
    [`attributes.a = "${'x'.repeat(256)}"`, /longer than 256 bytes/],
  ])('%s', (filter, message) => {
    expect(() => compileFilter(filter)).toThrow(refusal(message));
  });

  it('by name where it uses an escape that is not implemented', () => {
    expect(() => compileFilter('attributes.a = "\\u0041"')).toThrow(
      expect.objectContaining({ status: 'UNIMPLEMENTED', message: expect.stringMatching(/escape \\u/) }),
    );
  });

  it('only beyond 256 bytes', () => {
    const filter = `attributes.a = "${'x'.repeat(239)}"`;
    expect(filter).toHaveLength(256);
    expect(compileFilter(filter)({ a: 'x'.repeat(239) })).toBe(true);
  });
});

describe('a filter passes', () => {
  it.each([
    ['', {}, true],
    ['attributes:a', { a: '' }, true],
    ['attributes:a', { b: '' }, false],
    ['attributes:"ce-type"', { 'ce-type': 'x' }, true],
    ['attributes."ce-type" = "x"', { 'ce-type': 'x' }, true],
    ['attributes."ce-type"="x"', { 'ce-type': 'y' }, false],
    ['attributes.a != "x"', { a: 'y' }, true],
    ['attributes.a != "x"', {}, true],
    ['attributes.a != "x"', { a: 'x' }, false],
    ['hasPrefix(attributes.a, "keyturn.")', { a: 'keyturn.receipt' }, true],
    ['hasPrefix(attributes.a, "keyturn.")', { a: 'other' }, false],
    ['hasPrefix(attributes.a, "")', {}, false],
    ['NOT attributes:a', {}, true],
    ['-attributes:a', { a: '1' }, false],
    ['NOT NOT attributes:a', { a: '1' }, true],
    ['attributes:a AND attributes:b AND NOT attributes:c', { a: '', b: '' }, true],
    ['attributes:a OR attributes:b', { b: '' }, true],
    ['(attributes:a OR attributes:b) AND attributes:c', { a: '' }, false],
    ['attributes:a OR (attributes:b AND attributes:c)', { b: '', c: '' }, true],
    ['attributes.a = "say \\"hi\\" \\\\"', { a: 'say "hi" \\' }, true],
    ['attributes.NOT = "x"', { NOT: 'x' }, true],
    ['attributes:toString', {}, false],
    ['attributes.constructor != "x"', {}, true],
  ])('%s of %j: %s', (filter, attributes, passes) => {
    expect(compileFilter(filter)(attributes)).toBe(passes);
  });
});
