// Posts through one npm client: node node_clients.cjs PACKAGE < posts.json > what-its-caller-saw.json
// TILDE_CLIENTS is the folder that package.json was installed into.
'use strict';

const { createRequire } = require('module');
const { EventEmitter } = require('events');
const fs = require('fs');
const path = require('path');
const util = require('util');

const load = createRequire(path.join(process.env.TILDE_CLIENTS, 'package.json'));
const PATIENCE_MS = 10_000; // npm stathat never calls back on an empty reply

// How `stathat` and `node-stathat` name their calls: track[EZ](Count|Value)[WithTime].
function track(client, post) {
  const kind = post.kind === 'counter' ? 'Count' : 'Value';
  const method = `track${post.key ? '' : 'EZ'}${kind}${post.t === null ? '' : 'WithTime'}`;
  const who = post.key ? [post.ukey, post.key] : [post.ezkey, post.stat];
  const args = [...who, post.number, ...(post.t === null ? [] : [post.t])];
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve('no callback'), PATIENCE_MS);
    client[method](...args, (status, body) => {
      clearTimeout(late);
      resolve([status, Buffer.isBuffer(body) ? body.toString() : body]);
    });
  });
}

// statsd's backend is fed by statsd's events and keeps a tally of its own; it takes counters only.
function flush(backend, post) {
  util.log ??= console.error; // gone from Node 23; the backend logs its failures with it
  const statsd = new EventEmitter();
  const config = { stathat: { ez_key: post.ezkey, max_attempts: 1, retry_delay: 1 }, flushInterval: 1000 };
  backend.init(0, config, statsd);
  const tally = () => {
    const seen = {};
    statsd.emit('status', (error, name, key, number) => { seen[key] = number; });
    return [seen.successful_send ?? 0, seen.failed_send ?? 0];
  };
  const before = tally();
  statsd.emit('flush', Date.now() / 1000, { counters: { [post.stat]: post.number } });
  return new Promise((resolve) => {
    const deadline = Date.now() + PATIENCE_MS;
    const look = setInterval(() => {
      const [sent, failed] = tally().map((now, i) => now - before[i]);
      if (sent + failed === 0 && Date.now() < deadline) return;
      clearInterval(look);
      resolve({ successful_send: sent, failed_send: failed });
    }, 10);
  });
}

async function main() {
  const name = process.argv[2];
  const client = load(name);
  const post = name === 'statsd-stathat-backend' ? flush : track;
  const saw = [];
  for (const one of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    saw.push(await post(client, one));
  }
  process.stdout.write(JSON.stringify(saw), () => process.exit(0));
}

main();
