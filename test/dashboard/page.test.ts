import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerPage } from '../../src/dashboard/page/page.ts';
import { buildServer } from '../../src/http/server.ts';

const logger = pino({ level: 'silent' });
let root: string;
let app: FastifyInstance;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pushledger-page-'));
  root = join(folder, 'page');
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(join(root, 'index.html'), '<!doctype html><title>built</title>');
  await writeFile(join(root, 'assets', 'index-DiwrgTda.js'), 'export {};');
  await writeFile(join(root, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(folder, 'secret.txt'), 'a secret');
  app = buildServer(logger);
  registerPage(app, root);
});
afterAll(async () => {
  await app.close();
  await rm(join(root, '..'), { recursive: true });
});

const directives = (policy: unknown) =>
  new Map(
    String(policy)
      .split('; ')
      .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
  );

describe('the page', () => {
  it('runs and loads nothing but what was built with it, and is framed by nobody', async () => {
    const { headers, body, statusCode } = await app.inject('/');
    expect([statusCode, body]).toEqual([200, '<!doctype html><title>built</title>']);
    const policy = directives(headers['content-security-policy']);
    expect(policy.get('default-src')).toBe(`'none'`);
    for (const name of ['script-src', 'style-src', 'connect-src']) expect(policy.get(name)).toBe(`'self'`);
    for (const name of ['frame-ancestors', 'base-uri']) expect(policy.get(name)).toBe(`'none'`);
    expect(String(headers['content-security-policy'])).not.toMatch(/unsafe|\*|https?:/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cache-control': 'no-cache',
    });
  });

  it('keeps for ever what has the hash of its content in its name, and nothing else', async () => {
    const asset = await app.inject('/assets/index-DiwrgTda.js');
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(asset.headers['content-type']).toContain('javascript');
    expect(asset.headers['x-content-type-options']).toBe('nosniff');
    expect((await app.inject('/favicon.svg')).headers['cache-control']).toBe('no-cache');
  });

  it('comes again only when it has changed', async () => {
    const { headers } = await app.inject('/');
    const again = await app.inject({ url: '/', headers: { 'if-none-match': String(headers.etag) } });
    expect(again.statusCode).toBe(304);
  });

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets',
    '/%00',
  ])('gives nothing beside its own files: %s', async (url) => {
    const { statusCode, body } = await app.inject(url);
    expect(body).not.toContain('a secret');
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(statusCode).toBeLessThan(500);
  });
});

it('says how it is built where it was not', async () => {
  const unbuilt = buildServer(logger);
  registerPage(unbuilt, join(root, 'nowhere'));
  const { body, headers, statusCode } = await unbuilt.inject('/');
  expect(statusCode).toBe(200);
  expect(body).toContain('npm run build');
  expect(headers['content-security-policy']).toContain(`default-src 'none'`);
  await unbuilt.close();
});
