// An OpenID Connect provider on this machine: node provider.js PORT REDIRECT_URI
// Whoever names an account at its login is that person; `name@example.org` is the confirmed address of mail.
import { Provider } from 'oidc-provider'

const [port, redirect] = process.argv.slice(2)
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'casebook', client_secret: 'a-secret-of-this-test', redirect_uris: [redirect],
    application_type: 'native', token_endpoint_auth_method: 'client_secret_basic',
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: false,
  features: { rpInitiatedLogout: { enabled: false } }, // it would ask once more, on a page of its own
  pkce: { required: () => false },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `${id} of the provider`, email: `${id}@example.org`, email_verified: true }),
  }),
})
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
