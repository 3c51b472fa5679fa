// Roles that no principal, service or stranger of this snapshot may assume.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (r:XGraphNode)
WHERE r.snapshot = s.id AND r.kind = 'role' AND NOT EXISTS { MATCH (c:XGraphNode)-[:CAN_ASSUME]->(r) }
RETURN r.id AS role, r.account AS account, r.account_name AS account_name
ORDER BY role LIMIT $limit
