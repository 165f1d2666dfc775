// A form with data-progress is sent once: the pressed button shows its text for a busy state
// (data-busy), and further presses are ignored. The button is not disabled, because the browser
// would then not send its name and value. Without JavaScript the form still works: the server
// decides a request only once.

for (const form of document.querySelectorAll('form[data-progress]')) {
  const status = form.querySelector('[data-progress-status]');
  let pressed = null;
  let idleText = '';

  const labelOf = (button) => button.querySelector('[data-label]') ?? button;

  form.addEventListener('submit', (event) => {
    if (pressed) {
      event.preventDefault();
      return;
    }
    pressed = event.submitter ?? form.querySelector('button[type="submit"]');
    const label = labelOf(pressed);
    idleText = label.textContent;
    label.textContent = pressed.dataset.busy ?? idleText;
    pressed.setAttribute('aria-busy', 'true');
    for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true');
    if (status && pressed.dataset.busyStatus) {
      status.textContent = pressed.dataset.busyStatus;
      status.classList.add('is-busy');
    }
  });

  const rest = () => {
    if (!pressed) return;
    labelOf(pressed).textContent = idleText;
    pressed.removeAttribute('aria-busy');
    for (const button of form.querySelectorAll('button')) button.removeAttribute('aria-disabled');
    if (status) {
      status.textContent = '';
      status.classList.remove('is-busy');
    }
    pressed = null;
  };

  // The browser's back button may show the page from its cache, with the button still busy.
  window.addEventListener('pageshow', rest);
}
