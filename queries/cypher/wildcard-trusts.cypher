// Trust and resource policies that allow every principal, and the condition keys that narrow it.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {"id": "arn:aws:s3:::acme-press-kit", "kind": "bucket", "statement": "arn:aws:s3:::acme-press-kit#resource-policy#statement/0", "actions": ["s3:GetObject"], "condition_keys": []}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (t:XGraphNode)<-[:ATTACHED_TO]-(p:XGraphNode)-[:HAS_STATEMENT]->(w:XGraphNode)
WHERE t.snapshot = s.id AND (p.policy_type = 'trust' OR p.policy_type = 'resource') AND w.effect = 'Allow' AND '*' IN w.principals
RETURN t.id AS id, t.kind AS kind, w.id AS statement, w.actions AS actions, w.condition_keys AS condition_keys
ORDER BY id, statement LIMIT $limit
