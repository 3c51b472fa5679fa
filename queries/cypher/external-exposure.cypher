// What principals outside the collected accounts may assume or access: other accounts, services, anybody.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {"from": "account:500000000001", "to": "arn:aws:iam::100000000006:role/heliograph-monitoring", "account": "100000000006", "mechanism": "assume-role", "verdict": "CONDITIONAL", "condition": "if sts:ExternalId is `acme-7f3c9a1e52d8` and the administrator of account `500000000001` delegates it"}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[h:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = s.id AND a.collected = false AND a.kind <> 'service' AND a.kind <> 'session'
RETURN DISTINCT a.id AS from, t.id AS to, t.account AS account, h.mechanism AS mechanism, h.verdict AS verdict, h.condition AS condition
ORDER BY from, to, mechanism, verdict LIMIT $limit
