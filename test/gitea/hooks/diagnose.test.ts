import { describe, expect, it } from 'vitest';
import { diagnose, type Evidence, isPrivate } from '../../../src/gitea/hooks/diagnose.ts';

const url = 'https://push.example.org/webhook/gitea';
const evidence: Evidence = {
  repository: {
    id: 1,
    owner: 'acme',
    name: 'widgets',
    fullName: 'acme/widgets',
    defaultBranch: 'main',
    archived: false,
    empty: false,
    mirror: false,
  },
  hooks: [
    {
      id: 7,
      type: 'gitea',
      active: true,
      url,
      contentType: 'json',
      events: ['push', 'delete'],
      branchFilter: '',
      authorizationHeader: '',
    },
  ],
  wider: [],
  arrived: false,
  probe: { outcome: 'accepted', detail: '' },
  refused: 'none',
  url,
  page: 'https://gitea.test/acme/widgets/settings/hooks/7',
};

describe('why a delivery did not come', () => {
  it('to a public address is for Gitea, its DNS or a firewall to tell, and names the page that shows it', () => {
    const { reason, text } = diagnose(evidence);
    expect(reason).toBe('not-delivered');
    expect(text).toContain('settings/hooks/7 shows');
  });

  it('is a wrong secret before it is anything about the network', () => {
    expect(diagnose({ ...evidence, refused: 'wrong', url: 'http://10.0.0.1/x' }).reason).toBe('wrong-secret');
  });

  it('does not matter where something is wrong that explains more', () => {
    const [hook] = evidence.hooks;
    const inactive = hook ? [{ ...hook, active: false }] : [];
    expect(
      diagnose({ ...evidence, hooks: inactive, probe: { outcome: 'unreachable', detail: '' } }).reason,
    ).toBe('inactive');
  });
});

describe('an address that ALLOWED_HOST_LIST leaves out by default', () => {
  it.each([
    'localhost',
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.5',
    '172.16.0.1',
    '172.31.9.9',
    '[::1]',
    '[fd00::1]',
    'pushledger',
    'nas.local',
  ])('is %s', (host) => {
    expect(isPrivate(`http://${host}:8080/webhook/gitea`)).toBe(true);
  });

  it.each(['push.example.org', '8.8.8.8', '172.32.0.1', '[2001:db8::1]'])('is not %s', (host) => {
    expect(isPrivate(`https://${host}/webhook/gitea`)).toBe(false);
  });
});
