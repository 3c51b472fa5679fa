// Roles that an account which was not collected may assume, though the trust asks for no external id.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[h:CAN_ASSUME]->(t:XGraphNode)<-[:ATTACHED_TO]-(p:XGraphNode)-[:HAS_STATEMENT]->(w:XGraphNode)
WHERE t.snapshot = s.id AND a.collected = false AND a.account IS NOT NULL AND p.policy_type = 'trust' AND w.effect = 'Allow'
  AND NOT 'sts:externalid' IN w.condition_keys AND (a.account IN w.principals OR a.id IN w.principals OR '*' IN w.principals)
RETURN DISTINCT a.id AS from, t.id AS role, w.id AS statement, h.verdict AS verdict
ORDER BY from, role, statement LIMIT $limit
