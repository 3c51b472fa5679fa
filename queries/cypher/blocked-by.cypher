// Near misses that a kind of control withholds, such as all that SCPs filter out.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param control: scp, rcp, boundary, explicit-deny, identity-half, resource-half, trust-half, … (default "scp")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[b:BLOCKED_ASSUME|BLOCKED_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = s.id AND b.control = $control
RETURN a.id AS from, t.id AS to, b.action AS action, b.verdict AS verdict, b.blocked_by AS blocked_by
ORDER BY from, to, action LIMIT $limit
