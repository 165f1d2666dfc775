// Buttons with the class `reveal` show what was typed into a password field, and hide it again.
// Without JavaScript they stay hidden.

for (const button of document.querySelectorAll('.reveal')) {
  const field = document.getElementById(button.getAttribute('aria-controls'));
  const show = (isShown) => {
    field.type = isShown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(isShown));
  };
  button.hidden = false;
  button.addEventListener('click', () => show(field.type === 'password'));
  // A browser may save what it sends from a text field, and offer it in other forms.
  field.form.addEventListener('submit', () => show(false));
  // The page may come out of the browser's cache as it was left.
  window.addEventListener('pageshow', () => show(false));
}
