// Roles whose trust names a whole account, and how many principals of it may assume them.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {"role": "arn:aws:iam::100000000005:role/deployer", "set_id": "set:0", "principals": 3, "verdict": "ALLOWED", "condition": null}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (c:XGraphNode)-[h:CAN_ASSUME]->(t:XGraphNode)
WHERE t.snapshot = s.id AND c.kind = 'set'
RETURN t.id AS role, c.id AS set_id, c.size AS principals, h.verdict AS verdict, h.condition AS condition
ORDER BY principals DESC, role, set_id LIMIT $limit
