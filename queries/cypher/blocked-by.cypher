// Near misses that a kind of control withholds, such as all that SCPs filter out.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param control: scp, rcp, boundary, explicit-deny, identity-half, resource-half, trust-half, … (default "scp")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {"from": "arn:aws:iam::100000000005:role/feature-lab", "to": "arn:aws:iam::100000000007:role/analytics-reader", "action": null, "verdict": "EXPLICITLY_DENIED", "blocked_by": ["`NoRolesOfProdAndData` of SCP arn:aws:organizations::100000000001:policy/o-acmeexample/service_control_policy/p-devstaysout at ou-acme-workloadsdev denies it"]}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[b:BLOCKED_ASSUME|BLOCKED_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = s.id AND b.control = $control
RETURN a.id AS from, t.id AS to, b.action AS action, b.verdict AS verdict, b.blocked_by AS blocked_by
ORDER BY from, to, action LIMIT $limit
