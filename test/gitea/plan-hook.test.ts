import { describe, expect, it } from 'vitest';
import type { Hook } from '../../src/gitea/api/hooks.ts';
import { planHook } from '../../src/gitea/hooks/plan-hook.ts';

const wanted = { url: 'https://push.example.org/webhook/gitea', events: ['push', 'delete'] };

function hook(change: Partial<Hook> = {}): Hook {
  return {
    id: 1,
    type: 'gitea',
    active: true,
    url: wanted.url,
    contentType: 'json',
    events: ['push', 'delete'],
    branchFilter: '',
    authorizationHeader: '',
    ...change,
  };
}

describe('the plan for a hook', () => {
  it('is to create one where none calls the address', () => {
    expect(planHook([], wanted)).toEqual({ kind: 'create' });
    expect(planHook([hook({ url: `${wanted.url}/other` })], wanted)).toEqual({ kind: 'create' });
  });

  it('is to create one beside a hook that sends another format to the address', () => {
    expect(planHook([hook({ type: 'slack' })], wanted)).toEqual({ kind: 'create' });
  });

  it('is to keep the one that is right, also when it sends more', () => {
    const right = hook({ events: ['create', 'delete', 'push'], branchFilter: 'main' });
    expect(planHook([right], wanted)).toEqual({ kind: 'keep', hook: right, others: [] });
    expect(planHook([hook({ type: 'forgejo' })], wanted).kind).toBe('keep');
  });

  it('sees the same address behind another spelling of it', () => {
    expect(planHook([hook({ url: 'HTTPS://Push.Example.org:443/webhook/gitea' })], wanted).kind).toBe('keep');
    expect(planHook([hook({ url: 'not an address' })], wanted).kind).toBe('create');
  });

  it.each([
    [{ active: false }, ['it is not active']],
    [{ contentType: 'form' }, ['its content type is form']],
    [{ contentType: '' }, ['its content type is not set']],
    [{ events: ['push'] }, ['it does not send delete']],
    [{ events: [], active: false }, ['it is not active', 'it does not send push and delete']],
  ])('is to correct one with %j', (change, differences) => {
    const wrong = hook(change);
    expect(planHook([wrong], wanted)).toEqual({ kind: 'update', hook: wrong, differences, others: [] });
  });

  it('leaves a branch filter as it is, unless one is wanted', () => {
    const filtered = hook({ branchFilter: 'main' });
    expect(planHook([filtered], wanted).kind).toBe('keep');
    expect(planHook([filtered], { ...wanted, branchFilter: 'main' }).kind).toBe('keep');
    expect(planHook([filtered], { ...wanted, branchFilter: '' })).toMatchObject({
      kind: 'update',
      differences: ['its branch filter is "main"'],
    });
    expect(planHook([hook({ branchFilter: '*' })], { ...wanted, branchFilter: '' }).kind).toBe('keep');
  });

  it('takes the hook that needs least change, then the oldest, and names the others', () => {
    const wrong = hook({ id: 1, active: false });
    const late = hook({ id: 3 });
    const right = hook({ id: 2 });
    expect(planHook([wrong, late, right], wanted)).toEqual({
      kind: 'keep',
      hook: right,
      others: [late, wrong],
    });
  });
});
