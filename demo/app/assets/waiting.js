/* global document, location, setTimeout */
// On a page that waits for a key: asks once a second whether it came, and then shows it. Without
// JavaScript the page's own link does the same.

const state = document.querySelector('[data-state-url]')?.dataset.stateUrl;

async function look() {
  const answer = await fetch(state).catch(() => undefined);
  if (answer?.ok && (await answer.json()).received) location.reload();
  else setTimeout(look, 1000);
}

if (state) setTimeout(look, 1000);
