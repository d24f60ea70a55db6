import { expect, test } from 'vitest';
import { eachByItself, useDeployment } from './support/deployment.ts';
import { pushTo } from './support/pushes.ts';
import { useSynapse } from './support/use-synapse.ts';

const deployment = useDeployment(useSynapse('raised'));

test('whatever a commit message holds, the room gets one readable line of it', async () => {
  const { person, bot, serve, named } = deployment();
  const room = await person.createRoom({ invite: [bot] });
  const service = await serve({ MATRIX_ROOM: room, ...eachByItself });
  const texts = {
    html: `<script>alert("x")</script><a href='https://evil.test'>& click</a> <!-- ${bot.userId}\n\nmore`,
    megabytes: `begins ${'<b>\u{1f600} '.repeat(250_000)}`,
    controls: 'red \u001b[31m\u0000 bell \u0007\u202e backwards\u2028 line\ttab @room',
  };
  const pushIds: Record<string, string> = {};
  for (const [repository, message] of Object.entries(texts)) {
    pushIds[repository] = await pushTo(service.address, { repository, message });
  }
  expect(Buffer.byteLength(texts.megabytes)).toBeGreaterThan(2_000_000);

  const messages = await named(room, Object.values(pushIds));
  const [html, megabytes, controls] = Object.keys(texts).map((repository) =>
    messages.find((message) => message.pushIds.includes(pushIds[repository] ?? '')),
  );

  expect(html?.body).toContain(`<script>alert("x")</script><a href='https://evil.test'>& click</a>`);
  expect(html?.html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
  expect(html?.html).not.toMatch(/<script|evil.test['"]>|<!--/);
  expect(megabytes?.body).toMatch(/begins .*…/u);
  expect(Buffer.byteLength(JSON.stringify(megabytes?.content))).toBeLessThan(5_000);
  expect(megabytes?.html).not.toContain('<b>\u{1f600}');
  expect(controls?.body).toMatch(/red \[31m\ufffd? bell {2}backwards {2}line tab @room/);
  for (const message of messages) {
    const lines = `${message.body}\n${message.html}`.split('\n');
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2028]/u);
    expect(message.content['m.mentions']).toEqual({});
    expect(message.content.format).toBe('org.matrix.custom.html');
  }
});
