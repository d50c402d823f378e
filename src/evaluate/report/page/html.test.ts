import { expect, test } from 'vitest';
import { html } from './html.ts';

test('text is escaped for elements and quoted attributes, markup stays, nothing is nothing', () => {
  const inner = html`<b>${'<&>"\''}</b>`;
  expect(
    html`<p title="${'"x"'}">${inner}${null}${false}${undefined}${[html`<i></i>`, 'a<']}</p>`.markup,
  ).toBe('<p title="&quot;x&quot;"><b>&lt;&amp;&gt;&quot;&#39;</b><i></i>a&lt;</p>');
});

test('numbers are rounded, and one that is none is called unknown', () => {
  expect(html`${1 / 3} ${-0.0001} ${Number.NaN}`.markup).toBe('0.33 0 unknown');
});

test('control characters and lone surrogates are made visible', () => {
  expect(html`${'a\u0000\ud800\u202e\n'}`.markup).toBe('a␀\ufffd[U+202E]\n');
});
