// Roles through which many principals get to many things: how many may assume it, how much it reaches, directly.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 20)
// example: {}
// result: {"role": "arn:aws:iam::100000000006:role/OrganizationAccountAccessRole", "principals": 2, "reaches": 7, "pairs": 14}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[:CAN_ASSUME]->(r:XGraphNode)
WHERE r.snapshot = s.id AND a.id <> r.id
WITH r, count(DISTINCT a.id) AS principals
MATCH (r)-[:ACTS_AS|MEMBER_OF]->(d:XGraphNode)-[:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode)
WHERE t.id <> r.id
WITH r.id AS role, principals, count(DISTINCT t.id) AS reaches
RETURN role, principals, reaches, principals * reaches AS pairs
ORDER BY pairs DESC, role LIMIT $limit
