import { describe, expect, test } from 'vitest';
import { typedIn } from '#cli/app/typed.ts';

describe('the wrapper, as it is typed in a folder', () => {
  test.each([
    ['/home/me/keyturn', './keyturn'],
    ['/home/me/keyturn/terraform', '../keyturn'],
    ['/home/me/keyturn/terraform/examples/lab', '../../../keyturn'],
    ['/home/me', './keyturn/keyturn'],
    ['/', './home/me/keyturn/keyturn'],
    ['/home/me/work', '/home/me/keyturn/keyturn'],
    ['/var/lib', '/home/me/keyturn/keyturn'],
    ['/home/me/keyturn-2', '/home/me/keyturn/keyturn'],
  ])('%s', (folder, typed) => {
    expect(typedIn(folder, '/home/me/keyturn/keyturn')).toBe(typed);
  });

  test.each([
    ['/srv/my checkout', './keyturn'],
    ['/srv/my checkout/docs', '../keyturn'],
    ['/srv', "'./my checkout/keyturn'"],
    ['/tmp', "'/srv/my checkout/keyturn'"],
  ])('%s, where the checkout has a space in its name', (folder, typed) => {
    expect(typedIn(folder, '/srv/my checkout/keyturn')).toBe(typed);
  });

  test('a quote and a dollar do not get out', () => {
    expect(typedIn('/tmp', "/srv/it's $HOME/keyturn")).toBe("'/srv/it'\\''s $HOME/keyturn'");
  });
});
