import { describe, expect, test } from 'vitest';
import { abiFunction } from '#schemas/abi.ts';

describe('a function in the law', () => {
  test.each([
    ['transfer(address to, uint256 amount)', 'transfer(address,uint256)', '0xa9059cbb'],
    ['approve(address, uint256)', 'approve(address,uint256)', '0x095ea7b3'],
    ['pause()', 'pause()', '0x8456cb59'],
    [
      'aggregate3((address target, bool allowFailure, bytes callData)[] calls)',
      'aggregate3((address,bool,bytes)[])',
      '0x82ad56cb',
    ],
  ])('%s', (text, signature, selector) => {
    expect(abiFunction(text)).toMatchObject({ signature, selector });
  });

  test('sizes of heads: dynamic types take one word, static arrays and structs all of theirs', () => {
    const { inputs } = abiFunction('f((uint8 a, bytes4 b)[3] a, (uint8 a, bytes b)[3] b, int256[] c, string[2] d)');
    expect(inputs.map(({ type: { dynamic, head } }) => [dynamic, head])).toEqual([
      [false, 192],
      [true, 32],
      [true, 32],
      [true, 32],
    ]);
  });

  test.each([
    ['no function', 'transfer', /must be a function as Solidity writes it/],
    ['half a function', 'transfer(address to', /must be a function/],
    ['a short type name', 'f(uint a)', /must be written f\(uint256 a\)/],
    ['another spacing', 'f(address a,bool b)', /must be written f\(address a, bool b\)/],
    ['a space too many', ' f(address a)', /must be/],
    ['a modifier', 'f(address a) view', /must be written/],
    ['what it returns', 'f(address a) returns (bool)', /must be written/],
    ['the word function', 'function f(address a)', /must be/],
    ['a type that there is not', 'f(uint7 a)', /must be a function/],
    ['bytes33', 'f(bytes33 a)', /must be a function/],
    ['a fixed point number', 'f(fixed128x18 a)', /must be a function/],
    ['a name of a type', 'f(Token a)', /must be a function/],
    ['two parameters of one name', 'f(address a, bool a)', /stands twice/],
    ['two members of one name', 'f((address b, bool b) a)', /stands twice/],
    ['an array of nothing', 'f(uint8[0] a)', /1 to 4096 elements/],
    ['an array that no call can hold', 'f(uint8[4097] a)', /1 to 4096 elements/],
    ['a struct of nothing', 'f(() a)', /must/],
    ['nine deep', `f(uint8${'[]'.repeat(9)} a)`, /nest more than 8 deep/],
    ['65 parameters', `f(${Array.from({ length: 65 }, (_, n) => `bool a${n}`).join(', ')})`, /more than 64/],
    ['a long text', `f(bool ${'a'.repeat(2000)})`, /2000 characters/],
  ])('is refused: %s', (_, text, reason) => {
    expect(() => abiFunction(text)).toThrow(reason);
    expect(() => abiFunction(text)).toThrow(RangeError);
  });

  test('eight deep are read', () => {
    expect(abiFunction(`f(uint8${'[]'.repeat(7)} a)`).selector).toMatch(/^0x[0-9a-f]{8}$/);
  });
});
