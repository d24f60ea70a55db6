import { beforeEach, expect, test } from 'vitest';
import { createQueueGauge, type QueueGauge } from '../../src/http/queue-gauge.ts';

const limits = { waitMs: 500, others: 3, intervalMs: 100, patienceMs: 2_000 };

let gauge: QueueGauge;
beforeEach(() => {
  gauge = createQueueGauge(limits);
});

function pass(count: number): void {
  for (let number = 0; number < count; number++) gauge.passed();
}

test('before the first probe nothing is long, and it is due', () => {
  pass(100);
  expect(gauge.isLong(10_000)).toBe(false);
  expect(gauge.isProbeDue(0)).toBe(true);
});

test('a probe that waits long behind others tells before it has come through', () => {
  gauge.sent(0);
  pass(3);
  expect(gauge.isLong(499)).toBe(false);
  expect(gauge.isLong(500)).toBe(true);
});

test('what it found holds until the next one has found something else', () => {
  gauge.sent(0);
  pass(3);
  gauge.arrived(600);
  expect(gauge.isLong(650)).toBe(true);
  gauge.sent(700);
  expect(gauge.isLong(701)).toBe(true);
  pass(1);
  gauge.arrived(710);
  expect(gauge.isLong(711)).toBe(false);
});

test('many that pass quickly are no queue', () => {
  gauge.sent(0);
  pass(1_000);
  gauge.arrived(499);
  expect(gauge.isLong(500)).toBe(false);
});

test('a process that stood still has no queue: nobody was before the probe', () => {
  gauge.sent(0);
  pass(2);
  expect(gauge.isLong(30_000)).toBe(false);
  gauge.arrived(30_000);
  expect(gauge.isLong(30_001)).toBe(false);
});

test('one probe at a time, and the next after a while', () => {
  gauge.sent(0);
  expect(gauge.isProbeDue(1_999)).toBe(false);
  gauge.arrived(50);
  expect(gauge.isProbeDue(99)).toBe(false);
  expect(gauge.isProbeDue(100)).toBe(true);
});

test('a probe that the kernel dropped is followed by another, and what it told is kept until then', () => {
  gauge.sent(0);
  pass(3);
  expect(gauge.isProbeDue(2_000)).toBe(true);
  gauge.sent(2_000);
  expect(gauge.isLong(2_001)).toBe(true);
  gauge.arrived(2_002);
  expect(gauge.isLong(2_003)).toBe(false);
});
