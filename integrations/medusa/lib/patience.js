'use strict';

// Tries again what did not arrive. Medusa has no queue that a plugin could keep it in: what waits
// here is gone when the process ends, and Regulars finds it when it reads the shop by itself.

const { pauseMs } = require('./post');

const MOST_WAITING = 10_000;
const MOST_TRIES = 40;

class Patience {
  /** `deliver` posts one piece of news and throws when it does not arrive. */
  constructor(deliver, warn, pause = pauseMs) {
    Object.assign(this, { deliver, warn, pause });
    this.waiting = new Map();
  }

  /** Try once; what fails is tried later, at most once a time for each thing and type. */
  async tell(news) {
    const name = `${news.type}.${news.id}`;
    try {
      await this.deliver(news);
      this.forget(name);
    } catch (fault) {
      this.putOff(name, news, fault);
    }
  }

  /** Stop waiting; gives how many were lost by it. */
  stop() {
    const lost = this.waiting.size;
    for (const name of [...this.waiting.keys()]) this.forget(name);
    return lost;
  }

  putOff(name, news, fault) {
    const tries = (this.waiting.get(name)?.tries ?? 0) + 1;
    this.forget(name);
    if (tries > MOST_TRIES || this.waiting.size >= MOST_WAITING) {
      this.warn(`News of type ${news.type} is given up: ${fault.message}`);
      return;
    }
    if (tries === 1) this.warn(`News of type ${news.type} is tried again later: ${fault.message}`);
    const timer = setTimeout(() => this.tell(news), this.pause(tries, name));
    timer.unref();
    this.waiting.set(name, { tries, timer });
  }

  forget(name) {
    clearTimeout(this.waiting.get(name)?.timer);
    this.waiting.delete(name);
  }
}

module.exports = { Patience };
