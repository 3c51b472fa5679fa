// Roles that an AWS service may assume.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {"service": "service:batch.amazonaws.com", "role": "arn:aws:iam::100000000006:role/finance-batch", "verdict": "ALLOWED", "condition": null}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[h:CAN_ASSUME]->(t:XGraphNode)
WHERE t.snapshot = s.id AND a.kind = 'service'
RETURN a.id AS service, t.id AS role, h.verdict AS verdict, h.condition AS condition
ORDER BY service, role LIMIT $limit
