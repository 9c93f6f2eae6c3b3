/** Sends that wait for something that is not their pace: every turn of a robot asks whether some have waited too long. */
export const sql = /* sql */ `
CREATE INDEX operations_stamped ON operations (robot_id, peer_kind, queued_at)
  WHERE queued_at IS NOT NULL AND kind = 'send' AND state IN ('queued', 'sending') AND late_at IS NULL;
`
