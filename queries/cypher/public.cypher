// What callers without credentials, or of any AWS account at all, may do.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {"from": "anonymous", "to": "arn:aws:s3:::acme-press-kit/*", "action": "s3:GetObject", "actions": ["s3:GetObject"], "verdict": "ALLOWED", "condition": null}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[h:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = s.id AND (a.kind = 'anonymous' OR a.kind = 'any-aws-principal')
RETURN a.id AS from, t.id AS to, h.action AS action, h.actions AS actions, h.verdict AS verdict, h.condition AS condition
ORDER BY from, to, action LIMIT $limit
