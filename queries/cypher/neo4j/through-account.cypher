// Two hops through an account: into one of its roles from elsewhere, and on to something elsewhere.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param account: the account in between
// param limit: at most so many rows (default 1000)
// example: {"account": "100000000006"}
// result: {"from": "account:500000000001", "role": "arn:aws:iam::100000000006:role/heliograph-monitoring", "to": "arn:aws:s3:::acme-press-kit/*", "into_it": "CONDITIONAL", "out_of_it": "ALLOWED"}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (r:XGraphNode {snapshot: s.id, kind: 'role'}) WHERE r.account = $account
CALL (r) {
  MATCH (r)-[:ACTS_AS|MEMBER_OF]->(d)-[o:CAN_ASSUME|CAN_ACCESS]->(t) WHERE t.account <> $account
  RETURN collect(DISTINCT [t.id, o.verdict]) AS beyond
}
WITH r, beyond WHERE size(beyond) > 0
CALL (r) {
  MATCH (c)-[i:CAN_ASSUME]->(r)
  MATCH (a)-[:ACTS_AS|MEMBER_OF]->(c) WHERE a.account <> $account
  RETURN DISTINCT a.id AS from, i.verdict AS into_it
}
UNWIND beyond AS each
WITH from, r, each, into_it WHERE from <> each[0]
RETURN from, r.id AS role, each[0] AS to, into_it, each[1] AS out_of_it
ORDER BY from, role, to, into_it, out_of_it LIMIT $limit
