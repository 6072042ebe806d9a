"""What is asked of Saleor's GraphQL interface, release 3.18 or later.

Webhooks and lists ask for an order with the same words, so that both tell the same of it.
"""

_ADDRESS = """
fragment RegularsAddress on Address {
  firstName lastName city cityArea postalCode countryArea phone country { code }
}
"""

_CUSTOMER = (
    """
fragment RegularsCustomer on User {
  id email firstName lastName isStaff languageCode dateJoined updatedAt
  metadata { key value }
  defaultBillingAddress { ...RegularsAddress }
  defaultShippingAddress { ...RegularsAddress }
}
"""
    + _ADDRESS
)

_ORDER = """
fragment RegularsOrder on Order {
  id number status created updatedAt isPaid chargeStatus userEmail languageCodeEnum voucherCode
  user { id email firstName lastName metadata { key value } }
  billingAddress { ...RegularsAddress }
  shippingAddress { ...RegularsAddress }
  total { gross { amount currency } }
  undiscountedTotal { gross { amount currency } }
  totalCharged { amount currency }
  totalRefunded { amount currency }
  transactions { name events { id type createdAt amount { amount currency } } }
  fulfillments { status created trackingNumber }
  lines {
    id productName variantName productSku productVariantId quantity
    unitPrice { gross { amount currency } }
    totalPrice { gross { amount currency } }
    variant { id product { id } }
  }
  metadata { key value }
}
"""

_ORDER_EVENTS = (
    "OrderCreated",
    "OrderConfirmed",
    "OrderPaid",
    "OrderFullyPaid",
    "OrderUpdated",
    "OrderMetadataUpdated",
    "OrderCancelled",
    "OrderExpired",
    "OrderFulfilled",
    "OrderRefunded",
    "OrderFullyRefunded",
    "FulfillmentCreated",
    "FulfillmentCanceled",
    "FulfillmentTrackingNumberUpdated",
)
_CUSTOMER_EVENTS = ("CustomerCreated", "CustomerUpdated", "CustomerMetadataUpdated")
_END_EVENTS = ("CustomerDeleted", "AccountDeleted")


def _cases() -> str:
    ended = "user { id email }"
    asked = [
        *((name, "order { ...RegularsOrder }") for name in _ORDER_EVENTS),
        *((name, "user { ...RegularsCustomer }") for name in _CUSTOMER_EVENTS),
        *((name, ended) for name in _END_EVENTS),
    ]
    return "\n".join(f"    ... on {name} {{ {fields} }}" for name, fields in asked)


# What our webhook sends, and what a webhook made by hand should ask for.
SUBSCRIPTION = f"subscription Regulars {{\n  event {{\n    issuedAt version\n{_cases()}\n  }}\n}}\n"
SUBSCRIPTION = SUBSCRIPTION + _ORDER + _CUSTOMER

_ORDERS = (
    """
query RegularsOrders($first: Int!, $after: String, $filter: OrderFilterInput) {
  orders(first: $first, after: $after, filter: $filter,
         sortBy: {field: LAST_MODIFIED_AT, direction: ASC}) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { ...RegularsOrder } }
  }
}
"""
    + _ORDER
    + _ADDRESS
)

_CUSTOMERS = (
    """
query RegularsCustomers($first: Int!, $after: String, $filter: CustomerFilterInput) {
  customers(first: $first, after: $after, filter: $filter,
            sortBy: {field: LAST_MODIFIED_AT, direction: ASC}) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { ...RegularsCustomer } }
  }
}
"""
    + _CUSTOMER
)

PAGES = {"orders": _ORDERS, "customers": _CUSTOMERS}

# The same lists with names only, for a page of which one thing cannot be told.
NAMES = {
    "orders": """
query RegularsOrderNames($first: Int!, $after: String, $filter: OrderFilterInput) {
  orders(first: $first, after: $after, filter: $filter,
         sortBy: {field: LAST_MODIFIED_AT, direction: ASC}) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { id updatedAt } }
  }
}
""",
    "customers": """
query RegularsCustomerNames($first: Int!, $after: String, $filter: CustomerFilterInput) {
  customers(first: $first, after: $after, filter: $filter,
            sortBy: {field: LAST_MODIFIED_AT, direction: ASC}) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { id updatedAt } }
  }
}
""",
}

ORDER = (
    "\nquery RegularsOrderOf($id: ID!) { order(id: $id) { ...RegularsOrder } }\n"
    + _ORDER
    + _ADDRESS
)
CUSTOMER = (
    "\nquery RegularsCustomerOf($id: ID!) { user(id: $id) { ...RegularsCustomer } }\n" + _CUSTOMER
)

WEBHOOKS = """
query RegularsWebhooks {
  app { webhooks { id name isActive targetUrl subscriptionQuery asyncEvents { eventType } } }
}
"""
CREATE_WEBHOOK = """
mutation RegularsCreateWebhook($input: WebhookCreateInput!) {
  webhookCreate(input: $input) { errors { field code message } webhook { id } }
}
"""
UPDATE_WEBHOOK = """
mutation RegularsUpdateWebhook($id: ID!, $input: WebhookUpdateInput!) {
  webhookUpdate(id: $id, input: $input) { errors { field code message } webhook { id } }
}
"""

_VOUCHER = """
fragment RegularsVoucher on Voucher {
  id name type discountValueType usageLimit singleUse applyOncePerOrder startDate endDate
  codes(first: 50) { edges { node { code } } }
  channelListings { channel { id slug } discountValue currency minSpent { amount currency } }
}
"""
CHANNELS = "query RegularsChannels { channels { id slug currencyCode isActive } }"
VOUCHER = "query RegularsVoucherOf($id: ID!) { voucher(id: $id) { ...RegularsVoucher } }" + _VOUCHER
FIND_VOUCHERS = (
    """
query RegularsVouchers($search: String!) {
  vouchers(first: 20, filter: {search: $search}) { edges { node { ...RegularsVoucher } } }
}
"""
    + _VOUCHER
)
CREATE_VOUCHER = """
mutation RegularsCreateVoucher($input: VoucherInput!) {
  voucherCreate(input: $input) { errors { field code message } voucher { id } }
}
"""
LIST_VOUCHER = """
mutation RegularsListVoucher($id: ID!, $input: VoucherChannelListingInput!) {
  voucherChannelListingUpdate(id: $id, input: $input) { errors { field code message } }
}
"""
DELETE_VOUCHER = """
mutation RegularsDeleteVoucher($id: ID!) {
  voucherDelete(id: $id) { errors { field code message } }
}
"""
