// The pairs of a user or an outside principal and a role that lie farthest apart, by their shortest chain.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param account: sources of this account only; null for all (default null)
// param limit: at most so many rows (default 20)
// example: {}
// result: {}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode {snapshot: s.id})
WHERE (a.kind = 'user' OR NOT a.collected) AND ($account IS NULL OR a.account = $account)
MATCH p = ANY SHORTEST (a)((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME]->(y)){1,12}(t:Role)
WHERE a <> t
RETURN a.id AS from, t.id AS to, size(h) AS hops, [n IN y | n.id] AS roles
ORDER BY hops DESC, from, to LIMIT $limit
