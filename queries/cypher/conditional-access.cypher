// Hops that depend on a condition, with the condition.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param account: the account of the target; empty for all (default "")
// param limit: at most so many rows (default 1000)
// example: {"account": "100000000006"}
// result: {"from": "account:500000000001", "principals": null, "to": "arn:aws:iam::100000000006:role/heliograph-monitoring", "action": null, "condition": "if sts:ExternalId is `acme-7f3c9a1e52d8` and the administrator of account `500000000001` delegates it"}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (c:XGraphNode)-[h:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = s.id AND h.verdict = 'CONDITIONAL' AND ($account = '' OR t.account = $account)
RETURN c.id AS from, c.size AS principals, t.id AS to, h.action AS action, h.condition AS condition
ORDER BY to, from, action, condition LIMIT $limit
