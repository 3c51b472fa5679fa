// Who of another account may write, or manage permissions.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode) WHERE a.snapshot = s.id AND a.id >= '' AND a.account IS NOT NULL
WITH a ORDER BY a.id
CALL (a) {
  MATCH (a)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ACCESS]->(t)
  WHERE a.account <> t.account AND ('Write' IN h.levels OR 'Permissions-management' IN h.levels)
  RETURN DISTINCT t.id AS to, h.action AS action, h.verdict AS verdict
}
RETURN a.id AS from, to, action, verdict
ORDER BY from, to, action, verdict LIMIT $limit
