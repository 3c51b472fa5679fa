// Pairs of a principal and what it reaches in one hop, that an older snapshot does not have.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param since: the older snapshot, by the name of its pointer
// param limit: at most so many rows (default 1000)
// example: {"since": "current"}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (:XGraphPointer {name: $since})-[:POINTS_TO]->(z:XGraphSnapshot)
MATCH (c:XGraphNode)-[:CAN_ASSUME|CAN_ACCESS]->(t:XGraphNode) WHERE t.snapshot = s.id
WITH DISTINCT z, c
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c)
OPTIONAL MATCH (:XGraphNode {snapshot: z.id, id: a.id})-[:ACTS_AS|MEMBER_OF]->(d)
WITH a, c, d ORDER BY elementId(d)
WITH a, c, collect(d) AS before
WITH c, before, collect(a.id) AS members
CALL (before) {
  UNWIND before AS d
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
