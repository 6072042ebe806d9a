'use strict';

// Signs a body as Standard Webhooks 1.0.0 asks and posts it; whoever calls tries again.

const { createHash, createHmac } = require('node:crypto');

const PATIENCE_MS = 15_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Post a body once. Throws when it did not arrive; the reason holds nothing of the body. */
async function post({ url, secret }, body, send = fetch) {
  const text = JSON.stringify(body);
  const answer = await send(url, {
    method: 'POST',
    headers: signed(secret, text, Math.floor(Date.now() / 1000)),
    body: text,
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`Regulars answered ${answer.status}`);
  }
}

/** Make the headers; the name follows from the text, so the same news has the same name. */
function signed(secret, text, seconds) {
  const name = `msg_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  const mac = createHmac('sha256', keyOf(secret)).update(`${name}.${seconds}.${text}`);
  return {
    'content-type': 'application/json',
    'webhook-id': name,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${mac.digest('base64')}`,
  };
}

/** Say how long to wait after so many tries: longer each time, and not the same for everybody. */
function pauseMs(tries, name) {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** Math.max(tries - 1, 0), LONGEST_PAUSE_MS);
  const dice = createHash('sha256').update(`${name}.${tries}`).digest().readUInt16BE(0) / 65_536;
  return Math.round(longest * (0.5 + dice / 2));
}

function keyOf(secret) {
  const plain = secret.startsWith('whsec_') ? secret.slice(6) : secret;
  const key = Buffer.from(plain, 'base64');
  // Text that is no base64 is a key as it stands, as on the other side.
  return key.length && key.toString('base64') === plain ? key : Buffer.from(plain);
}

module.exports = { pauseMs, post, signed };
