// The policies of a principal, group or resource, statement by statement.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param of: its id
// param limit: at most so many rows (default 1000)
// example: {"of": "arn:aws:iam::100000000007:role/analytics-reader"}
// result: {"type": "identity", "policy": "arn:aws:iam::100000000007:role/analytics-reader#inline/read-orders", "statement": 0, "sid": "ReadOrders", "effect": "Allow", "actions": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"], "resources": ["arn:aws:dynamodb:eu-central-1:100000000007:table/Orders"], "principals": []}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n:XGraphNode)<-[:ATTACHED_TO]-(p:XGraphNode)-[:HAS_STATEMENT]->(w:XGraphNode)
WHERE n.snapshot = s.id AND n.id = $of
RETURN p.policy_type AS type, p.id AS policy, w.`index` AS statement, w.sid AS sid, w.effect AS effect, w.actions AS actions, w.resources AS resources, w.principals AS principals
ORDER BY type, policy, statement LIMIT $limit
