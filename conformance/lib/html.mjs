// Reads HTML without strict rules, to find forms, links, controls and visible text in any server's pages.
const NAMED = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  hellip: '…',
  rsquo: '’',
  lsquo: '‘',
  ldquo: '“',
  rdquo: '”',
  mdash: '—',
  ndash: '–',
  copy: '©',
  lsaquo: '‹',
  rsaquo: '›',
  larr: '←',
  rarr: '→',
};
export const decode = (s) =>
  s.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));?/gi, (m, hex, dec, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (dec) return String.fromCodePoint(parseInt(dec, 10));
    return NAMED[name] ?? NAMED[name?.toLowerCase()] ?? m;
  });

const attrsOf = (s) => {
  const out = {};
  const re = /([^\s"'=<>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;
  for (let m; (m = re.exec(s));) {
    const k = m[1].toLowerCase();
    if (!(k in out)) out[k] = decode(m[2] ?? m[3] ?? m[4] ?? '');
  }
  return out;
};

export function* tokens(html) {
  const re =
    /<!--[\s\S]*?-->|<!doctype[^>]*>|<(script|style|template|noscript)\b[^>]*>[\s\S]*?<\/\1\s*>|<(\/?)([a-z][a-z0-9-]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>/gi;
  let at = 0;
  for (let m; (m = re.exec(html));) {
    if (m.index > at) yield { type: 'text', text: decode(html.slice(at, m.index)) };
    at = re.lastIndex;
    if (m[3])
      yield m[2]
        ? { type: 'close', name: m[3].toLowerCase() }
        : { type: 'open', name: m[3].toLowerCase(), attrs: attrsOf(m[4]) };
  }
  if (at < html.length) yield { type: 'text', text: decode(html.slice(at)) };
}

const BLOCK = new Set(
  'address article aside blockquote body br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 head header hr html label li main nav ol option p pre section table td th title tr ul button'.split(
    ' ',
  ),
);
const hasClass = (attrs, c) => (attrs.class ?? '').split(/\s+/).includes(c);

export function read(html) {
  const doc = { title: '', headings: [], lines: [], forms: [], links: [], controls: {}, alerts: [] };
  let form = null,
    inTitle = false,
    inHead = false,
    heading = null,
    line = '',
    control = null,
    alert = null;
  const flush = () => {
    const t = line.replace(/\s+/g, ' ').trim();
    if (t) doc.lines.push(t);
    line = '';
  };
  for (const k of tokens(html)) {
    if (k.type === 'text') {
      if (inTitle) doc.title += k.text;
      else if (!inHead) line += k.text;
      if (heading) heading.text += k.text;
      if (control) control.text += k.text;
      if (alert) alert.text += k.text;
      continue;
    }
    if (BLOCK.has(k.name)) flush();
    if (k.type === 'open') {
      const a = k.attrs;
      if (alert && k.name === alert.name) alert.depth++;
      if (!alert && (a.role === 'alert' || hasClass(a, 'woocommerce-error'))) {
        alert = { name: k.name, depth: 1, text: '' };
        doc.alerts.push(alert);
      }
      if (k.name === 'title') inTitle = true;
      if (k.name === 'head') inHead = true;
      if (k.name === 'body') inHead = false;
      if (/^h[1-3]$/.test(k.name)) {
        heading = { text: '' };
        doc.headings.push(heading);
      }
      if (k.name === 'form') {
        form = {
          action: a.action,
          method: (a.method ?? 'get').toUpperCase(),
          class: a.class ?? '',
          fields: [],
        };
        doc.forms.push(form);
      }
      if (['input', 'button', 'select', 'textarea'].includes(k.name) && form)
        form.fields.push({
          tag: k.name,
          type: (a.type ?? (k.name === 'button' ? 'submit' : 'text')).toLowerCase(),
          name: a.name,
          value: a.value ?? (['checkbox', 'radio'].includes((a.type ?? '').toLowerCase()) ? 'on' : ''),
          ...('checked' in a ? { checked: true } : {}),
          ...('formaction' in a ? { formaction: a.formaction } : {}),
        });
      if (k.name === 'a') doc.links.push({ href: a.href ?? '', class: a.class ?? '' });
      if (k.name === 'a' && hasClass(a, 'wc-auth-return')) doc.returnLink ??= a.href ?? '';
      for (const c of ['wc-auth-approve', 'wc-auth-deny', 'wc-auth-logout']) {
        if (hasClass(a, c) && !doc.controls[c]) {
          doc.controls[c] =
            k.name === 'a'
              ? { via: 'link', href: a.href ?? '', text: '' }
              : { via: 'form', form, name: a.name, value: a.value, text: '', formaction: a.formaction };
          control = doc.controls[c];
        }
      }
    } else {
      if (alert && k.name === alert.name && --alert.depth === 0) alert = null;
      if (k.name === 'title') inTitle = false;
      if (k.name === 'head') inHead = false;
      if (/^h[1-3]$/.test(k.name)) heading = null;
      if (k.name === 'form') form = null;
      if (['a', 'button', 'form'].includes(k.name)) control = null;
    }
  }
  flush();
  doc.title = doc.title.replace(/\s+/g, ' ').trim();
  doc.alerts = doc.alerts.map((x) => x.text.replace(/\s+/g, ' ').trim()).filter(Boolean);
  doc.headings = doc.headings.map((h) => h.text.replace(/\s+/g, ' ').trim()).filter(Boolean);
  doc.loginForm = doc.forms.find((f) => f.fields.some((x) => x.type === 'password'));
  doc.error = doc.lines.filter((l) => l.includes('Error:')).join(' | ') || null;
  return doc;
}
