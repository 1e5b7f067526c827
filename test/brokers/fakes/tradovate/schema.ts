/**
 * The part of Tradovate's published API that the adapter uses: names, types, required fields and values as they are in the
 * OpenAPI 3.1 document at https://partner.tradovate.com/openapi.json (as of 2026-08-21), transcribed. The lengths, the
 * penalty and the answer to a login are from the pages "Place Order", "Penalty Tickets" and "Stage 1: Authentication" of the
 * same site. What the adapter sends has no field that is not here.
 */

const long = { type: 'integer', minimum: 0 } as const;
const whole = { type: 'integer' } as const;
const double = { type: 'number' } as const;
const text = { type: 'string' } as const;
const name = { type: 'string', maxLength: 64 } as const;
const flag = { type: 'boolean' } as const;
const time = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' } as const;
const oneOf = (...values: readonly string[]) => ({ enum: values });

const action = oneOf('Buy', 'Sell');
const orderType = oneOf(
  'Limit',
  'LimitIfTouched',
  'MIT',
  'Market',
  'QTS',
  'Stop',
  'StopLimit',
  'TrailingStop',
  'TrailingStopLimit',
);
const timeInForce = oneOf('Day', 'FOK', 'GTC', 'GTD', 'IOC');

/** Every reason that an order or a command may fail with; `Success` is none. */
export const FAILURE_REASONS = [
  'AccountClosed',
  'AdvancedTrailingStopUnsupported',
  'AnotherCommandPending',
  'BackMonthProhibited',
  'ExecutionProviderNotConfigured',
  'ExecutionProviderUnavailable',
  'InvalidContract',
  'InvalidPrice',
  'KeyInformationDocumentRequired',
  'LiquidationOnly',
  'LiquidationOnlyBeforeExpiration',
  'MaxOrderQtyIsNotSpecified',
  'MaxOrderQtyLimitReached',
  'MaxPosLimitMisconfigured',
  'MaxPosLimitReached',
  'MaxTotalPosLimitReached',
  'MultipleAccountPlanRequired',
  'NoQuote',
  'NotEnoughLiquidity',
  'OtherExecutionRelated',
  'ParentRejected',
  'RiskCheckTimeout',
  'SSFRiskDisclosureAcknowledgmentRequired',
  'SessionClosed',
  'Success',
  'TooLate',
  'TradingLocked',
  'TrailingStopNonOrderQtyModify',
  'Unauthorized',
  'UnknownReason',
  'Unsupported',
] as const;

/** Every status that an order may have. */
export const ORDER_STATUSES = [
  'Canceled',
  'Completed',
  'Expired',
  'Filled',
  'PendingCancel',
  'PendingNew',
  'PendingReplace',
  'Rejected',
  'Suspended',
  'Unknown',
  'Working',
] as const;

