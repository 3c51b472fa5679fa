// Times iam-simulate on the simulations of a file, one a line, and prints what it found as one line of JSON.
//
//     node benchmarks/decisions.mjs FOLDER FILE PASSES
//
// FOLDER is where npm has installed it. Equal documents are validated once, before the clock runs. Seconds are processor time.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [folder, file, passes] = process.argv.slice(2)
const require = createRequire(join(folder, 'package.json'))
const { runSimulation } = require('@cloud-copilot/iam-simulate')
const kinds = require('@cloud-copilot/iam-policy')

const seen = new Map()
function validated(document, validate) {
  const name = validate.name + JSON.stringify(document)
  if (!seen.has(name)) seen.set(name, kinds.createValidatedPolicy(document, validate))
  return seen.get(name)
}

function prepared(line) {
  const found = JSON.parse(line)
  const each = (list, validate) => list?.forEach((one) => (one.policy = validated(one.policy, validate)))
  each(found.identityPolicies, kinds.validateIdentityPolicy)
  each(found.permissionBoundaryPolicies, kinds.validateIdentityPolicy)
  found.serviceControlPolicies.forEach((level) => each(level.policies, kinds.validateServiceControlPolicy))
  found.resourceControlPolicies.forEach((level) => each(level.policies, kinds.validateResourceControlPolicy))
  if (found.resourcePolicy) found.resourcePolicy = validated(found.resourcePolicy, kinds.validateResourcePolicy)
  return found
}

const simulations = readFileSync(file, 'utf8').trim().split('\n').map(prepared)
const seconds = []
let verdicts = []
for (let pass = 0; pass < Number(passes); pass++) {
  verdicts = []
  const began = process.cpuUsage()
  for (const one of simulations) {
    const found = await runSimulation(one, { simulationMode: 'Strict' })
    verdicts.push(found.resultType === 'single' ? found.overallResult : JSON.stringify(found))
  }
  const spent = process.cpuUsage(began)
  seconds.push((spent.user + spent.system) / 1e6)
}
console.log(JSON.stringify({ seconds, verdicts }))
