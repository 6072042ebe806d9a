'use strict';

// Tells Medusa's orders and customers in the words of the neutral webhook. Regulars tells what it
// reads through the Admin API the same way, so that both say the same of one order.

const { UNIT, exact, text } = require('./exact');

const FIELDS = [
  'id', 'display_id', 'status', 'total', 'discount_total', 'currency_code', 'email', 'locale',
  'created_at', 'updated_at', 'canceled_at', 'is_draft_order', 'sales_channel_id',
  'customer.*', 'shipping_address.*', 'items.*', 'items.adjustments.*', 'items.tax_lines.*',
  'items.detail.*', 'shipping_methods.*', 'shipping_methods.adjustments.*',
  'shipping_methods.tax_lines.*', 'credit_lines.*', 'payment_collections.payments.*',
  'payment_collections.payments.captures.*', 'payment_collections.payments.refunds.*',
  'fulfillments.*', 'fulfillments.labels.*',
];
const CUSTOMER_FIELDS = ['*', 'addresses.*'];

// Amounts keep a third decimal there; a payment of all but less than a cent is one of all.
const TOLERANCE = UNIT / 100n;

/** Tell an order as `query.graph` gives it. */
function tellOrder(order, birthdayKey) {
  const payments = paymentsOf(order);
  const refunds = payments.flatMap((one) => one.refunds ?? []);
  const captures = payments.flatMap((one) => one.captures ?? []);
  const back = sum(refunds);
  const captured = sum(captures);
  // What is refunded, or returned, leaves the total: what was ordered stays.
  const total = max(exact(order, 'total') + back, captured);
  const reached = fulfillmentStatus(order.items ?? []);
  return {
    id: order.id,
    number: order.display_id == null ? null : String(order.display_id),
    status: statusOf(order),
    payment_status: paymentStatus(order, total, captured, back),
    fulfillment_status: reached,
    placed_at: time(order.created_at),
    ...timesOf(order, captures, reached),
    updated_at: newest(order, payments),
    currency: order.currency_code,
    total: text(total),
    discount_total: text(exact(order, 'discount_total')),
    refunded_total: text(back),
    coupon_codes: codesOf(order),
    payment_method: payments[0]?.provider_id ?? null,
    tracking: trackingOf(order),
    customer: buyerOf(order, birthdayKey),
    shipping_address: tellAddress(order.shipping_address),
    items: (order.items ?? []).map(tellItem),
    refunds: refunds.map(tellRefund),
  };
}

/** Tell a customer record with its own time and the address its parcels go to. */
function tellAccount(customer, birthdayKey) {
  const addresses = customer.addresses ?? [];
  return {
    id: customer.id,
    email: customer.email,
    phone: customer.phone ?? null,
    first_name: customer.first_name ?? null,
    last_name: customer.last_name ?? null,
    birthday: birthday(customer, birthdayKey),
    created_at: time(customer.created_at),
    // An address may change without the customer's own `updated_at`.
    updated_at: last([customer, ...addresses].map((one) => one.updated_at)),
    address: tellAddress(addresses.find((one) => one.is_default_shipping) ?? addresses[0]),
  };
}

function statusOf(order) {
  const ended = { canceled: 'cancelled', completed: 'closed', archived: 'closed' };
  return ended[order.status] ?? 'open';
}

function paymentStatus(order, total, captured, back) {
  if (back > 0n) return captured - back < TOLERANCE ? 'refunded' : 'partially_refunded';
  if (captured === 0n && statusOf(order) === 'cancelled') return 'unpaid';
  return total - captured < TOLERANCE ? 'paid' : 'unpaid';
}

/** Judge by the lines: packing is not sending, but what needs no parcel is done when packed. */
function fulfillmentStatus(items) {
  const wanted = items.reduce((whole, item) => whole + exact(item, 'quantity'), 0n);
  const delivered = moved(items, 'delivered_quantity');
  const sent = moved(items, 'shipped_quantity');
  if (wanted && delivered >= wanted) return 'delivered';
  if (wanted && sent >= wanted) return 'fulfilled';
  return sent || delivered ? 'partial' : 'unfulfilled';
}

