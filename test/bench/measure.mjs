// Figures and the table that every benchmark prints.

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
