import { type AuditKey, auditKeyOf } from '../../../src/audit/audit-key.ts';
import { Secret } from '../../../src/config/secret.ts';

export const testAuditKey = 'the audit key of the tests';

export function auditKey(text = testAuditKey, configured = true): AuditKey {
  return auditKeyOf({ secret: new Secret(text), configured });
}
