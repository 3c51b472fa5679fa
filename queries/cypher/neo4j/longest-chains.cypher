// The pairs of a user or an outside principal and a role that lie farthest apart, by their shortest chain.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param account: sources of this account only; empty for all (default "")
// param limit: at most so many rows (default 20)
// example: {}
// result: {"from": "arn:aws:iam::100000000003:user/nadia", "to": "arn:aws:iam::100000000007:role/backup-operator", "hops": 4, "roles": ["arn:aws:iam::100000000003:role/platform-ops", "arn:aws:iam::100000000004:role/pipeline-admin", "arn:aws:iam::100000000006:role/deployer", "arn:aws:iam::100000000007:role/backup-operator"]}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode {snapshot: s.id})
WHERE (a.kind = 'user' OR NOT a.collected) AND ($account = '' OR a.account = $account)
MATCH p = ANY SHORTEST (a)((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME]->(y)){1,12}(t:Role)
WHERE a <> t
RETURN a.id AS from, t.id AS to, size(h) AS hops, [n IN y | n.id] AS roles
ORDER BY hops DESC, from, to LIMIT $limit
