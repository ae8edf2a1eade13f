import { client } from '../shared/http'
import { oidc } from '../shared/oidc'

export const session = oidc('/auth', 'posthouse-desk', '/desk/', 'openid profile offline_access')
export const request = client(session.token, session.renew)
