'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { amount, tellAccount, tellOrder } = require('../lib/tell');

const read = (...place) => JSON.parse(readFileSync(join(__dirname, ...place), 'utf8'));
const around = { places: 2, name: String, birthdayField: 'birthday' };
// What Regulars expects of us; its own tests read the same files.
const expected = (stem) => read('..', '..', '..', 'tests', 'payloads', 'vendure', `${stem}.json`);

for (const stem of ['order-paid', 'order-refunded', 'order-cancelled']) {
  test(`${stem} is told as Regulars reads it`, () => {
    const order = read('shapes', `${stem}.json`);
    const { payments, fulfillments } = order;
    const told = tellOrder(order, {
      ...around, payments, fulfillments, history: order.history.items,
    });
    assert.deepEqual(told, expected(stem).data);
  });
}

test('a customer record is told with the address its parcels go to', () => {
  const customer = read('shapes', 'customer-updated.json');
  const told = tellAccount(customer, customer.addresses, around);
  assert.deepEqual(told, expected('customer-updated').data);
});

test('a birthday may be a date, and what is none is not told', () => {
  const customer = read('shapes', 'customer-updated.json');
  const born = (value) =>
    tellAccount({ ...customer, customFields: { birthday: value } }, [], around).birthday;
  assert.equal(born(new Date('1990-02-28T00:00:00Z')), '1990-02-28');
  assert.equal(born('--02-29'), '--02-29');
  assert.equal(born('in spring'), null);
  assert.equal(born(null), null);
});

test('whole minor units become decimal text without arithmetic in fractions', () => {
  const told = [[4470, 2], [5, 2], [0, 2], [-398, 2], [500, 0], [1234567, 3], [7, 3]];
  assert.deepEqual(
    told.map(([units, places]) => amount(units, places)),
    ['44.70', '0.05', '0.00', '-3.98', '500', '1234.567', '0.007'],
  );
  assert.equal(amount(Number.MAX_SAFE_INTEGER, 2), '90071992547409.91');
});
