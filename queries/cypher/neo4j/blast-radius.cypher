// Everything that a principal can reach, with the fewest hops to it.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param from: the id of a principal
// param max_hops: the longest chain, 1 to 8 (default 4)
// param limit: at most so many rows (default 1000)
// example: {"from": "arn:aws:iam::100000000003:user/nadia"}
// result: {"id": "arn:aws:iam::100000000003:role/platform-ops", "kind": "role", "account": "100000000003", "hops": 1}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode {snapshot: s.id, id: $from})
MATCH p = ANY SHORTEST (a)((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS]->(y)){1,8}(t:XGraphNode)
WITH a, t, size(h) AS hops
WHERE hops <= $max_hops AND t <> a
RETURN t.id AS id, t.kind AS kind, t.account AS account, hops
ORDER BY hops, id LIMIT $limit
