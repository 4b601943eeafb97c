// Reads one simulation a line as JSON and answers each with one line: {"result": ...} or {"error": ...}.
import { createInterface } from 'node:readline';
import { runSimulation } from '@cloud-copilot/iam-simulate';

for await (const line of createInterface({ input: process.stdin })) {
  const found = await runSimulation(JSON.parse(line), { simulationMode: 'Strict' });
  const answer =
    found.resultType === 'error'
      ? { error: found.errors }
      : { result: found.overallResult, ignored: found.result?.ignoredContextKeys };
  process.stdout.write(JSON.stringify(answer) + '\n');
}
