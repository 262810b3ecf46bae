// Lets a page follow what happens. Everything it shows is made by the server: whenever
// something has happened the page is asked for again, and what differs takes the place of
// what was there, so that what somebody listens to or writes goes on.
'use strict';
(() => {
  const main = document.querySelector('main[data-live]');
  if (!main || !window.EventSource) return;

  const lost = document.getElementById('lost');
  const trusted = window.trustedTypes
    ? window.trustedTypes.createPolicy('clearline', { createHTML: (text) => text })
    : { createHTML: (text) => text };

  // like says whether one element can become the other.
  const like = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName &&
    (a.nodeType !== Node.ELEMENT_NODE ||
      (a.getAttribute('data-key') === b.getAttribute('data-key') && a.id === b.id && a.getAttribute('src') === b.getAttribute('src')));

  // become makes an element what another is, with as little change as there can be.
  const become = (from, to) => {
    if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
      return;
    }
    if (from.nodeName === 'AUDIO' || from === document.activeElement && 'value' in from && from.nodeName !== 'BUTTON') return;
    for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && name !== 'open') from.removeAttribute(name);
    for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    let at = from.firstChild;
    for (const next of [...to.childNodes]) {
      let kept = at;
      while (kept && !like(kept, next)) kept = kept.nextSibling;
      if (!kept) {
        from.insertBefore(document.importNode(next, true), at);
        continue;
      }
      while (at !== kept) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
      }
      become(kept, next);
      at = kept.nextSibling;
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  };

  let asking = false;
  let again = false;
  const look = async () => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      do {
        again = false;
        const answer = await fetch(location.href, { headers: { Accept: 'text/html', 'Clearline-Follow': 'yes' } });
        if (answer.redirected) {
          location.reload();
          return;
        }
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(trusted.createHTML(await answer.text()), 'text/html');
        const next = page.querySelector('main');
        const said = main.querySelector('.said');
        if (said && !next.querySelector('.said')) next.prepend(said.cloneNode(true));
        become(main, next);
      } while (again);
    } catch {
      // the connection is gone, and the stream says so
    } finally {
      asking = false;
    }
  };

  const stream = new EventSource('/live');
  stream.onmessage = look;
  stream.onopen = () => {
    if (!lost.hidden) look();
    lost.hidden = true;
    main.dataset.following = 'yes';
  };
  stream.onerror = () => {
    lost.hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  };
  addEventListener('pagehide', () => stream.close());
  setInterval(() => { if (!document.hidden) look(); }, 20000); // minutes go on
})();
