import * as z from 'zod';
import { parseShape } from './answer.ts';
import { apiPath } from './apiPath.ts';
import type { KiketClient } from './client.ts';
import { getShape } from './getShape.ts';

const text = z.string().nullable();

/** A set of audit records whose Merkle root Kiket has written to a blockchain. Other fields are kept. */
export const auditAnchorSchema = z.looseObject({
  merkle_root: z.string(),
  leaf_count: z.number(),
  network: z.string(),
  status: z.string(),
  tx_hash: text,
  records: z.array(z.looseObject({ id: z.number(), leaf_index: z.number(), content_hash: z.string() })).exactOptional(),
});
export type AuditAnchor = z.infer<typeof auditAnchorSchema>;

/** Proof that a record belongs to an anchor. */
export const auditProofSchema = z.looseObject({
  content_hash: z.string(),
  merkle_root: z.string(),
  leaf_index: z.number(),
  proof: z.array(z.string()),
  tx_hash: text,
});
export type AuditProof = z.infer<typeof auditProofSchema>;

/** The result of Kiket's check of a proof. */
export const auditVerificationSchema = z.looseObject({
  verified: z.boolean(),
  proof_valid: z.boolean(),
  blockchain_verified: z.boolean(),
  error: text.exactOptional(),
});
export type AuditVerification = z.infer<typeof auditVerificationSchema>;

const anchorListSchema = z.looseObject({ anchors: z.array(auditAnchorSchema) });

/** The organization's audit trail: the SDKs' `AuditClient`. */
export interface AuditClient {
  /** @param params Kiket's filters: `status`, `network`, `from`, `to`, `page`, `per_page` */
  listAnchors(params?: Record<string, string>): Promise<z.infer<typeof anchorListSchema>>;
  getAnchor(merkleRoot: string, options?: { includeRecords?: boolean }): Promise<AuditAnchor>;
  getProof(recordId: string | number, recordType?: 'AuditLog' | 'AIAuditLog'): Promise<AuditProof>;
  /** Asks Kiket to check a proof. */
  verify(proof: AuditProof): Promise<AuditVerification>;
}

/** Calls `/api/v1/audit`. */
export function createAuditClient(client: KiketClient): AuditClient {
  return {
    listAnchors: async (params = {}) => getShape(client, anchorListSchema, '/api/v1/audit/anchors', params),
    getAnchor: async (merkleRoot, { includeRecords = false } = {}) =>
      getShape(client, auditAnchorSchema, apiPath`/api/v1/audit/anchors/${merkleRoot}`, {
        include_records: includeRecords ? true : undefined,
      }),
    getProof: async (recordId, recordType) =>
      getShape(client, auditProofSchema, apiPath`/api/v1/audit/records/${recordId}/proof`, { record_type: recordType }),
    verify: async ({ content_hash, merkle_root, proof, leaf_index, tx_hash }) => {
      const path = '/api/v1/audit/verify';
      const answer = await client.post(path, { content_hash, merkle_root, proof, leaf_index, tx_hash });
      return parseShape(auditVerificationSchema, answer, path);
    },
  };
}
