/** A value as a person reads it, in the units that our panels have. */
export function figureText(value: number, unit: string): string {
  switch (unit) {
    case 's':
      return value < 1 ? `${short(value * 1_000)} ms` : `${short(value)} s`;
    case 'percentunit':
      return `${short(value * 100)} %`;
    case 'bytes':
      return `${short(value / 1_048_576)} MiB`;
    case 'reqps':
    case 'ops':
      return `${short(value)}/s`;
    default:
      return short(value);
  }
}

function short(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
