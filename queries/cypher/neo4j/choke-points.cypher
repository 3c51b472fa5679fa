// Roles through which many principals get to many things: how many may assume it, how much it reaches, directly.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 20)
// example: {}
// result: {"role": "arn:aws:iam::100000000006:role/OrganizationAccountAccessRole", "principals": 2, "reaches": 7, "pairs": 14}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (d:XGraphNode)-[:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode) WHERE t.snapshot = s.id
WITH s, d, count(DISTINCT t) AS reached
MATCH (r:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(d) WHERE r.kind = 'role'
WITH r, max(reached) - 1 AS few, sum(reached) AS many
MATCH (c:XGraphNode)-[:CAN_ASSUME]->(r)
WITH r, few, many, max(coalesce(c.size, 1)) - 1 AS fewest, sum(coalesce(c.size, 1)) AS most
WITH r, few * fewest AS least, many * most AS most
ORDER BY least DESC
WITH collect({role: r, least: least, most: most}) AS roles
WITH roles, coalesce(roles[$limit - 1].least, 0) AS cut
UNWIND roles AS one
WITH one.role AS r WHERE one.most >= cut AND one.most > 0
CALL (r) {
  MATCH (a)-[:ACTS_AS|MEMBER_OF]->(c)-[:CAN_ASSUME]->(r) WHERE a <> r
  RETURN count(DISTINCT a) AS principals
}
CALL (r) {
  MATCH (r)-[:ACTS_AS|MEMBER_OF]->(d)-[:CAN_ASSUME|CAN_ACCESS]->(t) WHERE t <> r
  RETURN count(DISTINCT t) AS reaches
}
WITH r, principals, reaches WHERE principals > 0 AND reaches > 0
RETURN r.id AS role, principals, reaches, principals * reaches AS pairs
ORDER BY pairs DESC, role LIMIT $limit
