'use strict';

const { EVENTS, newsOf } = require('./news');
const { Patience } = require('./patience');
const { post } = require('./post');
const { bodyOf } = require('./reader');

let told; // one for the process, made with the first event

/** Take an event of Medusa. It never throws: a shop must not stumble over its CRM. */
async function regulars({ event, container, pluginOptions }) {
  const options = optionsOf(pluginOptions);
  const news = newsOf(event.name, event.data);
  if (!news || !options.url || !options.secret) return;
  told ??= patience(container, options);
  await told.tell(news);
}

function patience(container, options) {
  const query = container.resolve('query');
  const deliver = async (news) => {
    const body = await bodyOf(query, news, options);
    if (body) await post(options, body);
  };
  return new Patience(deliver, (text) => container.resolve('logger').warn(`regulars: ${text}`));
}

function optionsOf(given = {}) {
  return {
    ...given,
    url: given.url ?? process.env.REGULARS_WEBHOOK_URL,
    secret: given.secret ?? process.env.REGULARS_WEBHOOK_SECRET,
    birthdayKey: given.birthdayKey ?? 'birthday',
  };
}

module.exports = { default: regulars, config: { event: EVENTS, context: { subscriberId: 'regulars' } } };
