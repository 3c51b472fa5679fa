// Pairs of a principal and what it reached in one hop in an older snapshot, and does no more.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param since: the older snapshot, by the name of its pointer
// param limit: at most so many rows (default 1000)
// example: {"since": "current"}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (:XGraphPointer {name: $since})-[:POINTS_TO]->(z:XGraphSnapshot)
MATCH (c:XGraphNode)-[:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode) WHERE t.snapshot = z.id
WITH DISTINCT s, c
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c)
OPTIONAL MATCH (:XGraphNode {snapshot: s.id, id: a.id})-[:ACTS_AS|MEMBER_OF]->(d)
WITH a, c, d ORDER BY elementId(d)
WITH a, c, collect(d) AS after
WITH c, after, collect(a.id) AS members
CALL (after) {
  UNWIND after AS d
  MATCH (d)-[:CAN_ASSUME|CAN_ACCESS]->(u)
  RETURN collect(DISTINCT u.id) AS known
}
CALL (c, known) {
  MATCH (c)-[:CAN_ASSUME|CAN_ACCESS]->(t) WHERE NOT t.id IN known
  RETURN DISTINCT t.id AS to
}
UNWIND members AS from
WITH DISTINCT from, to WHERE from <> to
RETURN from, to
ORDER BY from, to LIMIT $limit
