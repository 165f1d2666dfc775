// Buttons with data-copy copy the text of the element they name to the clipboard and say so.
// Without JavaScript the buttons stay hidden, and one click selects the text.

const status = document.querySelector('[data-copy-status]');

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    // navigator.clipboard does not exist over plain HTTP. execCommand works there.
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
