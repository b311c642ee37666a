/**
 * Storage failures, told with the server and the operation they hit.
 */
import { StorageFailed } from "../errors.ts"
import type { PersisterError } from "../Persister.ts"

export const storageFailed = (
  server: string,
  operation: StorageFailed["operation"],
  error: PersisterError
): StorageFailed => new StorageFailed({ server, operation, cause: error.cause })
