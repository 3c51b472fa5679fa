// What one policy, such as an SCP, withholds all by itself.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param policy: its id or ARN
// param limit: at most so many rows (default 1000)
// example: {"policy": "p-devstaysout"}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[b:BLOCKED_BY]->(w:XGraphNode)<-[:HAS_STATEMENT]-(p:XGraphNode)
WHERE p.snapshot = s.id AND p.id = $policy
RETURN DISTINCT a.id AS from, b.target AS to, b.control AS control, w.id AS statement
ORDER BY from, to, statement LIMIT $limit
