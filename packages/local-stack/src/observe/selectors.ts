import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.js';

/** What a query looks at: a metric, narrowed by labels. */
export interface Selector {
  text: string;
  metric: string;
  labels: string[];
}

const SELECTOR = /(?:\b(?:coupon|node|nodejs|process)_\w+|\bcoupon:[\w:]+|\bup\b)(?:\{[^}]*\})?/g;
const EXPRESSION = /^ +expr: (?:>\n((?: {10,}.*\n)+)|(.*)\n)/gm;
const FOLDER = join(repositoryRoot, 'prometheus/rules');

export const rulesText = (): string =>
  readdirSync(FOLDER)
    .map((file) => readFileSync(join(FOLDER, file), 'utf8'))
    .join('');

/** The queries of all rules, in the order of the text. */
export const queriesOfRules = (rules: string): string[] =>
  [...rules.matchAll(EXPRESSION)].map(([, folded, line]) => (folded ?? line!).trim());

export const selectorsOf = (query: string): Selector[] =>
  [...query.matchAll(SELECTOR)].map(([text]) => ({
    text,
    metric: /^[\w:]+/.exec(text)![0],
    labels: [...text.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label!),
  }));
