// Prints the mistakes that GitHub's own parser finds in workflows and actions, as JSON:
// `node --import tsx check-workflows.mjs FILE…`. The parser has ES modules only, which jest does
// not load, and imports JSON, which Node 20 loads with tsx alone.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parseAction } from '@actions/workflow-parser/actions/action-parser';

/** Returns the mistakes of one file: its form, and the syntax and contexts of its expressions. */
async function mistakesIn(name) {
  const file = { name, content: readFileSync(name, 'utf8') };
  const trace = new NoOperationTraceWriter();
  if (basename(name) === 'action.yml') return parseAction(file, trace).context.errors.getErrors();
  const { context, value } = parseWorkflow(file, trace);
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors();
}

const found = await Promise.all(process.argv.slice(2).map(mistakesIn));
console.log(JSON.stringify(found.flat().map(({ message }) => message)));
