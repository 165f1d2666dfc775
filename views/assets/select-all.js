// The bar below a list: a box selects every key of the page or none, and the button says how many
// are selected. Without JavaScript, the bar has a link to the same page with every box checked.

const bar = document.querySelector('[data-selection]');

if (bar) {
  const all = bar.querySelector('input[type="checkbox"]');
  const button = bar.querySelector('button');
  const boxes = [...bar.closest('form').querySelectorAll('input[name="key_id[]"]')];

  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    all.checked = count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    button.textContent =
      count === 0 ? button.dataset.none : button.dataset.some.replace('{number}', String(count));
  };

  all.closest('label').hidden = false;
  all.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  for (const box of boxes) box.addEventListener('change', show);
  // The browser's back button may restore the boxes after this script has run.
  window.addEventListener('pageshow', show);
  show();
}
