// Every chain of hops from one place to another, shortest first, as `xgraph paths` lists them.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param from: where chains start: the id of a principal, account:ID, a group, ou:ID or org:ID
// param to: where they end: the id of a role or resource; BUCKET-ARN/* for objects
// param action: what is done at the end, such as s3:GetObject; empty for any (default "")
// param max_hops: the longest chain, 1 to 12 (default 6)
// param min_verdict: CONDITIONAL for all, ALLOWED for chains that depend on nothing (default "CONDITIONAL")
// param limit: at most so many rows (default 1000)
// example: {"from": "arn:aws:iam::100000000003:user/nadia", "to": "arn:aws:iam::100000000007:role/backup-operator"}
// result: {"nodes": ["arn:aws:iam::100000000003:user/nadia", "arn:aws:iam::100000000003:role/platform-ops", "arn:aws:iam::100000000004:role/pipeline-admin", "arn:aws:iam::100000000006:role/deployer", "arn:aws:iam::100000000007:role/backup-operator"], "length": 4, "verdict": "ALLOWED", "verdicts": ["ALLOWED", "ALLOWED", "ALLOWED", "ALLOWED"], "mechanisms": ["assume-role", "assume-role", "assume-role", "assume-role"], "conditions": [null, null, null, null], "actions": ["sts:AssumeRole", "sts:AssumeRole", "sts:AssumeRole", "sts:AssumeRole"]}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (named:XGraphNode {snapshot: s.id, id: $from})
MATCH (t:XGraphNode {snapshot: s.id, id: $to})
CALL (named) {
  WITH named WHERE NOT named.kind IN ['group', 'ou', 'organization'] AND NOT (named.kind = 'account' AND named.collected)
  RETURN named AS a
  UNION
  MATCH (a:XGraphNode)-[:MEMBER_OF]->(named) WHERE named.kind = 'group'
  RETURN a
  UNION
  MATCH (home:XGraphNode)-[:IN_OU|IN_ORGANIZATION*0..8]->(named) WHERE named.kind IN ['account', 'ou', 'organization'] AND home.kind = 'account'
  MATCH (a:XGraphNode)-[:IN_ACCOUNT]->(home) WHERE home.collected AND a.kind IN ['user', 'role', 'root']
  RETURN a
  UNION
  MATCH (a:XGraphNode)-[:IN_OU|IN_ORGANIZATION*1..8]->(named) WHERE named.kind IN ['ou', 'organization'] AND a.kind = 'account' AND NOT a.collected
  RETURN a
}
WITH a, t WHERE a <> t
CALL (a, t) {
  WITH a, t WHERE $max_hops = 1
  MATCH p = SHORTEST 1 GROUPS (a)
    ((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS
      WHERE (h.action IS NULL OR $action = '' OR $action IN h.actions) AND ($min_verdict = 'CONDITIONAL' OR h.verdict = 'ALLOWED')]->(y)){1,1}(t)
  RETURN h AS hops, [a] + y AS steps
  UNION ALL
  WITH a, t WHERE $max_hops = 2
  MATCH p = SHORTEST 2 GROUPS (a)
    ((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS
      WHERE (h.action IS NULL OR $action = '' OR $action IN h.actions) AND ($min_verdict = 'CONDITIONAL' OR h.verdict = 'ALLOWED')]->(y)){1,2}(t)
  RETURN h AS hops, [a] + y AS steps
  UNION ALL
  WITH a, t WHERE $max_hops = 3
  MATCH p = SHORTEST 3 GROUPS (a)
    ((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS
      WHERE (h.action IS NULL OR $action = '' OR $action IN h.actions) AND ($min_verdict = 'CONDITIONAL' OR h.verdict = 'ALLOWED')]->(y)){1,3}(t)
  RETURN h AS hops, [a] + y AS steps
  UNION ALL
  WITH a, t WHERE $max_hops = 4
  MATCH p = SHORTEST 4 GROUPS (a)
    ((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS
      WHERE (h.action IS NULL OR $action = '' OR $action IN h.actions) AND ($min_verdict = 'CONDITIONAL' OR h.verdict = 'ALLOWED')]->(y)){1,4}(t)
  RETURN h AS hops, [a] + y AS steps
  UNION ALL
  WITH a, t WHERE $max_hops > 4 AND $max_hops <= 6
  MATCH p = SHORTEST 6 GROUPS (a)
    ((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS
      WHERE (h.action IS NULL OR $action = '' OR $action IN h.actions) AND ($min_verdict = 'CONDITIONAL' OR h.verdict = 'ALLOWED')]->(y)){1,6}(t)
  RETURN h AS hops, [a] + y AS steps
  UNION ALL
  WITH a, t WHERE $max_hops > 6 AND $max_hops <= 8
  MATCH p = SHORTEST 8 GROUPS (a)
    ((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS
      WHERE (h.action IS NULL OR $action = '' OR $action IN h.actions) AND ($min_verdict = 'CONDITIONAL' OR h.verdict = 'ALLOWED')]->(y)){1,8}(t)
  RETURN h AS hops, [a] + y AS steps
  UNION ALL
  WITH a, t WHERE $max_hops > 8 AND $max_hops <= 12
  MATCH p = SHORTEST 12 GROUPS (a)
    ((x)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS
      WHERE (h.action IS NULL OR $action = '' OR $action IN h.actions) AND ($min_verdict = 'CONDITIONAL' OR h.verdict = 'ALLOWED')]->(y)){1,12}(t)
  RETURN h AS hops, [a] + y AS steps
}
WITH a, hops, [n IN steps | n.id] AS nodes
WHERE size(hops) <= $max_hops
  AND all(i IN range(1, size(nodes) - 1) WHERE NOT nodes[i] IN nodes[..i])
  AND (a.role IS NULL OR NOT a.role IN nodes)
RETURN nodes, size(hops) AS length,
  CASE WHEN all(r IN hops WHERE r.verdict = 'ALLOWED') THEN 'ALLOWED' ELSE 'CONDITIONAL' END AS verdict,
  [r IN hops | r.verdict] AS verdicts, [r IN hops | r.mechanism] AS mechanisms, [r IN hops | r.condition] AS conditions,
  [r IN hops | coalesce(r.action, 'sts:AssumeRole')] AS actions
ORDER BY length, nodes LIMIT $limit
