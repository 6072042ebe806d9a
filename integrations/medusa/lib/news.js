'use strict';

// Says which events of Medusa are news for Regulars, and how the order is found from each.

const ORDER = (type, path) => ({ kind: 'order', type, path });
const CUSTOMER = (type) => ({ kind: 'customer', type });

/** Event → what is new; `path` leads from the thing it names to its order. */
const NEWS = {
  'order.placed': ORDER('order.created'),
  'order.updated': ORDER('order.updated'),
  'order.completed': ORDER('order.updated'),
  'order.archived': ORDER('order.updated'),
  'order.canceled': ORDER('order.cancelled'),
  'order-edit.confirmed': ORDER('order.updated'),
  'order.return_received': ORDER('order.updated'),
  'order.fulfillment_created': ORDER('order.updated'),
  'order.fulfillment_canceled': ORDER('order.updated'),
  'shipment.created': ORDER('order.fulfilled', ['fulfillment', 'order']),
  'delivery.created': ORDER('order.delivered', ['fulfillment', 'order']),
  'payment.captured': ORDER('order.paid', ['payment', 'payment_collection.order']),
  'payment.refunded': ORDER('order.refunded', ['payment', 'payment_collection.order']),
  'customer.created': CUSTOMER('customer.created'),
  'customer.updated': CUSTOMER('customer.updated'),
  'customer.deleted': CUSTOMER('customer.deleted'),
};

/** Read an event; null where there is nothing to tell. */
function newsOf(name, data) {
  const found = NEWS[name];
  const id = data?.order_id ?? data?.id;
  return found && id ? { ...found, id, at: new Date().toISOString() } : null;
}

module.exports = { EVENTS: Object.keys(NEWS), newsOf };
