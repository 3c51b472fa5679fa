// Asks iam-simulate: one simulation a line on stdin, one answer a line on stdout, in order.
//
//     node driver.mjs FOLDER
//
// FOLDER is where npm has installed it. An answer is {result, ignored} with the keys of the context that it left out, or {error}.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const require = createRequire(join(process.argv[2], 'package.json'))
const { anonymousPrincipal, runSimulation } = require('@cloud-copilot/iam-simulate')

async function answer(line) {
  const simulation = JSON.parse(line)
  if (simulation.request.principal === '*') simulation.request.principal = anonymousPrincipal
  const found = await runSimulation(simulation, { simulationMode: 'Strict' })
  if (found.resultType === 'single') return { result: found.overallResult, ignored: found.result.ignoredContextKeys ?? [] }
  return { error: found.resultType === 'error' ? JSON.stringify(found.errors) : `asked about a set: ${found.resultType}` }
}

for await (const line of createInterface({ input: process.stdin })) {
  const found = await answer(line).catch((error) => ({ error: String(error) }))
  process.stdout.write(JSON.stringify(found) + '\n')
}
