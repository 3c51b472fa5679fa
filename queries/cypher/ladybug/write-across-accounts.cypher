// Who of another account may write, or manage permissions.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[h:CAN_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = s.id AND a.account <> t.account AND ('Write' IN h.levels OR 'Permissions-management' IN h.levels)
RETURN DISTINCT a.id AS from, t.id AS to, h.action AS action, h.verdict AS verdict
ORDER BY from, to, action, verdict LIMIT $limit
