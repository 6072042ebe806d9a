"""The questions we ask Shopify, in GraphQL; checked against its schemas 2026-01 to 2026-10."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """A question by its name; `reads`: it changes nothing, so it may be asked again."""

    name: str
    text: str
    reads: bool = True


_MONEY = "{ shopMoney { amount currencyCode } }"
_ADDRESS = """{
  firstName lastName city province provinceCode zip countryCodeV2 phone
}"""
_CONTACT = "defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber }"
_LINES = f"""{{
  nodes {{
    name title sku quantity
    product {{ id }}
    variant {{ id }}
    originalUnitPriceSet {_MONEY}
    discountAllocations {{ allocatedAmountSet {_MONEY} }}
  }}
  pageInfo {{ hasNextPage endCursor }}
}}"""
_ORDER = f"""fragment Whole on Order {{
  id name email phone customerLocale test
  createdAt updatedAt processedAt cancelledAt closedAt
  currencyCode displayFinancialStatus displayFulfillmentStatus
  totalPriceSet {_MONEY}
  currentTotalPriceSet {_MONEY}
  totalDiscountsSet {_MONEY}
  discountCodes paymentGatewayNames
  customAttributes {{ key value }}
  customer {{ id firstName lastName createdAt {_CONTACT} }}
  billingAddress {_ADDRESS}
  shippingAddress {_ADDRESS}
  lineItems(first: $lines) {_LINES}
  fulfillments(first: $parts) {{
    id status displayStatus createdAt updatedAt
    trackingInfo(first: 1) {{ company number url }}
  }}
  refunds(first: $parts) {{
    id note createdAt processedAt
    transactions(first: 5) {{ nodes {{ kind status amountSet {_MONEY} }} }}
  }}
}}"""
_CUSTOMER = f"""fragment Whole on Customer {{
  id firstName lastName createdAt updatedAt
  defaultEmailAddress {{
    emailAddress marketingState marketingOptInLevel marketingUpdatedAt
  }}
  defaultPhoneNumber {{
    phoneNumber marketingState marketingOptInLevel marketingUpdatedAt marketingCollectedFrom
  }}
  defaultAddress {_ADDRESS}
  metafields(first: 10, keys: $keys) {{ nodes {{ namespace key value }} }}
}}"""
_SCOPES = "currentAppInstallation { accessScopes { handle } }"
_OPENING_SCOPES = "currentAppInstallation @include(if: $opening) { accessScopes { handle } }"
_DISCOUNT = """{
  id
  codeDiscount {
    __typename
    ... on DiscountCodeBasic {
      endsAt usageLimit
      codes(first: 2) { nodes { code } }
      customerGets {
        value {
          __typename
          ... on DiscountPercentage { percentage }
          ... on DiscountAmount { amount { amount currencyCode } appliesOnEachItem }
        }
      }
    }
  }
}"""

ORDERS = Query(
    "Orders",
    f"""query Orders($first: Int!, $after: String, $query: String, $lines: Int!, $parts: Int!,
  $opening: Boolean!) {{
  {_OPENING_SCOPES}
  ordersCount(query: $query, limit: null) @include(if: $opening) {{ count }}
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ ...Whole }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
{_ORDER}""",
)
CUSTOMERS = Query(
    "Customers",
    f"""query Customers($first: Int!, $after: String, $query: String, $keys: [String!],
  $opening: Boolean!) {{
  customersCount(query: $query, limit: null) @include(if: $opening) {{ count }}
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ ...Whole }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
{_CUSTOMER}""",
)
ORDER = Query(
    "Order",
    f"""query Order($id: ID!, $lines: Int!, $parts: Int!) {{
  {_SCOPES}
  order(id: $id) {{ ...Whole }}
}}
{_ORDER}""",
)
ORDER_LINES = Query(
    "OrderLines",
    f"""query OrderLines($id: ID!, $lines: Int!, $after: String) {{
  order(id: $id) {{ lineItems(first: $lines, after: $after) {_LINES} }}
}}""",
)
CUSTOMER = Query(
    "Customer",
    f"""query Customer($id: ID!, $keys: [String!]) {{
  {_SCOPES}
  customer(id: $id) {{ ...Whole }}
}}
{_CUSTOMER}""",
)
CUSTOMER_BY_EMAIL = Query(
    "CustomerByEmail",
    """query CustomerByEmail($email: String!) {
  customerByIdentifier(identifier: { emailAddress: $email }) { id }
}""",
)
DISCOUNT_BY_CODE = Query(
    "DiscountByCode",
    f"""query DiscountByCode($code: String!) {{
  codeDiscountNodeByCode(code: $code) {_DISCOUNT}
}}""",
)
DISCOUNT_BY_ID = Query(
    "DiscountById",
    """query DiscountById($id: ID!) {
  node(id: $id) { id }
}""",
)
DELETE_DISCOUNT = Query(
    "DeleteDiscount",
    """mutation DeleteDiscount($id: ID!) {
  discountCodeDelete(id: $id) { deletedCodeDiscountId userErrors { code message } }
}""",
    reads=False,
)
HOOKS = Query(
    "Hooks",
    """query Hooks($after: String) {
  webhookSubscriptions(first: 100, after: $after) {
    nodes { id topic uri }
    pageInfo { hasNextPage endCursor }
  }
}""",
)
CREATE_HOOK = Query(
    "CreateHook",
    """mutation CreateHook($topic: WebhookSubscriptionTopic!, $hook: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $hook) {
    webhookSubscription { id topic uri }
    userErrors { message }
  }
}""",
    reads=False,
)


def create_discount(value: str) -> Query:
    """Ask for a discount; `value` is what it gives, as a GraphQL literal.

    A percentage is a Float there, and as a literal it needs no float here.
    """
    return Query(
        "CreateDiscount",
        f"""mutation CreateDiscount($code: String!, $endsAt: DateTime!, $startsAt: DateTime!,
  $usageLimit: Int, $once: Boolean!, $context: DiscountContextInput!,
  $minimum: DiscountMinimumRequirementInput) {{
  discountCodeBasicCreate(basicCodeDiscount: {{
    title: $code, code: $code, startsAt: $startsAt, endsAt: $endsAt,
    usageLimit: $usageLimit, appliesOncePerCustomer: $once,
    context: $context, minimumRequirement: $minimum,
    customerGets: {{ value: {value}, items: {{ all: true }} }}
  }}) {{
    codeDiscountNode {{ id }}
    userErrors {{ code field message }}
  }}
}}""",
        reads=False,
    )
