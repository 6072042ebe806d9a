'use strict';

// Says which events of Vendure are news for Regulars. A job holds a name only, no person: the
// thing is read when it is posted, and then told as it is.

const BASKET = ['Created', 'Draft', 'AddingItems', 'ArrangingPayment'];
const BY_STATE = {
  PaymentSettled: 'order.paid',
  Shipped: 'order.fulfilled',
  Delivered: 'order.delivered',
  Cancelled: 'order.cancelled',
};

/** Event class → what is new of which thing; null where there is nothing to tell. */
const READERS = {
  OrderPlacedEvent: ({ order }) => news('order', 'order.created', order),
  OrderStateTransitionEvent: ({ order, toState }) =>
    BASKET.includes(toState) ? null : news('order', BY_STATE[toState] ?? 'order.updated', order),
  OrderEvent: ({ entity, type }) =>
    type === 'updated' && entity.orderPlacedAt ? news('order', 'order.updated', entity) : null,
  PaymentStateTransitionEvent: ({ order }) => news('order', 'order.updated', order),
  RefundEvent: ({ order }) => news('order', 'order.refunded', order),
  RefundStateTransitionEvent: ({ order }) => news('order', 'order.refunded', order),
  FulfillmentStateTransitionEvent: ({ fulfillment }) =>
    news('fulfillment', 'order.updated', fulfillment),
  CustomerEvent: ({ entity, type }) => news('customer', `customer.${type}`, entity),
  CustomerAddressEvent: ({ entity }) => news('customer', 'customer.updated', entity.customer),
  AccountVerifiedEvent: ({ customer }) => news('customer', 'customer.updated', customer),
};

/** Read an event by the name of its class. */
function newsOf(name, event) {
  return READERS[name](event);
}

function news(kind, type, thing) {
  return thing?.id ? { kind, type, id: thing.id, at: new Date().toISOString() } : null;
}

module.exports = { EVENTS: Object.keys(READERS), newsOf };
