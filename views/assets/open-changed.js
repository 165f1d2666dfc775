// The browser's back button restores what was chosen, but folds a folded section again. This opens
// each section with a choice that differs from the page's own, so that nothing is sent unseen.

const isChanged = (control) => {
  if (control.matches('select'))
    return [...control.options].some((option) => option.selected !== option.defaultSelected);
  return control.checked !== control.defaultChecked || control.value !== control.defaultValue;
};

window.addEventListener('pageshow', () => {
  for (const section of document.querySelectorAll('details'))
    if ([...section.querySelectorAll('input, select, textarea')].some(isChanged)) section.open = true;
});
