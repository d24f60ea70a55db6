import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { projectFile } from './support/compose-file.ts';

const unit = projectFile('deploy/pushledger.service');

/** The values of a setting, in their order. */
function all(name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value ?? '');
}

describe('the systemd unit', () => {
  it('starts a command that the package has, and is told when it is ready', () => {
    const [command = ''] = all('ExecStart');
    const [path = '', ...args] = command.split(' ');
    expect(Object.keys(packageJson.bin)).toContain(path.split('/').at(-1));
    expect(args).toEqual(['serve']);
    expect(all('Type')).toEqual(['notify']);
    // Our notifications come from a child.
    expect(all('NotifyAccess')).toEqual(['all']);
    expect(Number(all('WatchdogSec')[0])).toBeGreaterThanOrEqual(30);
  });

  it('gives the stop more time than it takes, and does not repeat a wrong configuration', () => {
    expect(Number(all('TimeoutStopSec')[0])).toBeGreaterThan(10);
    expect(all('RestartPreventExitStatus')).toEqual(['2']);
  });

  it('keeps its data where it may write, and only there', () => {
    expect(all('StateDirectory')).toEqual(['pushledger']);
    expect(all('Environment').join(' ')).toContain('PUSHLEDGER_DATA_DIR=/var/lib/pushledger');
    expect(all('ProtectSystem')).toEqual(['strict']);
    expect(all('ReadWritePaths')).toEqual([]);
    expect(all('CapabilityBoundingSet')).toEqual(['']);
  });

  it.each([
    'NoNewPrivileges',
    'DynamicUser',
    'PrivateTmp',
    'PrivateDevices',
    'ProtectHome',
    'ProtectKernelTunables',
  ])('has %s', (name) => {
    expect(all(name)).toEqual(['yes']);
  });

  const analyze = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.runIf(analyze)('is accepted by systemd itself, and little exposed', () => {
    const directory = mkdtempSync(join(tmpdir(), 'pushledger-unit-'));
    try {
      const file = join(directory, 'pushledger.service');
      // What it starts is not installed here.
      writeFileSync(file, unit.replace('/opt/pushledger/bin/pushledger', '/bin/true'));
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
      expect(
        `${verified.stdout}${verified.stderr}`.split('\n').filter((line) => line.includes(file)),
      ).toEqual([]);
      expect(verified.status).toBe(0);
      const exposure = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', file]);
      expect(exposure.status).toBe(0);
      writeFileSync(file, unit.replace('ProtectSystem=strict', 'ProtectSystm=strict'));
      const wrong = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
      expect(`${wrong.stdout}${wrong.stderr}`).toContain('ProtectSystm');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
