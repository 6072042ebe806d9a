'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EVENTS, newsOf } = require('../lib/news');
const { Reader } = require('../lib/reader');

const ORDER = { id: 3, orderPlacedAt: new Date() };

function told(name, event) {
  const news = newsOf(name, event);
  return news && [news.kind, news.type, news.id];
}

test('a placed order, its states, its payments and its refunds are news', () => {
  const state = (toState) => told('OrderStateTransitionEvent', { order: ORDER, toState });
  assert.deepEqual(told('OrderPlacedEvent', { order: ORDER }), ['order', 'order.created', 3]);
  assert.deepEqual(state('PaymentSettled'), ['order', 'order.paid', 3]);
  assert.deepEqual(state('Shipped'), ['order', 'order.fulfilled', 3]);
  assert.deepEqual(state('Delivered'), ['order', 'order.delivered', 3]);
  assert.deepEqual(state('Cancelled'), ['order', 'order.cancelled', 3]);
  assert.deepEqual(state('Modifying'), ['order', 'order.updated', 3]);
  for (const name of ['RefundEvent', 'RefundStateTransitionEvent']) {
    assert.deepEqual(told(name, { order: ORDER }), ['order', 'order.refunded', 3]);
  }
});

test('a basket is no news', () => {
  for (const toState of ['AddingItems', 'ArrangingPayment', 'Draft']) {
    assert.equal(told('OrderStateTransitionEvent', { order: ORDER, toState }), null);
  }
  assert.equal(told('OrderEvent', { entity: { id: 4 }, type: 'updated' }), null);
});

test('a customer is named, also by her address, and never described', () => {
  const entity = { id: 41, emailAddress: 'ada@example.test' };
  const news = newsOf('CustomerEvent', { entity, type: 'deleted' });
  assert.deepEqual(Object.keys(news), ['kind', 'type', 'id', 'at']);
  assert.equal(news.type, 'customer.deleted');
  const moved = { entity: { id: 5, customer: { id: 41 } } };
  assert.deepEqual(told('CustomerAddressEvent', moved), ['customer', 'customer.updated', 41]);
  assert.equal(told('CustomerAddressEvent', { entity: { id: 5 } }), null);
});

test('every event that is listened to can be read', () => {
  assert.equal(EVENTS.length, 10);
});

function reader(shop, options = {}) {
  return new Reader(
    {
      config: { entityOptions: {} },
      contexts: { create: async () => ({}) },
      ...shop,
    },
    options,
  );
}

const orders = (order) => ({
  orders: {
    findOne: async () => order,
    getOrderPayments: async () => [],
    getOrderFulfillments: async () => [],
  },
  histories: { getHistoryForOrder: async () => ({ items: [] }) },
});
const placed = {
  ...ORDER, code: 'X', state: 'PaymentAuthorized', type: 'Regular', totalWithTax: 100, discounts: [],
  lines: [], couponCodes: [], currencyCode: 'EUR', channels: [{ code: 'de' }],
};
const job = { kind: 'order', type: 'order.created', id: 3, at: '2026-11-20T18:30:00.000Z' };

test('a job becomes the body of the order as it is when it is posted', async () => {
  const [body] = await reader(orders(placed)).bodies(job);
  assert.equal(body.type, 'order.created');
  assert.equal(body.timestamp, job.at);
  assert.deepEqual([body.data.id, body.data.total, body.data.payment_status], ['3', '1.00', 'unpaid']);
});

test('baskets, sellers\' parts, orders that are gone and other channels are not posted', async () => {
  for (const order of [undefined, { ...placed, orderPlacedAt: null }, { ...placed, type: 'Seller' }]) {
    assert.deepEqual(await reader(orders(order)).bodies(job), []);
  }
  assert.deepEqual(await reader(orders(placed), { channelCode: 'at' }).bodies(job), []);
  assert.equal((await reader(orders(placed), { channelCode: 'de' }).bodies(job)).length, 1);
});

test('a guest has no record, a deletion needs none', async () => {
  const customers = { findOne: async () => ({ id: 41, user: null }) };
  const told = (type) => reader({ customers }).bodies({ ...job, kind: 'customer', type, id: 41 });
  assert.deepEqual(await told('customer.created'), []);
  assert.deepEqual((await told('customer.deleted'))[0].data, { id: '41' });
});

test('a parcel tells the orders that are in it', async () => {
  const connection = {
    getRepository: () => ({ findOne: async () => ({ orders: [{ id: 3 }] }) }),
  };
  const shop = { ...orders(placed), connection };
  const bodies = await reader(shop).bodies({ ...job, kind: 'fulfillment', id: 9 });
  assert.equal(bodies.length, 1);
});
