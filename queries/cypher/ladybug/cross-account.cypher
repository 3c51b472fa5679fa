// Hops from one account into another.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param account: either side; empty for all (default "")
// param limit: at most so many rows (default 1000)
// example: {"account": "100000000007"}
// result: {"from": "arn:aws:iam::100000000002:role/audit-hub", "to": "arn:aws:iam::100000000007:role/audit-spoke", "mechanism": "assume-role", "verdict": "ALLOWED"}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[h:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = s.id AND a.account <> t.account AND ($account = '' OR a.account = $account OR t.account = $account)
RETURN DISTINCT a.id AS from, t.id AS to, h.mechanism AS mechanism, h.verdict AS verdict
ORDER BY from, to, mechanism, verdict LIMIT $limit
