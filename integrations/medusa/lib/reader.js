'use strict';

// Reads what an event names and makes the body that is posted for it.

const { CUSTOMER_FIELDS, FIELDS, tellAccount, tellOrder } = require('./tell');

/** Give the body to post; null where the thing is no news any more. */
async function bodyOf(query, { kind, type, path, id, at }, options) {
  const envelope = (data) => (data ? { type, timestamp: at, data } : null);
  if (type === 'customer.deleted') return envelope({ id }); // the row is gone already
  if (kind === 'customer') return envelope(await customerOf(query, id, options));
  const orderId = path ? await orderIdOf(query, path, id) : id;
  return envelope(orderId && (await orderOf(query, orderId, options)));
}

async function orderOf(query, id, { birthdayKey, salesChannelId }) {
  const order = await one(query, 'order', FIELDS, id);
  const draft = !order || order.is_draft_order || order.status === 'draft';
  const elsewhere = salesChannelId && order?.sales_channel_id !== salesChannelId;
  return draft || elsewhere ? null : tellOrder(order, birthdayKey);
}

/** A guest's row is no customer record: her orders tell who she is. */
async function customerOf(query, id, { birthdayKey }) {
  const customer = await one(query, 'customer', CUSTOMER_FIELDS, id);
  return customer?.has_account ? tellAccount(customer, birthdayKey) : null;
}

async function orderIdOf(query, [entity, way], id) {
  const found = await one(query, entity, ['id', `${way}.id`], id);
  return way.split('.').reduce((thing, name) => thing?.[name], found)?.id;
}

async function one(query, entity, fields, id) {
  const { data } = await query.graph({ entity, fields, filters: { id } });
  return data[0];
}

module.exports = { bodyOf };
