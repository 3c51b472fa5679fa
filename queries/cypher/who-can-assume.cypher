// Who may assume a role directly.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param to: the ARN of the role
// param limit: at most so many rows (default 1000)
// example: {"to": "arn:aws:iam::100000000007:role/analytics-reader"}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[h:CAN_ASSUME]->(t:XGraphNode)
WHERE t.snapshot = s.id AND t.id = $to AND a.id <> t.id
RETURN a.id AS id, a.kind AS kind, a.account AS account, h.verdict AS verdict, h.condition AS condition
ORDER BY id, verdict, condition LIMIT $limit
