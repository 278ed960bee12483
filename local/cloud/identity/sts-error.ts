/** An OAuth error of the token endpoint (RFC 6749 section 5.2, RFC 8693): always HTTP 400 with `{error, error_description}`. */
export class StsError extends Error {
  readonly code:
    | 'invalid_request'
    | 'invalid_grant'
    | 'invalid_target'
    | 'unauthorized_client'
    | 'unsupported_grant_type';

  constructor(code: StsError['code'], description: string) {
    super(description);
    this.name = 'StsError';
    this.code = code;
  }
}
