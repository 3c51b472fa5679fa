// Pairs of a principal and what it reached in one hop in an older snapshot, and does no more.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param since: the older snapshot, by the name of its pointer
// param limit: at most so many rows (default 1000)
// example: {"since": "current"}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (:XGraphPointer {name: $since})-[:POINTS_TO]->(z:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[h:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = z.id AND a.id <> t.id AND NOT EXISTS {
  MATCH (a2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME|CAN_ACCESS]->(t2:XGraphNode)
  WHERE a2.snapshot = s.id AND a2.id = a.id AND t2.id = t.id
}
RETURN DISTINCT a.id AS from, t.id AS to
ORDER BY from, to LIMIT $limit
