// Two hops through an account: into one of its roles from elsewhere, and on to something elsewhere.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param account: the account in between
// param limit: at most so many rows (default 1000)
// example: {"account": "100000000006"}
// result: {"from": "account:500000000001", "role": "arn:aws:iam::100000000006:role/heliograph-monitoring", "to": "arn:aws:s3:::acme-press-kit/*", "into_it": "CONDITIONAL", "out_of_it": "ALLOWED"}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[i:CAN_ASSUME]->(r:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(d:XGraphNode)-[o:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode)
WHERE r.snapshot = s.id AND r.account = $account AND a.account <> $account AND t.account <> $account AND a.id <> t.id
RETURN DISTINCT a.id AS from, r.id AS role, t.id AS to, i.verdict AS into_it, o.verdict AS out_of_it
ORDER BY from, role, to, into_it, out_of_it LIMIT $limit
