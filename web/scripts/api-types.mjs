// Writes api-types/<service>.d.ts from the exported OpenAPI documents: `npm run types`.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const SERVICES = ['cases', 'routing', 'tracking-gateway', 'insights']

const web = dirname(dirname(fileURLToPath(import.meta.url)))
const documents = join(web, '..', 'contracts', 'openapi')
const target = join(web, 'api-types')

await mkdir(target, { recursive: true })
for (const service of SERVICES) {
  const document = JSON.parse(await readFile(join(documents, `${service}.json`), 'utf8'))
  // Only the shapes of bodies are used; paths and answers are the business of the contract tests.
  const shapes = { openapi: document.openapi, info: document.info, paths: {}, components: { schemas: document.components.schemas } }
  const types = astToString(await openapiTS(shapes, { exportType: true, alphabetize: true }))
  await writeFile(join(target, `${service}.d.ts`), types)
}
