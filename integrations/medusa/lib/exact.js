'use strict';

// Exact decimal arithmetic for Medusa's amounts, which have more decimals than the currency.

const PLACES = 12;
const UNIT = 10n ** BigInt(PLACES);
const WRITTEN = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/i;

/** Read an amount: a number, text, or Medusa's BigNumber. What is not there is nothing. */
function exact(thing, name) {
  const raw = thing?.[`raw_${name}`]?.value;
  const value = raw ?? thing?.[name];
  if (value === null || value === undefined) return 0n;
  const plain = typeof value === 'object' ? (value.raw?.value ?? value.numeric ?? value) : value;
  const found = WRITTEN.exec(String(plain));
  if (!found) throw new Error(`${name} is not an amount`);
  const [, sign, whole, part = '', power = '0'] = found;
  return (sign ? -1n : 1n) * scaled(whole, part, Number(power));
}

/** Write an amount as decimal text. */
function text(amount) {
  const digits = String(amount < 0n ? -amount : amount).padStart(PLACES + 1, '0');
  const part = digits.slice(-PLACES).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -PLACES)}${part ? `.${part}` : ''}`;
}

function scaled(whole, part, power) {
  const places = PLACES + power - part.length;
  const digits = BigInt(whole + part);
  return places >= 0 ? digits * 10n ** BigInt(places) : digits / 10n ** BigInt(-places);
}

module.exports = { UNIT, exact, text };
