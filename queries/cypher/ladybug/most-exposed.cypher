// Resources by how many principals may do something to them directly.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 20)
// example: {}
// result: {"resource": "arn:aws:s3:::acme-press-kit/*", "kind": "object", "principals": 55}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[h:CAN_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = s.id
WITH t.id AS resource, t.kind AS kind, count(DISTINCT a.id) AS principals
RETURN resource, kind, principals
ORDER BY principals DESC, resource LIMIT $limit
