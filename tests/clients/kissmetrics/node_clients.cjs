// Calls one npm client: node node_clients.cjs PACKAGE < calls.json > what-its-caller-saw.json
// TILDE_CLIENTS is the folder that package.json was installed into; the clients take their host as an option.
'use strict';

const { createRequire } = require('module');
const fs = require('fs');
const path = require('path');

const load = createRequire(path.join(process.env.TILDE_CLIENTS, 'package.json'));
const tilde = new URL(process.env.TILDE_URL);

const CLIENTS = {
  kissmetrics: (Client, key) => new Client({ key, host: tilde.hostname, port: tilde.port }),
  kissmymetrics: (Client, key) => new Client({ key, endpoint: tilde.origin, allowManualTimestamp: true }),
};

// Both take a time as `_t` among the properties: one looks for `_d` beside it, the other sets that itself.
function called(client, call) {
  const said = { ...call.properties, ...(call.t === null ? {} : { _t: call.t, _d: 1 }) };
  return new Promise((resolve) => {
    const done = (error) => resolve(error ? String(error) : null);
    if (call.act === 'event') (client.record ?? client.event).call(client, call.person, call.name, said, done);
    if (call.act === 'set') client.set(call.person, said, done);
    if (call.act === 'alias') client.alias(call.person, call.other, done);
  });
}

async function main() {
  const [name, key] = process.argv.slice(2);
  const client = CLIENTS[name](load(name), key);
  const saw = [];
  for (const one of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    saw.push(await called(client, one));
  }
  process.stdout.write(JSON.stringify(saw), () => process.exit(0));
}

main();
