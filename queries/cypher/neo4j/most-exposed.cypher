// Resources by how many principals may do something to them directly.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 20)
// example: {}
// result: {"resource": "arn:aws:s3:::acme-press-kit/*", "kind": "object", "principals": 55}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (c:XGraphNode)-[:CAN_ACCESS]->(t:XGraphNode) WHERE t.snapshot = s.id
WITH DISTINCT t, c
WITH t, c, coalesce(c.size, 1) AS size ORDER BY elementId(c)
WITH t, collect(c) AS through, max(size) AS least, sum(size) AS most
WITH through, least, most, collect(t) AS reached
ORDER BY least DESC
WITH collect({through: through, least: least, most: most, reached: reached}) AS groups
WITH groups, reduce(found = {count: 0, least: 0}, one IN groups |
  CASE WHEN found.count >= $limit THEN found ELSE {count: found.count + size(one.reached), least: one.least} END) AS cut
WITH cut, [one IN groups WHERE one.most >= cut.least] AS groups
UNWIND groups AS one
CALL (one) {
  UNWIND one.through AS c
  MATCH (a)-[:ACTS_AS|MEMBER_OF]->(c)
  RETURN count(DISTINCT a) AS principals
}
UNWIND one.reached AS t
RETURN t.id AS resource, t.kind AS kind, principals
ORDER BY principals DESC, resource LIMIT $limit
