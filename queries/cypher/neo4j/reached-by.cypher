// Every principal from which a chain leads to a role or resource, with the fewest hops of it.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param to: the id of a role or resource
// param max_hops: the longest chain, 1 to 8 (default 4)
// param limit: at most so many rows (default 1000)
// example: {"to": "arn:aws:s3:::acme-invoices/*"}
// result: {"id": "arn:aws:iam::100000000006:role/OrganizationAccountAccessRole", "kind": "role", "account": "100000000006", "hops": 1}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (t:XGraphNode {snapshot: s.id, id: $to})
MATCH p = ANY SHORTEST (a:XGraphNode)((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS]->(y)){1,8}(t)
WITH a, t, size(h) AS hops
WHERE hops <= $max_hops AND t <> a
RETURN a.id AS id, a.kind AS kind, a.account AS account, hops
ORDER BY hops, id LIMIT $limit
