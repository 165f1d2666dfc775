export { formWith, htmlForms, linkHref, textOf, titleOf, type HtmlForm } from '../../../emulator/html-forms';
