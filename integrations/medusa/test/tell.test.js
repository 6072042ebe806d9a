'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { exact, text } = require('../lib/exact');
const { tellAccount, tellOrder } = require('../lib/tell');

const read = (...place) => JSON.parse(readFileSync(join(__dirname, ...place), 'utf8'));
// What Regulars expects of us; its own tests read the same files.
const expected = (stem) => read('..', '..', '..', 'tests', 'payloads', 'medusa', `${stem}.json`);

for (const stem of ['order-paid', 'order-refunded', 'order-cancelled', 'order-delivered']) {
  test(`${stem} is told as Regulars reads it`, () => {
    assert.deepEqual(tellOrder(read('shapes', `${stem}.json`), 'birthday'), expected(stem).data);
  });
}

test('a customer record is told with the address her parcels go to', () => {
  const told = tellAccount(read('shapes', 'customer-updated.json'), 'birthday');
  assert.deepEqual(told, expected('customer-updated').data);
});

test('only what is a birthday is told as one', () => {
  const born = (birthday) => tellAccount({ metadata: { birthday } }, 'birthday').birthday;
  assert.equal(born('--02-29'), '--02-29');
  for (const value of ['in spring', 19900228, null, '1990-02-28T00:00:00Z']) {
    assert.equal(born(value), null);
  }
});

test('amounts are exact, whatever they come as', () => {
  const told = [
    [{ total: 40.882 }, '40.882'],
    [{ total: '19.90' }, '19.9'],
    [{ total: -5 }, '-5'],
    [{ total: 1e-7 }, '0.0000001'],
    [{ total: 1e21 }, '1000000000000000000000'],
    [{ total: 7, raw_total: { value: '7.562' } }, '7.562'],
    [{ total: { numeric: 1, raw: { value: '0.1' } } }, '0.1'],
    [{ total: { numeric: 2.5 } }, '2.5'],
    [{ raw_total: { value: '5.5662016806722689076' } }, '5.566201680672'],
    [{ total: null }, '0'],
    [{}, '0'],
  ];
  for (const [thing, wanted] of told) assert.equal(text(exact(thing, 'total')), wanted);
  assert.equal(text(exact({ a: 0.1 }, 'a') + exact({ a: 0.2 }, 'a')), '0.3');
  for (const value of ['', 'ten', NaN, Infinity, true]) {
    assert.throws(() => exact({ total: value }, 'total'));
  }
});
