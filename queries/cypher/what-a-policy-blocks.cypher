// What one policy, such as an SCP, withholds all by itself.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param policy: its id or ARN
// param limit: at most so many rows (default 1000)
// example: {"policy": "arn:aws:organizations::100000000001:policy/o-acmeexample/service_control_policy/p-devstaysout"}
// result: {"from": "arn:aws:iam::100000000005:role/feature-lab", "to": "arn:aws:iam::100000000007:role/analytics-reader", "control": "scp", "statement": "arn:aws:organizations::100000000001:policy/o-acmeexample/service_control_policy/p-devstaysout#statement/0"}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[b:BLOCKED_BY]->(w:XGraphNode)<-[:HAS_STATEMENT]-(p:XGraphNode)
WHERE p.snapshot = s.id AND p.id = $policy
RETURN DISTINCT a.id AS from, b.target AS to, b.control AS control, w.id AS statement
ORDER BY from, to, statement LIMIT $limit
