// Writes api-types/<service>.d.ts from the exported OpenAPI documents: `npm run types [folder of documents]`.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const SERVICES = ['cases', 'routing', 'tracking-gateway', 'insights']

const web = dirname(dirname(fileURLToPath(import.meta.url)))
const documents = process.argv[2] ?? join(web, '..', 'contracts', 'openapi')
const target = process.argv[3] ?? join(web, 'api-types')

await mkdir(target, { recursive: true })
for (const service of SERVICES) {
  const document = JSON.parse(await readFile(join(documents, `${service}.json`), 'utf8'))
  // Only the shapes of bodies are used; paths and answers are the business of the contract tests.
  const shapes = { openapi: document.openapi, info: document.info, paths: {}, components: { schemas: document.components.schemas } }
  const types = astToString(await openapiTS(shapes, { exportType: true, alphabetize: true }))
  await writeFile(join(target, `${service}.d.ts`), `// Generated from contracts/openapi/${service}.json by \`npm run types\`.\n${types}`)
}
