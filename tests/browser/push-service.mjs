// The push service of one browser, on this machine: takes what the town sends, decrypts it as a browser does (RFC 8291), and
// keeps it until a scene hands it to the service worker. Firefox has one of its own at the same origin, and decrypts itself.
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { joinAutopush } from './autopush.mjs';

/** Starts one on a free port: `{ origin, subscription, received, firefox, stop }`. */
export async function startPushService() {
  const browser = createECDH('prime256v1');
  browser.generateKeys();
  const auth = randomBytes(16);
  const received = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      if (firefox.takes(request, body, response)) return;
      received.push(opened(body, browser, auth));
      response.writeHead(201).end();
    });
  });
  const firefox = joinAutopush(server);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    /** What the browser would give to the page. */
    subscription: {
      endpoint: `${origin}/push/scene`,
      keys: { p256dh: browser.getPublicKey('base64url'), auth: auth.toString('base64url') },
    },
    received,
    firefox,
    stop() {
      firefox.stop();
      server.close();
    },
  };
}

function opened(body, browser, auth) {
  const [salt, length] = [body.subarray(0, 16), body[20]];
  const town = body.subarray(21, 21 + length);
  const sealed = body.subarray(21 + length);
  const derived = (secret, salted, info, bytes) => Buffer.from(hkdfSync('sha256', secret, salted, info, bytes));
  const both = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), town]);
  const secret = derived(browser.computeSecret(town), auth, both, 32);
  const key = derived(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
  const nonce = derived(secret, salt, 'Content-Encoding: nonce\0', 12);
  const cipher = createDecipheriv('aes-128-gcm', key, nonce);
  cipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  // The text, the mark of the last record, and nothing but zeros.
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
}
