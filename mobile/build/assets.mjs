// Draws the app icons and the chime into public/: `node build/assets.mjs`. The results are committed; run it again only
// when the mark changes. Plain Node, no dependency: PNG by zlib, WAV by hand.
import fs from 'node:fs';
import zlib from 'node:zlib';

const BLUE = [31, 69, 173];
const WHITE = [255, 255, 255];
const out = new URL('../public/', import.meta.url);

// ── the mark, in a 32 × 32 field ────────────────────────────────────────────────────────────────────────────

/** Inside the shield? Straight down to y 16, then two curves that meet at the point. */
function inShield(x, y) {
  if (y < 2 || y > 30 || x < 4 || x > 28) return false;
  if (y <= 16) return true;
  const t = (y - 16) / 14;
  return Math.abs(x - 16) <= 12 * Math.sqrt(Math.max(0, 1 - t * t * (0.55 + 0.45 * t)));
}

function distanceToSegment(x, y, [ax, ay], [bx, by]) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const t = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
  return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
}

const LETTER = [
  [9.5, 20.5],
  [9.5, 10.5],
  [16, 16],
  [22.5, 10.5],
  [22.5, 20.5],
];

function onLetter(x, y) {
  return LETTER.slice(1).some((point, i) => distanceToSegment(x, y, LETTER[i], point) <= 1.35);
}

// ── PNG ─────────────────────────────────────────────────────────────────────────────────────────────────────

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(zlib.crc32 ? zlib.crc32(body) : crc32(body), body.length + 4);
  return frame;
}

function crc32(buffer) {
  let crc = ~0;
  for (const byte of buffer) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

/** `scale` is the mark's share of the picture; a maskable icon fills the background and keeps a safe zone. */
function icon(size, { scale, background }) {
  const samples = 4;
  const rows = [];
  for (let py = 0; py < size; py++) {
    const row = Buffer.alloc(1 + size * 4);
    for (let px = 0; px < size; px++) {
      const sum = [0, 0, 0, 0];
      for (let s = 0; s < samples * samples; s++) {
        const at = (p, k) => ((((p + (k + 0.5) / samples) / size - 0.5) / scale) + 0.5) * 32;
        const x = at(px, s % samples);
        const y = at(py, Math.floor(s / samples));
        const colour = onLetter(x, y) ? (background ? BLUE : WHITE) : inShield(x, y) ? (background ? WHITE : BLUE) : background;
        if (!colour) continue;
        colour.forEach((value, k) => (sum[k] += value));
        sum[3] += 1;
      }
      const count = sum[3] || 1;
      for (let k = 0; k < 3; k++) row[1 + px * 4 + k] = Math.round(sum[k] / count);
      row[1 + px * 4 + 3] = Math.round((sum[3] / (samples * samples)) * 255);
    }
    rows.push(row);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', zlib.deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

// ── the chime: two soft bell tones, a falling third ─────────────────────────────────────────────────────────

function chime() {
  const rate = 22_050;
  const samples = Math.round(rate * 1.9);
  const data = Buffer.alloc(samples * 2);
  const bell = (t, frequency) =>
    t < 0
      ? 0
      : Math.min(1, t * 200) *
        Math.exp(-3.2 * t) *
        (Math.sin(2 * Math.PI * frequency * t) + 0.25 * Math.exp(-4 * t) * Math.sin(2 * Math.PI * frequency * 2.76 * t));
  for (let n = 0; n < samples; n++) {
    const t = n / rate;
    const value = 0.42 * (bell(t, 659.26) + bell(t - 0.5, 523.25)) * Math.min(1, (samples - n) / 2000);
    data.writeInt16LE(Math.round(Math.max(-1, Math.min(1, value)) * 32_000), n * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

fs.writeFileSync(new URL('icon-192.png', out), icon(192, { scale: 0.96 }));
fs.writeFileSync(new URL('icon-512.png', out), icon(512, { scale: 0.96 }));
fs.writeFileSync(new URL('icon-maskable.png', out), icon(512, { scale: 0.62, background: BLUE }));
fs.writeFileSync(new URL('chime.wav', out), chime());
