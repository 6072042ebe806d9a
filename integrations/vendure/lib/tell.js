'use strict';

// Tells Vendure's orders and customers in the words of the neutral webhook. Regulars tells what
// it reads through the Admin API the same way, so that both say the same of one order.

const SENT = ['Shipped', 'Delivered'];

/**
 * Tell a placed order. `around` holds its payments with their refunds, its fulfillments, its
 * history (oldest first), how many decimal `places` the integers have, and `name` for ids.
 */
function tellOrder(order, around) {
  const { payments, places, name } = around;
  const settled = sum(payments.filter((one) => one.state === 'Settled'), 'amount');
  const refunds = refundsOf(payments).filter((one) => one.state === 'Settled');
  const reached = reachedBy(order, around);
  // Lines that are cancelled leave the total; what was paid for them is refunded by itself.
  const total = Math.max(order.totalWithTax, settled);
  const back = sum(refunds, 'total');
  return {
    id: name(order.id),
    number: order.code,
    status: { Cancelled: 'cancelled', Delivered: 'closed' }[order.state] ?? 'open',
    payment_status: paymentStatus(order, settled, total, back),
    fulfillment_status: fulfillmentStatus(reached),
    placed_at: time(order.orderPlacedAt),
    ...timesOf(reached, order),
    updated_at: newest(order, around),
    currency: order.currencyCode,
    total: amount(total, places),
    discount_total: amount(Math.max(-sum(order.discounts, 'amountWithTax'), 0), places),
    refunded_total: amount(back, places),
    coupon_codes: order.couponCodes,
    payment_method: payments[0]?.method ?? null,
    tracking: trackingOf(around.fulfillments),
    customer: buyerOf(order, around),
    shipping_address: tellAddress(order.shippingAddress),
    items: order.lines.map((line) => tellLine(line, places, name)),
    refunds: refunds.map((one) => tellRefund(one, places, name)),
  };
}

/** Tell who a customer is. */
function tellCustomer(customer, { name, birthdayField }) {
  return {
    id: name(customer.id),
    email: customer.emailAddress,
    phone: customer.phoneNumber ?? null,
    first_name: customer.firstName,
    last_name: customer.lastName,
    birthday: birthday(birthdayField && customer.customFields?.[birthdayField]),
    created_at: time(customer.createdAt),
  };
}

/** Tell a customer record with its own time and the address its parcels go to. */
function tellAccount(customer, addresses, around) {
  const home = addresses.find((one) => one.defaultShippingAddress);
  return {
    ...tellCustomer(customer, around),
    // A new address leaves the customer's own `updatedAt` alone.
    updated_at: last([customer, ...addresses].map((one) => one.updatedAt)),
    address: home ? tellAddress({ ...home, countryCode: home.country?.code }) : null,
  };
}

function paymentStatus(order, settled, total, back) {
  if (back > 0) return back >= settled ? 'refunded' : 'partially_refunded';
  return settled < total || (settled === 0 && order.state === 'Cancelled') ? 'unpaid' : 'paid';
}

function fulfillmentStatus(reached) {
  if (reached.has('Delivered')) return 'delivered';
  if (reached.has('Shipped')) return 'fulfilled';
  const partly = reached.has('PartiallyShipped') || reached.has('PartiallyDelivered');
  return partly ? 'partial' : 'unfulfilled';
}

/** Map every state the order was in to when it first came there. */
function reachedBy(order, around) {
  const found = new Map();
  for (const { type, createdAt, data } of around.history) {
    const settled = type === 'ORDER_PAYMENT_TRANSITION' && data.to === 'Settled';
    const state = type === 'ORDER_STATE_TRANSITION' ? data.to : settled && 'PaymentSettled';
    if (state && !found.has(state)) found.set(state, time(createdAt));
  }
  if (!found.has(order.state)) found.set(order.state, newest(order, around));
  return found;
}

function timesOf(reached, order) {
  const sent = SENT.filter((state) => reached.has(state)).map((state) => reached.get(state));
  return {
    paid_at: reached.get('PaymentSettled') ?? null,
    fulfilled_at: sent.sort()[0] ?? null,
    delivered_at: reached.get('Delivered') ?? null,
    cancelled_at: order.state === 'Cancelled' ? reached.get('Cancelled') : null,
  };
}

/** Say when an order last changed: Vendure's own `updatedAt` stays where the basket was. */
function newest(order, { payments, fulfillments, history }) {
  const times = [
    order.updatedAt,
    order.orderPlacedAt,
    ...[...payments, ...refundsOf(payments), ...fulfillments].map((one) => one.updatedAt),
    ...history.map((entry) => entry.createdAt),
  ];
  return last(times);
}

function refundsOf(payments) {
  return payments.flatMap((payment) => payment.refunds ?? []);
}

function trackingOf(fulfillments) {
  const last = fulfillments.filter((one) => one.trackingCode && one.state !== 'Cancelled').at(-1);
  return last ? { carrier: last.method, number: last.trackingCode } : null;
}

function buyerOf(order, around) {
  if (!order.customer) return null;
  const told = tellCustomer(order.customer, around);
  return { ...told, phone: told.phone || (order.shippingAddress?.phoneNumber ?? null) };
}

function tellAddress(address) {
  return address
    ? {
        city: address.city ?? null,
        region: address.province ?? null,
        postcode: address.postalCode ?? null,
        country: address.countryCode ?? null,
      }
    : null;
}

function tellLine(line, places, name) {
  return {
    product_id: name(line.productVariant.productId),
    variant_id: name(line.productVariant.id),
    sku: line.productVariant.sku,
    title: line.productVariant.name,
    quantity: line.orderPlacedQuantity || line.quantity,
    unit_price: amount(line.unitPriceWithTax, places),
    total: amount(line.proratedLinePriceWithTax, places),
  };
}

function tellRefund(refund, places, name) {
  return {
    id: name(refund.id),
    amount: amount(refund.total, places),
    refunded_at: time(refund.updatedAt),
    reason: refund.reason ?? null,
  };
}

function sum(things, field) {
  return things.reduce((whole, thing) => whole + thing[field], 0);
}

/** Write whole minor units as decimal text; no arithmetic in fractions. */
function amount(units, places) {
  const digits = String(Math.abs(units)).padStart(places + 1, '0');
  const cut = digits.length - places;
  const text = places ? `${digits.slice(0, cut)}.${digits.slice(cut)}` : digits;
  return units < 0 ? `-${text}` : text;
}

function last(times) {
  return times.filter(Boolean).map(time).sort().at(-1) ?? null;
}

function time(value) {
  return value ? new Date(value).toISOString() : null;
}

function birthday(value) {
  const text = value instanceof Date ? value.toISOString() : value;
  const found = typeof text === 'string' ? /^(?:\d{4}-|--)\d{2}-\d{2}/.exec(text) : null;
  return found ? found[0] : null;
}

module.exports = { amount, tellAccount, tellCustomer, tellOrder };
