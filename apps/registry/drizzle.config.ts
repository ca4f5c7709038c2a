import { defineConfig } from 'drizzle-kit'

const config = defineConfig({
  dialect: 'postgresql',
  schema: './src/db/schema.ts',
  out: './src/db/migrations',
  casing: 'snake_case',
  schemaFilter: ['registry']
})

// drizzle-kit reads the default export of its configuration and nothing else.
export { config as default }
