// Figures and the table that every benchmark prints.
import { readFileSync } from 'node:fs';

export const percentile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
};

export const median = (values) => percentile(values, 0.5);

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Rows `{ name, value, unit, budget }` as a table; true when every one is within its budget. */
export const report = (rows) => {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const figure = (x) => (x >= 100 ? x.toFixed(0) : x.toFixed(1)).padStart(8);
  let within = true;
  for (const { name, value, unit, budget } of rows) {
    const over = !(value <= budget);
    within &&= !over;
    console.log(`${name.padEnd(width)} ${figure(value)} ${unit}   budget ${figure(budget)} ${unit}${over ? '   OVER BUDGET' : ''}`);
  }
  return within;
};

/**
 * Milliseconds so far: by the clock, of the process on its processors, and of this thread alone where the system tells (Linux). The least
 * of their differences is what work of this thread took: the others count a busy machine, or compiling and collecting beside it.
 */
export const spentNow = () => {
  const { user, system } = process.cpuUsage();
  const times = [performance.now(), (user + system) / 1000];
  try {
    times.push(Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6);
  } catch {
    // Another system: the first two are what there is.
  }
  return times;
};
