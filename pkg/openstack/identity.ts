/** Who the credential is. Times are RFC 3339. */
export interface Identity {
  user: { id: string; name: string }
  project: { id: string; name: string }
  roles: string[]
  tokenExpiresAt: string
  /** When the application credential, the password or the given token expires; absent where that is not known. */
  credentialExpiresAt?: string
}
