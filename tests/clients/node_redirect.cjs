// Preloaded into Node (--require): the clients' built-in host becomes the Tilde at TILDE_URL, on plain HTTP.
// Their code and the Host header they send stay as they are. Any other host is refused: no test leaves this
// machine.
'use strict';

const http = require('http');
const https = require('https');
const net = require('net');

const tilde = new URL(process.env.TILDE_URL);

function connect(options) {
  if (options.host !== 'api.stathat.com') {
    throw new Error(`not StatHat: ${options.host}`);
  }
  return net.connect({ host: tilde.hostname, port: Number(tilde.port) });
}

http.Agent.prototype.createConnection = connect;
https.Agent.prototype.createConnection = connect;
