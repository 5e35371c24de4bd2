/**
 * The `code` of an error of Node or of a driver. Asks for no class: an error may come from another realm, as
 * those of Node's own modules do inside Jest.
 */
export function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
