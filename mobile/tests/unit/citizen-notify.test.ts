import { afterEach, describe, expect, it, vi } from 'vitest';
import { obstacle } from '../../src/citizen/notify';
import { read } from '../../src/citizen/push-worker';

const PUSH = {
  web_push: 8030,
  notification: {
    title: 'Bitte kommen',
    body: 'Nr. B012: Bitte jetzt zu Platz 3.',
    navigate: 'https://termine.example/t/7FQ2MKD9TR',
    tag: 'visit',
    requireInteraction: true,
  },
  ack: 'https://termine.example/api/v1/push/shown/17#secret',
};

describe('a push', () => {
  it('is shown as it says, opens its page on this host and tells how to say so', () => {
    const { title, options, shown } = read(JSON.stringify(PUSH) + '      ');
    expect(title).toBe('Bitte kommen');
    expect(options).toMatchObject({ body: 'Nr. B012: Bitte jetzt zu Platz 3.', tag: 'visit', renotify: true, requireInteraction: true });
    expect(options.data).toBe('/t/7FQ2MKD9TR');
    expect(shown).toEqual({ path: '/api/v1/push/shown/17', token: 'secret' });
  });

  it('never leads to another place than this host', () => {
    const elsewhere = { ...PUSH, notification: { ...PUSH.notification, navigate: 'javascript:alert(1)' } };
    expect(read(JSON.stringify(elsewhere)).options.data).not.toContain(':');
  });

  it.each(['', 'not JSON', '[]', '{"notification":7}'])('that cannot be read (%s) is a plain hint', (data) => {
    const { title, options, shown } = read(data);
    expect(title).not.toBe('');
    expect(options.renotify).toBe(false);
    expect(shown).toBeNull();
  });
});

describe('what is in the way', () => {
  afterEach(() => vi.unstubAllGlobals());

  function browser(able: boolean, agent: string, permission = 'default'): void {
    vi.stubGlobal('navigator', { userAgent: agent, maxTouchPoints: 0, ...(able && { serviceWorker: {} }) });
    vi.stubGlobal('matchMedia', () => ({ matches: false }));
    if (able) {
      vi.stubGlobal('PushManager', class {});
      vi.stubGlobal('Notification', { permission });
    }
  }

  it('is nothing where the browser can', () => {
    browser(true, 'Firefox');
    expect(obstacle()).toBeNull();
  });

  it('is what the person once said', () => {
    browser(true, 'Firefox', 'denied');
    expect(obstacle()).toBe('denied');
  });

  it('is the home screen on a phone of Apple, and else the browser', () => {
    browser(false, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X)');
    expect(obstacle()).toBe('home-screen');
    browser(false, 'Mozilla/5.0 (X11; Linux x86_64)');
    expect(obstacle()).toBe('unsupported');
  });
});
