// Near misses: chains of which exactly one hop is withheld by exactly one control.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param from: where chains start: the id of a principal, account:ID, a group, ou:ID or org:ID
// param to: where they end: the id of a role or resource; BUCKET-ARN/* for objects
// param action: what is done at the end, such as s3:GetObject; empty for any (default "")
// param max_hops: the longest chain, 1 to 12 (default 6)
// param limit: at most so many rows (default 1000)
// example: {"from": "arn:aws:iam::100000000005:role/feature-lab", "to": "arn:aws:iam::100000000007:role/analytics-reader"}
// result: {"nodes": ["arn:aws:iam::100000000005:role/feature-lab", "arn:aws:iam::100000000007:role/analytics-reader"], "length": 1, "blocked_at": 0, "verdict": "EXPLICITLY_DENIED", "control": "scp", "blocked_by": ["`NoRolesOfProdAndData` of SCP arn:aws:organizations::100000000001:policy/o-acmeexample/service_control_policy/p-devstaysout at ou-acme-workloadsdev denies it"], "blockers": ["{\"attached_to\": \"ou-acme-workloadsdev\", \"control\": \"scp\", \"effect\": \"Deny\", \"level\": \"ou-acme-workloadsdev\", \"policy\": \"arn:aws:organizations::100000000001:policy/o-acmeexample/service_control_policy/p-devstaysout\", \"policy_type\": \"scp\", \"sid\": \"NoRolesOfProdAndData\", \"statement\": 0, \"text\": \"`NoRolesOfProdAndData` of SCP arn:aws:organizations::100000000001:policy/o-acmeexample/service_control_policy/p-devstaysout at ou-acme-workloadsdev denies it\"}"], "verdicts": ["EXPLICITLY_DENIED"], "mechanisms": ["assume-role"], "actions": ["sts:AssumeRole"]}

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
  MATCH (a)-[:ACTS_AS|MEMBER_OF]->(who)-[b:BLOCKED_ASSUME|BLOCKED_ACCESS
      WHERE b.action IS NULL OR $action = '' OR $action IN b.actions]->(t)
  RETURN [b] AS hops, [a, t] AS steps, 0 AS at
  UNION ALL
  WITH a, t WHERE $max_hops = 2
  MATCH p = SHORTEST 2 GROUPS (a)
    ((x1)-[:ACTS_AS|MEMBER_OF]->(c1)-[h1:CAN_ASSUME|CAN_ACCESS
      WHERE h1.action IS NULL OR $action = '' OR $action IN h1.actions]->(y1)){0,1}
    (u)-[:ACTS_AS|MEMBER_OF]->(who)-[b:BLOCKED_ASSUME|BLOCKED_ACCESS
      WHERE b.action IS NULL OR $action = '' OR $action IN b.actions]->(v)
    ((x2)-[:ACTS_AS|MEMBER_OF]->(c2)-[h2:CAN_ASSUME|CAN_ACCESS
      WHERE h2.action IS NULL OR $action = '' OR $action IN h2.actions]->(y2)){0,1}(t)
  RETURN h1 + [b] + h2 AS hops, [a] + y1 + [v] + y2 AS steps, size(h1) AS at
  UNION ALL
  WITH a, t WHERE $max_hops = 3
  MATCH p = SHORTEST 3 GROUPS (a)
    ((x1)-[:ACTS_AS|MEMBER_OF]->(c1)-[h1:CAN_ASSUME|CAN_ACCESS
      WHERE h1.action IS NULL OR $action = '' OR $action IN h1.actions]->(y1)){0,2}
    (u)-[:ACTS_AS|MEMBER_OF]->(who)-[b:BLOCKED_ASSUME|BLOCKED_ACCESS
      WHERE b.action IS NULL OR $action = '' OR $action IN b.actions]->(v)
    ((x2)-[:ACTS_AS|MEMBER_OF]->(c2)-[h2:CAN_ASSUME|CAN_ACCESS
      WHERE h2.action IS NULL OR $action = '' OR $action IN h2.actions]->(y2)){0,2}(t)
  RETURN h1 + [b] + h2 AS hops, [a] + y1 + [v] + y2 AS steps, size(h1) AS at
  UNION ALL
  WITH a, t WHERE $max_hops = 4
  MATCH p = SHORTEST 4 GROUPS (a)
    ((x1)-[:ACTS_AS|MEMBER_OF]->(c1)-[h1:CAN_ASSUME|CAN_ACCESS
      WHERE h1.action IS NULL OR $action = '' OR $action IN h1.actions]->(y1)){0,3}
    (u)-[:ACTS_AS|MEMBER_OF]->(who)-[b:BLOCKED_ASSUME|BLOCKED_ACCESS
      WHERE b.action IS NULL OR $action = '' OR $action IN b.actions]->(v)
    ((x2)-[:ACTS_AS|MEMBER_OF]->(c2)-[h2:CAN_ASSUME|CAN_ACCESS
      WHERE h2.action IS NULL OR $action = '' OR $action IN h2.actions]->(y2)){0,3}(t)
  RETURN h1 + [b] + h2 AS hops, [a] + y1 + [v] + y2 AS steps, size(h1) AS at
  UNION ALL
  WITH a, t WHERE $max_hops > 4 AND $max_hops <= 6
  MATCH p = SHORTEST 6 GROUPS (a)
    ((x1)-[:ACTS_AS|MEMBER_OF]->(c1)-[h1:CAN_ASSUME|CAN_ACCESS
      WHERE h1.action IS NULL OR $action = '' OR $action IN h1.actions]->(y1)){0,5}
    (u)-[:ACTS_AS|MEMBER_OF]->(who)-[b:BLOCKED_ASSUME|BLOCKED_ACCESS
      WHERE b.action IS NULL OR $action = '' OR $action IN b.actions]->(v)
    ((x2)-[:ACTS_AS|MEMBER_OF]->(c2)-[h2:CAN_ASSUME|CAN_ACCESS
      WHERE h2.action IS NULL OR $action = '' OR $action IN h2.actions]->(y2)){0,5}(t)
  RETURN h1 + [b] + h2 AS hops, [a] + y1 + [v] + y2 AS steps, size(h1) AS at
  UNION ALL
  WITH a, t WHERE $max_hops > 6 AND $max_hops <= 8
  MATCH p = SHORTEST 8 GROUPS (a)
    ((x1)-[:ACTS_AS|MEMBER_OF]->(c1)-[h1:CAN_ASSUME|CAN_ACCESS
      WHERE h1.action IS NULL OR $action = '' OR $action IN h1.actions]->(y1)){0,7}
    (u)-[:ACTS_AS|MEMBER_OF]->(who)-[b:BLOCKED_ASSUME|BLOCKED_ACCESS
      WHERE b.action IS NULL OR $action = '' OR $action IN b.actions]->(v)
    ((x2)-[:ACTS_AS|MEMBER_OF]->(c2)-[h2:CAN_ASSUME|CAN_ACCESS
      WHERE h2.action IS NULL OR $action = '' OR $action IN h2.actions]->(y2)){0,7}(t)
  RETURN h1 + [b] + h2 AS hops, [a] + y1 + [v] + y2 AS steps, size(h1) AS at
  UNION ALL
  WITH a, t WHERE $max_hops > 8 AND $max_hops <= 12
  MATCH p = SHORTEST 12 GROUPS (a)
    ((x1)-[:ACTS_AS|MEMBER_OF]->(c1)-[h1:CAN_ASSUME|CAN_ACCESS
      WHERE h1.action IS NULL OR $action = '' OR $action IN h1.actions]->(y1)){0,11}
    (u)-[:ACTS_AS|MEMBER_OF]->(who)-[b:BLOCKED_ASSUME|BLOCKED_ACCESS
      WHERE b.action IS NULL OR $action = '' OR $action IN b.actions]->(v)
    ((x2)-[:ACTS_AS|MEMBER_OF]->(c2)-[h2:CAN_ASSUME|CAN_ACCESS
      WHERE h2.action IS NULL OR $action = '' OR $action IN h2.actions]->(y2)){0,11}(t)
  RETURN h1 + [b] + h2 AS hops, [a] + y1 + [v] + y2 AS steps, size(h1) AS at
}
WITH a, hops, [n IN steps | n.id] AS nodes, at
WHERE size(hops) <= $max_hops
  AND all(i IN range(1, size(nodes) - 1) WHERE NOT nodes[i] IN nodes[..i])
  AND (a.role IS NULL OR NOT a.role IN nodes)
RETURN nodes, size(hops) AS length, at AS blocked_at, hops[at].verdict AS verdict, hops[at].control AS control,
  hops[at].blocked_by AS blocked_by, hops[at].blockers AS blockers, [r IN hops | r.verdict] AS verdicts, [r IN hops | r.mechanism] AS mechanisms,
  [r IN hops | coalesce(r.action, 'sts:AssumeRole')] AS actions
ORDER BY length, nodes LIMIT $limit
