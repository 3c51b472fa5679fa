// What a principal may do directly: roles that it assumes, resources that it accesses.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param from: the id of the principal
// param limit: at most so many rows (default 1000)
// example: {"from": "arn:aws:iam::100000000006:role/invoice-renderer"}
// result: {"id": "arn:aws:s3:::acme-invoices/*", "kind": "object", "account": "100000000007", "action": "s3:GetObject", "mechanism": "resource-policy", "verdict": "ALLOWED", "condition": null}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[h:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode)
WHERE a.snapshot = s.id AND a.id = $from AND t.id <> a.id
RETURN t.id AS id, t.kind AS kind, t.account AS account, h.action AS action, h.mechanism AS mechanism, h.verdict AS verdict, h.condition AS condition
ORDER BY id, action, mechanism, verdict, condition LIMIT $limit
