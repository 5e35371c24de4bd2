import { describe, expect, it } from '@jest/globals';
import { figuresOf } from './figure.js';
import { campaignsOf } from './measure-soak.js';
import { type MemoryReading, soakSamples, soakTable } from './soak-memory.js';

const MEBIBYTE = 2 ** 20;

interface Mebibytes {
  apis: [number, number];
  mysql: number;
  pool: number;
}

function reading(issued: number, gateBytes: number, { apis, mysql, pool }: Mebibytes): MemoryReading {
  const [first, second] = apis.map((mebibytes) => mebibytes * MEBIBYTE);
  const api = { kind: 'api' as const, keptBytes: 0 };
  return {
    issued,
    gateBytes,
    processes: [
      { ...api, name: 'API 1', residentBytes: first! },
      { ...api, name: 'API 2', residentBytes: second! },
      { kind: 'mysql', name: 'MySQL', residentBytes: mysql * MEBIBYTE, keptBytes: pool * MEBIBYTE },
    ],
  };
}

const start = reading(0, 1_000, { apis: [90, 80], mysql: 300, pool: 10 });
const middle = reading(100, 2_400, { apis: [100, 100], mysql: 400, pool: 100 });
const end = reading(300, 5_600, { apis: [100, 130], mysql: 620, pool: 300 });

describe('the memory of a soak', () => {
  const figures = figuresOf(soakSamples({ start, middle, end }));
  const named = (name: string) => figures.find((figure) => figure.name === name);

  it('adds up the processes of a kind, and compares the end with half time', () => {
    expect(named('soak-api')).toMatchObject({ ours: 230, baseline: 200, ratio: 1.15, met: false });
  });

  it('charges no server for what it is meant to keep', () => {
    expect(named('soak-mysql')).toMatchObject({ ours: 620, baseline: 600, met: true });
  });

  it('counts the bytes of each half by the users issued in it', () => {
    expect(named('soak-user')).toMatchObject({ ours: 16, baseline: 14, met: true });
  });

  it('says of each process whether it is flat', () => {
    const lines = soakTable({ start, middle, end }).split('\n');
    const cells = (name: string) => lines.find((line) => line.startsWith(name))?.split(/\s{2,}/);
    expect(lines.join('\n')).toContain('10 % tolerated');
    expect(cells('API 1')).toEqual(['API 1', '90.0', '100', '100', '0.00', '0.00', '✓ flat']);
    expect(cells('API 2')).toEqual(['API 2', '80.0', '100', '130', '30.0', '30.0', '✗ grows']);
    expect(cells('MySQL')).toEqual(['MySQL', '300', '400', '620', '220', '20.0', '✓ flat']);
  });

  it('leaves out what nobody has named', () => {
    const bare = (from: MemoryReading) => ({ ...from, processes: [] });
    const samples = soakSamples({ start: bare(start), middle: bare(middle), end: bare(end) });
    expect(samples.map(({ figure }) => figure)).toEqual(['soak-user']);
  });
});

describe('the campaigns of a soak', () => {
  it.each([
    [5, { half: 8, seconds: 18.75 }],
    [1, { half: 2, seconds: 15 }],
    [0.1, { half: 1, seconds: 3 }],
  ])('fill %s minutes, as many in each half', (minutes, expected) => {
    expect(campaignsOf(minutes)).toEqual(expected);
  });
});
