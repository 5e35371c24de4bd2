const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 52,500 */
export const count = (value: number): string => whole.format(value);

/** Three digits are enough to compare, and more would claim more than was measured. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return whole.format(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}
