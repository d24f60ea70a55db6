import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { deliveryOf, type Sent, send } from './request.ts';

/**
 * A process that sends at a steady rate, whatever the answers are, as many users push:
 * `node sender.ts --port N --secret S --name NAME --rate N --seconds N --most N`. With `--most`, no more than so many are
 * under way; what is due beside them is not sent. Says what came of it as lines of JSON, one for each second.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    secret: { type: 'string', default: '' },
    name: { type: 'string', default: '' },
    rate: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '1' },
    most: { type: 'string', default: '1000' },
  },
});
const [port, rate, seconds, most] = [values.port, values.rate, values.seconds, values.most].map(Number) as [
  number,
  number,
  number,
  number,
];

let underWay = 0;
let notSent = 0;
let number = 0;
let sent: Sent[] = [];
const begin = performance.now();

function one(): void {
  underWay++;
  void send(port, deliveryOf(`${values.name} ${number++}`, values.secret)).then((outcome) => {
    underWay--;
    sent.push(outcome);
  });
}

function tell(): void {
  process.stdout.write(`${JSON.stringify({ sent, notSent })}\n`);
  sent = [];
  notSent = 0;
}

let due = 0;
for (let told = begin; performance.now() - begin < seconds * 1_000; ) {
  const owed = Math.floor(((performance.now() - begin) / 1_000) * rate);
  for (; due < owed; due++) {
    if (underWay < most) one();
    else notSent++;
  }
  if (performance.now() - told >= 1_000) {
    tell();
    told += 1_000;
  }
  await delay(2);
}
while (underWay > 0) await delay(10);
tell();
