import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** The OpenAPI document at `/api/schema/` with a page for people at `/api/docs/`; until the UI exists, `/` leads there. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Proxbox',
        version,
        description: 'Keeps NetBox true to Proxmox VE.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
      },
      components: {
        securitySchemes: {
          token: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: '`Token <API token>` or `Bearer <API token>`'
          }
        }
      }
    }
  })
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    uiConfig: { deepLinking: true, persistAuthorization: true },
    // The bar above names another product and asks for an address.
    theme: {
      title: 'Proxbox API',
      css: [{ filename: 'proxbox.css', content: '.swagger-ui .topbar { display: none }' }]
    }
  })
  app.get('/api/schema/', { schema: { hide: true } as object }, async () => app.swagger())
  app.get('/', { schema: { hide: true } as object }, async (_request, reply) =>
    reply.redirect('/api/docs/')
  )
}
