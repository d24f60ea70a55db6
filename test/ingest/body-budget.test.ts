import { expect, test } from 'vitest';
import { createBodyBudget } from '../../src/ingest/body-budget.ts';

function setup() {
  const budget = createBodyBudget(100);
  const gone: string[] = [];
  const open = (name: string) => budget.open(() => gone.push(name));
  return { budget, gone, open };
}

test('as long as all fit, nothing has to go', () => {
  const { budget, gone, open } = setup();
  open('one').add(50);
  open('two').add(50);
  expect(gone).toEqual([]);
  expect(budget.held()).toBe(100);
});

test('the largest of those that still come has to go, and not the one that came last', () => {
  const { budget, gone, open } = setup();
  open('large').add(60);
  open('small').add(30);
  open('honest').add(20);
  expect(gone).toEqual(['large']);
  expect(budget.held()).toBe(50);
});

test('a body that is here whole stays until it was answered', () => {
  const { budget, gone, open } = setup();
  const whole = open('whole');
  whole.add(90);
  whole.complete();
  const next = open('next');
  next.add(20);
  expect(gone).toEqual(['next']);
  whole.release();
  expect(budget.held()).toBe(0);
});

test('what was given up or released counts no more, however often it is told', () => {
  const { budget, open } = setup();
  const body = open('body');
  body.add(101);
  body.add(10);
  body.release();
  body.release();
  expect(budget.held()).toBe(0);
});
