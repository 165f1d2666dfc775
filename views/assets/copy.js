// Buttons with data-copy put the text of the element they name into the clipboard, and say so. Without JavaScript they
// stay hidden, and the text is marked with one click and copied by hand.

const status = document.querySelector('[data-copy-status]');

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    // Over plain HTTP there is no clipboard but the old way to it.
    window.getSelection().selectAllChildren(element);
    return document.execCommand('copy');
  }
}

for (const button of document.querySelectorAll('[data-copy]')) {
  const element = document.getElementById(button.dataset.copy);
  const label = button.querySelector('[data-label]');
  const idle = label.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    if (!(await copy(element))) return;
    label.textContent = button.dataset.copied;
    status.textContent = button.dataset.copied;
    window.setTimeout(() => {
      label.textContent = idle;
      status.textContent = '';
    }, 2000);
  });
}