function moved(items, name) {
  const amount = ({ detail, requires_shipping: byParcel }) =>
    exact(detail, byParcel === false ? 'fulfilled_quantity' : name);
  return items.reduce((whole, item) => whole + amount(item), 0n);
}

function timesOf(order, captures, reached) {
  const parcels = (order.fulfillments ?? []).filter((one) => !one.canceled_at);
  const sent = reached === 'fulfilled' || reached === 'delivered';
  return {
    paid_at: last(captures.map((one) => one.created_at)),
    fulfilled_at: sent ? last(parcels.map((one) => one.shipped_at || one.packed_at)) : null,
    delivered_at: reached === 'delivered' ? last(parcels.map((one) => one.delivered_at)) : null,
    cancelled_at: time(order.canceled_at),
  };
}

/** Say when an order last changed: a capture leaves Medusa's own `updated_at` alone. */
function newest(order, payments) {
  const inner = payments.flatMap((one) => [...(one.captures ?? []), ...(one.refunds ?? [])]);
  const things = [order, ...payments, ...inner, ...(order.fulfillments ?? [])];
  return last(things.map((one) => one.updated_at));
}

/** List the codes by what they took off: that stays, also when a promotion is deleted. */
function codesOf(order) {
  const lines = [...(order.items ?? []), ...(order.shipping_methods ?? [])];
  const codes = lines.flatMap((line) => (line.adjustments ?? []).map((one) => one.code));
  return [...new Set(codes.filter((code) => typeof code === 'string'))].sort();
}

function trackingOf(order) {
  const parcels = (order.fulfillments ?? []).filter((one) => !one.canceled_at);
  const label = parcels.flatMap((one) => one.labels ?? []).at(-1);
  return label ? { number: label.tracking_number, url: label.tracking_url } : null;
}

/** Tell the buyer; a guest's own row holds no name, her address does. */
function buyerOf(order, birthdayKey) {
  const { customer, shipping_address: address } = order;
  const email = order.email || customer?.email;
  if (!customer && !email) return null;
  return {
    id: customer?.id ?? null,
    email: email ?? null,
    phone: customer?.phone || (address?.phone ?? null),
    first_name: customer?.first_name || (address?.first_name ?? null),
    last_name: customer?.last_name || (address?.last_name ?? null),
    locale: order.locale ?? null,
    birthday: birthday(customer, birthdayKey),
    created_at: time(customer?.created_at),
  };
}

function tellAddress(address) {
  return address
    ? {
        city: address.city ?? null,
        region: address.province ?? null,
        postcode: address.postal_code ?? null,
        country: address.country_code ?? null,
      }
    : null;
}

function tellItem(item) {
  return {
    product_id: item.product_id ?? null,
    variant_id: item.variant_id ?? null,
    sku: item.variant_sku ?? null,
    title: item.product_title || item.title,
    quantity: Number(exact(item, 'quantity') / UNIT),
    unit_price: text(exact(item, 'unit_price')),
    total: text(exact(item, 'total')),
  };
}

function tellRefund(refund) {
  return {
    id: refund.id,
    amount: text(exact(refund, 'amount')),
    refunded_at: time(refund.created_at),
    reason: refund.note ?? null,
  };
}

function paymentsOf(order) {
  return (order.payment_collections ?? []).flatMap((one) => one?.payments ?? []);
}

function birthday(customer, key) {
  const value = key ? customer?.metadata?.[key] : null;
  return typeof value === 'string' && /^(?:\d{4}-|--)\d{2}-\d{2}$/.test(value) ? value : null;
}

function sum(things) {
  return things.reduce((whole, thing) => whole + exact(thing, 'amount'), 0n);
}

function max(one, other) {
  return one > other ? one : other;
}

function last(times) {
  return times.filter(Boolean).map(time).sort().at(-1) ?? null;
}

function time(value) {
  return value ? new Date(value).toISOString() : null;
}

module.exports = { CUSTOMER_FIELDS, FIELDS, tellAccount, tellOrder };