const request = (properties: object, required: readonly string[]) => ({
  type: 'object',
  properties: { ...properties, 'p-ticket': text },
  required,
  additionalProperties: false,
});
const entity = (properties: object, required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const listOf = (items: object) => ({ type: 'array', items });

const version = {
  action,
  clOrdId: name,
  orderType,
  price: double,
  stopPrice: double,
  pegDifference: double,
  timeInForce,
  expireTime: time,
  text,
};
const order = {
  ...version,
  accountSpec: name,
  accountId: long,
  symbol: name,
  orderQty: long,
  isAutomated: flag,
};
const tradeDate = entity({ year: whole, month: whole, day: whole }, ['year', 'month', 'day']);
const failure = { failureReason: oneOf(...FAILURE_REASONS), failureText: text };

const commandEntity = entity(
  {
    id: long,
    orderId: long,
    timestamp: time,
    clOrdId: text,
    commandType: oneOf('Cancel', 'Modify', 'New'),
    commandStatus: oneOf(
      'AtExecution',
      'ExecutionRejected',
      'ExecutionStopped',
      'ExecutionSuspended',
      'OnHold',
      'Pending',
      'PendingExecution',
      'Replaced',
      'RiskPassed',
      'RiskRejected',
    ),
    isAutomated: flag,
  },
  ['orderId', 'timestamp', 'commandType', 'commandStatus'],
);
const orderEntity = entity(
  {
    id: long,
    accountId: long,
    contractId: long,
    timestamp: time,
    action,
    ordStatus: oneOf(...ORDER_STATUSES),
    ocoId: long,
    admin: flag,
  },
  ['accountId', 'timestamp', 'action', 'ordStatus', 'admin'],
);
const versionEntity = entity(
  {
    id: long,
    orderId: long,
    orderQty: whole,
    orderType,
    price: double,
    stopPrice: double,
    pegDifference: double,
    timeInForce,
  },
  ['orderId', 'orderQty', 'orderType'],
);
const fillEntity = entity(
  {
    id: long,
    orderId: long,
    contractId: long,
    timestamp: time,
    tradeDate,
    action,
    qty: whole,
    price: double,
    active: flag,
    finallyPaired: whole,
  },
  ['orderId', 'contractId', 'timestamp', 'tradeDate', 'action', 'qty', 'price', 'active', 'finallyPaired'],
);
const positionEntity = entity(
  {
    id: long,
    accountId: long,
    contractId: long,
    timestamp: time,
    tradeDate,
    netPos: whole,
    bought: whole,
    boughtValue: double,
    sold: whole,
    soldValue: double,
    prevPos: whole,
  },
  [
    'accountId',
    'contractId',
    'timestamp',
    'tradeDate',
    'netPos',
    'bought',
    'boughtValue',
    'sold',
    'soldValue',
    'prevPos',
  ],
);
const contractEntity = entity({ id: long, name: text, contractMaturityId: long, timestamp: time }, [
  'name',
  'contractMaturityId',
  'timestamp',
]);
const tokenAnswer = entity(
  { errorText: text, accessToken: text, expirationTime: time, userStatus: text, userId: long, name: text },
  [],
);

/** In place of an answer: the request was not looked at. */
export const PENALTY = entity({ 'p-ticket': text, 'p-time': double, 'p-captcha': flag }, [
  'p-ticket',
  'p-time',
]);

/** What goes to each path, where something does, and what comes back from it. */
export const SCHEMAS: Readonly<Record<string, { readonly request?: object; readonly answer: object }>> = {
  '/v1/auth/accesstokenrequest': {
    request: request(
      { name: text, password: text, appId: text, appVersion: text, deviceId: text, cid: text, sec: text },
      ['name', 'password'],
    ),
    answer: tokenAnswer,
  },
  '/v1/auth/renewaccesstoken': { answer: tokenAnswer },
  '/v1/order/placeorder': {
    request: request(order, ['action', 'symbol', 'orderQty', 'orderType']),
    answer: entity({ ...failure, orderId: long }, []),
  },
  '/v1/order/placeoco': {
    request: request({ ...order, other: { ...entity(version, ['action', 'orderType']) } }, [
      'action',
      'symbol',
      'orderQty',
      'orderType',
      'other',
    ]),
    answer: entity({ ...failure, orderId: long, ocoId: long }, []),
  },
  '/v1/order/cancelorder': {
    request: request({ orderId: long, clOrdId: text, isAutomated: flag }, ['orderId']),
    answer: entity({ ...failure, commandId: long }, []),
  },
  '/v1/command/list': { answer: listOf(commandEntity) },
  '/v1/order/item': { answer: orderEntity },
  '/v1/order/list': { answer: listOf(orderEntity) },
  '/v1/orderVersion/deps': { answer: listOf(versionEntity) },
  '/v1/orderVersion/ldeps': { answer: listOf(versionEntity) },
  '/v1/fill/deps': { answer: listOf(fillEntity) },
  '/v1/fill/ldeps': { answer: listOf(fillEntity) },
  '/v1/position/list': { answer: listOf(positionEntity) },
  '/v1/contract/items': { answer: listOf(contractEntity) },
  '/v1/cashBalance/getcashbalancesnapshot': {
    request: request({ accountId: long }, ['accountId']),
    answer: entity({ errorText: text, totalCashValue: double, openPnL: double }, []),
  },
};
