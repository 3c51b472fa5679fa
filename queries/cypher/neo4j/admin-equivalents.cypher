// Who holds an Allow of every action on every resource, and who becomes such a principal; what a boundary or guardrail leaves of it, `xgraph simulate` says.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param max_hops: the longest chain, 1 to 8 (default 4)
// param limit: at most so many rows (default 1000)
// example: {}
// result: {"id": "arn:aws:iam::100000000001:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_AdministratorAccess_4f4e12eb4c9b8c0c", "kind": "role", "account": "100000000001", "becomes": "arn:aws:iam::100000000001:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_AdministratorAccess_4f4e12eb4c9b8c0c", "hops": 0}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (w:XGraphNode {snapshot: s.id, kind: 'statement'})
WHERE w.effect = 'Allow' AND w.policy_type IN ['identity', 'group']
  AND '*' IN w.actions AND NOT w.not_actions AND '*' IN w.resources AND NOT w.not_resources AND size(w.condition_keys) = 0
WITH w MATCH (w)<-[:HAS_STATEMENT]-(:XGraphNode)-[:ATTACHED_TO]->(held:XGraphNode)
WHERE held.kind IN ['user', 'role', 'group']
WITH DISTINCT held
CALL (held) {
  WITH held WHERE held.kind <> 'group' RETURN held AS t
  UNION
  MATCH (t:XGraphNode)-[:MEMBER_OF]->(held) WHERE held.kind = 'group' RETURN t
}
WITH collect(DISTINCT t) AS admins
CALL (admins) {
  UNWIND admins AS t
  RETURN t AS a, t, 0 AS hops
  UNION ALL
  UNWIND admins AS t
  MATCH p = ANY SHORTEST (a:XGraphNode)((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME]->(y)){1,8}(t)
  WHERE a <> t AND size(admins) < $limit
  RETURN a, t, size(h) AS hops
}
WITH a, t, hops WHERE hops <= $max_hops
RETURN a.id AS id, a.kind AS kind, a.account AS account, t.id AS becomes, hops
ORDER BY hops, id, becomes LIMIT $limit
