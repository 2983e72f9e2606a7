// A push service as Firefox talks to it: a WebSocket by which the browser subscribes, gets its pushes and says what became of
// them, beside the address a town posts to (RFC 8030). What is posted goes to the browser as it came: it decrypts it itself.
import { createHash, randomBytes, randomUUID } from 'node:crypto';

const PATH = /^\/wpush\/v2\/([\w-]+)$/;
const KEY_OF_HANDSHAKE = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** No browser takes a longer one. */
const LONGEST = 4_096;

/** Joins a server: `{ takes, deliver, addresses, posted, answers, stop }`. */
export function joinAutopush(server) {
  /** By their id: which browser, which channel of it. */
  const addresses = new Map();
  const browsers = new Map();
  /** Every POST of the town, and every word of a browser about a push: `ack` or `nack`, with its code. */
  const posted = [];
  const answers = [];

  const says = {
    hello({ uaid }, line) {
      const name = uaid || randomBytes(16).toString('hex');
      browsers.set(name, line);
      line.say({ messageType: 'hello', uaid: name, status: 200, use_webpush: true, broadcasts: {} });
      return name;
    },
    register({ channelID }, line, name) {
      const id = randomBytes(24).toString('base64url');
      addresses.set(id, { name, channelID });
      const pushEndpoint = `http://127.0.0.1:${server.address().port}/wpush/v2/${id}`;
      line.say({ messageType: 'register', channelID, status: 200, pushEndpoint });
    },
    unregister({ channelID }, line) {
      for (const [id, address] of addresses) if (address.channelID === channelID) addresses.delete(id);
      line.say({ messageType: 'unregister', channelID, status: 200 });
    },
    ack: ({ updates }) => answers.push(...updates.map(({ version, code }) => ({ word: 'ack', version, code }))),
    nack: ({ version, code }) => answers.push({ word: 'nack', version, code }),
  };

  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + KEY_OF_HANDSHAKE).digest('base64');
    socket.write(
      ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: push-notification', '', ''].join('\r\n'),
    );
    const line = { say: (message) => socket.write(frame(1, Buffer.from(JSON.stringify(message)))), end: () => socket.destroy() };
    let name = null;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => browsers.get(name) === line && browsers.delete(name));
    readFrames(socket, (opcode, payload) => {
      if (opcode === 8) return socket.end(frame(8, payload));
      if (opcode === 9) return socket.write(frame(10, payload));
      const message = JSON.parse(payload.toString());
      // An empty one asks whether anybody is there.
      if (!message.messageType) return line.say({});
      name = says[message.messageType]?.(message, line, name) ?? name;
    });
  });

  /** Hands a sealed push to the browser of an address; gives its version, by which the browser speaks of it. */
  function deliver(id, body, encoding, ttl) {
    const { name, channelID } = addresses.get(id);
    const version = randomUUID();
    // Whoever is away misses it: nothing is kept here.
    browsers.get(name)?.say({ messageType: 'notification', channelID, version, ttl, data: body.toString('base64url'), headers: { encoding } });
    return version;
  }

  return {
    addresses,
    posted,
    answers,
    deliver,
    /** Answers a POST to one of our addresses; says whether it was one. */
    takes(request, body, response) {
      const id = PATH.exec(request.url)?.[1];
      if (!id) return false;
      const { ttl, urgency, topic, authorization } = request.headers;
      const encoding = request.headers['content-encoding'];
      const gone = !addresses.has(id);
      const status = gone ? 410 : body.length > LONGEST ? 413 : ttl === undefined ? 400 : 201;
      const version = status === 201 ? deliver(id, body, encoding, Number(ttl)) : null;
      posted.push({ id, status, version, encoding, ttl: Number(ttl), urgency, topic, signed: /^vapid t=.+, ?k=.+/.test(authorization ?? '') });
      response.writeHead(status, version ? { Location: `/m/${version}`, TTL: ttl } : {}).end();
      return true;
    },
    stop() {
      for (const line of browsers.values()) line.end();
    },
  };
}

/** One frame of a server: never masked, never in parts. */
function frame(opcode, payload) {
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 4 : 2);
  head[0] = 0x80 | opcode;
  head[1] = long ? 126 : payload.length;
  if (long) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** Browsers mask what they send, and write our short messages in one part. */
function readFrames(socket, heard) {
  let rest = Buffer.alloc(0);
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 6) {
      const long = (rest[1] & 0x7f) === 126;
      const start = long ? 8 : 6;
      if (rest.length < start) return;
      const length = long ? rest.readUInt16BE(2) : rest[1] & 0x7f;
      if (rest.length < start + length) return;
      const mask = rest.subarray(start - 4, start);
      const payload = Buffer.from(rest.subarray(start, start + length).map((byte, n) => byte ^ mask[n % 4]));
      const opcode = rest[0] & 0x0f;
      rest = rest.subarray(start + length);
      heard(opcode, payload);
    }
  });
}
