// Draws media/icon.png: a lens over a bell curve, the distribution that a weight starts from. Pixels by formula, PNG by hand.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { root } from './setup.mjs';

const SIZE = 256;
/** Samples per pixel and axis, for smooth edges. */
const SAMPLES = 4;

const NIGHT = [16, 36, 62];
const DUSK = [28, 66, 104];
const GLASS = [232, 244, 255];
const RING = [245, 249, 253];
const AMBER = [255, 176, 59];
const TEAL = [38, 166, 154];

const mix = (a, b, t) => a.map((value, i) => value + (b[i] - value) * t);
const gauss = (x, sigma) => Math.exp(-(x * x) / (2 * sigma * sigma));

/** Distance to a rounded square, negative inside. */
function roundedSquare(x, y, half, radius) {
  const dx = Math.max(Math.abs(x) - (half - radius), 0);
  const dy = Math.max(Math.abs(y) - (half - radius), 0);
  return Math.hypot(dx, dy) - radius;
}

/** Distance to a segment. */
function segment(x, y, x0, y0, x1, y1) {
  const t = Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)));
  return Math.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0));
}

/** Colour and alpha at a point; the picture spans −1 … 1 with y up. */
function colourAt(x, y) {
  if (roundedSquare(x, y, 0.98, 0.32) > 0) return [0, 0, 0, 0];
  let colour = mix(NIGHT, DUSK, (y + 1) / 2);
  const [cx, cy, r] = [-0.12, 0.13, 0.6];
  if (segment(x, y, 0.33, -0.32, 0.7, -0.69) < 0.095) colour = AMBER;
  const distance = Math.hypot(x - cx, y - cy);
  if (distance < r) {
    colour = GLASS;
    const ground = cy - 0.3;
    const narrow = ground + 0.66 * gauss(x - cx, 0.13);
    const wide = ground + 0.34 * gauss(x - cx, 0.3);
    if (y > ground && y < wide) colour = mix(TEAL, GLASS, 0.25);
    if (y > ground && y < narrow) colour = mix(colour, AMBER, 0.75);
    if (Math.abs(y - ground) < 0.018) colour = NIGHT;
  }
  if (Math.abs(distance - r) < 0.055) colour = RING;
  return [...colour, 255];
}

function pixel(px, py) {
  const sum = [0, 0, 0, 0];
  for (let i = 0; i < SAMPLES * SAMPLES; i++) {
    const x = ((px + ((i % SAMPLES) + 0.5) / SAMPLES) / SIZE) * 2 - 1;
    const y = 1 - ((py + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) / SIZE) * 2;
    const [r, g, b, a] = colourAt(x, y);
    // Weighted by alpha: the transparent corner must not darken the edge.
    for (const [channel, value] of [r, g, b].entries()) sum[channel] += value * a;
    sum[3] += a;
  }
  const alpha = sum[3];
  return alpha === 0 ? [0, 0, 0, 0] : [sum[0] / alpha, sum[1] / alpha, sum[2] / alpha, alpha / (SAMPLES * SAMPLES)].map(Math.round);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function png() {
  const rows = Buffer.alloc(SIZE * (1 + SIZE * 4));
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) rows.set(pixel(x, y), y * (1 + SIZE * 4) + 1 + x * 4);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  // 8 bits a channel, RGBA, no interlace.
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

writeFileSync(join(root, 'media/icon.png'), png());
