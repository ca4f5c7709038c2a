import { Settings, SettingsWrite } from '../../endpoints.ts'
import { apiPrefix, type Route } from '../route.ts'
import { registry } from './callers.ts'

export const settingsRoutes: readonly Route[] = [
  {
    ...registry,
    callers: ['gateway', 'orchestrator', 'collector', 'inventory'],
    operationId: 'readSettings',
    method: 'GET',
    path: `${apiPrefix}/settings/`,
    permission: 'netbox_proxbox.view_proxboxpluginsettings',
    tag: 'settings',
    summary: 'Read the settings',
    status: 200,
    reply: Settings
  },
  {
    ...registry,
    operationId: 'updateSettings',
    method: 'PATCH',
    path: `${apiPrefix}/settings/`,
    permission: 'netbox_proxbox.change_proxboxpluginsettings',
    tag: 'settings',
    summary: 'Change settings',
    status: 200,
    body: SettingsWrite,
    reply: Settings
  }
]
