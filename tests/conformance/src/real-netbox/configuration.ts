import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from './home.ts'

/** What changes from start to start. */
export interface Ports {
  readonly postgres: number
  readonly redis: number
}

/** NetBox reads everything from here, so that one file serves every start and no secret is written twice. */
const CONFIGURATION = `import os

ALLOWED_HOSTS = ['127.0.0.1', 'localhost']
# Health checks: connections that are open when the database is replaced are opened again.
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'HOST': '127.0.0.1',
        'PORT': os.environ['CONFORMANCE_PG_PORT'],
        'NAME': os.environ['CONFORMANCE_DATABASE'],
        'USER': 'postgres',
        'PASSWORD': os.environ['CONFORMANCE_PG_PASSWORD'],
        'CONN_MAX_AGE': 300,
        'CONN_HEALTH_CHECKS': True,
    }
}
REDIS = {
    purpose: {
        'HOST': '127.0.0.1',
        'PORT': int(os.environ['CONFORMANCE_REDIS_PORT']),
        'USERNAME': '',
        'PASSWORD': '',
        'DATABASE': number,
        'SSL': False,
    }
    for number, purpose in enumerate(['tasks', 'caching'], int(os.environ['CONFORMANCE_REDIS_FIRST']))
}
SECRET_KEY = os.environ['CONFORMANCE_SECRET_KEY']
API_TOKEN_PEPPERS = {1: os.environ['CONFORMANCE_PEPPER']}
DEBUG = False
LOGIN_REQUIRED = True
ISOLATED_DEPLOYMENT = True
CENSUS_REPORTING_ENABLED = False
`

/** Lays out NETBOX_ROOT. The pip package of NetBox takes its configuration from `conf/configuration.py` there. */
export async function writeConfiguration(home: Home): Promise<void> {
  const conf = join(home.netboxRoot, 'conf')
  const folders = ['conf', 'media', 'static', 'scripts', 'reports']
  for (const folder of folders) await mkdir(join(home.netboxRoot, folder), { recursive: true })
  await writeFile(join(conf, '__init__.py'), '')
  await writeFile(join(conf, 'configuration.py'), CONFIGURATION)
}

/** The environment of every NetBox program. @param redisFirst number of the first of its two Redis databases */
export function netboxEnvironment(
  home: Home,
  ports: Ports,
  database: string,
  redisFirst = 0
): Record<string, string> {
  return {
    NETBOX_ROOT: home.netboxRoot,
    DJANGO_SETTINGS_MODULE: 'netbox.settings',
    PYTHONUNBUFFERED: '1',
    CONFORMANCE_PG_PORT: String(ports.postgres),
    CONFORMANCE_PG_PASSWORD: home.secrets.pgPassword,
    CONFORMANCE_REDIS_PORT: String(ports.redis),
    CONFORMANCE_DATABASE: database,
    CONFORMANCE_REDIS_FIRST: String(redisFirst),
    CONFORMANCE_SECRET_KEY: home.secrets.secretKey,
    CONFORMANCE_PEPPER: home.secrets.pepper
  }
}
