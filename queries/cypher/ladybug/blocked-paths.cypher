// Near misses: chains of which exactly one hop is withheld by exactly one control.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param from: where chains start: the id of a principal
// param to: where they end: the id of a role or resource; BUCKET-ARN/* for objects
// param action: what is done at the end, such as s3:GetObject; empty for any (default "")
// param max_hops: the longest chain, 1 to 4 (default 4)
// example: {"from": "arn:aws:iam::100000000005:role/feature-lab", "to": "arn:aws:iam::100000000007:role/analytics-reader"}
// result: {"nodes": ["arn:aws:iam::100000000005:role/feature-lab", "arn:aws:iam::100000000007:role/analytics-reader"], "length": 1, "blocked_at": 0, "verdict": "EXPLICITLY_DENIED", "control": "scp", "blocked_by": ["`NoRolesOfProdAndData` of SCP arn:aws:organizations::100000000001:policy/o-acmeexample/service_control_policy/p-devstaysout at ou-acme-workloadsdev denies it"], "blockers": ["{\"attached_to\": \"ou-acme-workloadsdev\", \"control\": \"scp\", \"effect\": \"Deny\", \"level\": \"ou-acme-workloadsdev\", \"policy\": \"arn:aws:organizations::100000000001:policy/o-acmeexample/service_control_policy/p-devstaysout\", \"policy_type\": \"scp\", \"sid\": \"NoRolesOfProdAndData\", \"statement\": 0, \"text\": \"`NoRolesOfProdAndData` of SCP arn:aws:organizations::100000000001:policy/o-acmeexample/service_control_policy/p-devstaysout at ou-acme-workloadsdev denies it\"}"], "verdicts": ["EXPLICITLY_DENIED"], "mechanisms": ["assume-role"]}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:BLOCKED_ASSUME|BLOCKED_ACCESS]->(n1:XGraphNode)
WHERE $max_hops >= 1 AND n0.snapshot = s.id AND n0.id = $from AND n1.snapshot = s.id AND n1.id = $to AND ($action = '' OR h1.action IS NULL OR $action IN h1.actions) AND n1.id <> n0.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id])
RETURN [n0.id, n1.id] AS nodes, 1 AS length, 0 AS blocked_at, h1.verdict AS verdict, h1.control AS control, h1.blocked_by AS blocked_by, h1.blockers AS blockers, [h1.verdict] AS verdicts, [h1.mechanism] AS mechanisms
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:BLOCKED_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME|CAN_ACCESS]->(n2:XGraphNode)
WHERE $max_hops >= 2 AND n0.snapshot = s.id AND n0.id = $from AND n2.snapshot = s.id AND n2.id = $to AND ($action = '' OR h2.action IS NULL OR $action IN h2.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id])
RETURN [n0.id, n1.id, n2.id] AS nodes, 2 AS length, 0 AS blocked_at, h1.verdict AS verdict, h1.control AS control, h1.blocked_by AS blocked_by, h1.blockers AS blockers, [h1.verdict, h2.verdict] AS verdicts, [h1.mechanism, h2.mechanism] AS mechanisms
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:BLOCKED_ASSUME|BLOCKED_ACCESS]->(n2:XGraphNode)
WHERE $max_hops >= 2 AND n0.snapshot = s.id AND n0.id = $from AND n2.snapshot = s.id AND n2.id = $to AND ($action = '' OR h2.action IS NULL OR $action IN h2.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id])
RETURN [n0.id, n1.id, n2.id] AS nodes, 2 AS length, 1 AS blocked_at, h2.verdict AS verdict, h2.control AS control, h2.blocked_by AS blocked_by, h2.blockers AS blockers, [h1.verdict, h2.verdict] AS verdicts, [h1.mechanism, h2.mechanism] AS mechanisms
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:BLOCKED_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME|CAN_ACCESS]->(n3:XGraphNode)
WHERE $max_hops >= 3 AND n0.snapshot = s.id AND n0.id = $from AND n3.snapshot = s.id AND n3.id = $to AND ($action = '' OR h3.action IS NULL OR $action IN h3.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id, n3.id])
RETURN [n0.id, n1.id, n2.id, n3.id] AS nodes, 3 AS length, 0 AS blocked_at, h1.verdict AS verdict, h1.control AS control, h1.blocked_by AS blocked_by, h1.blockers AS blockers, [h1.verdict, h2.verdict, h3.verdict] AS verdicts, [h1.mechanism, h2.mechanism, h3.mechanism] AS mechanisms
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:BLOCKED_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME|CAN_ACCESS]->(n3:XGraphNode)
WHERE $max_hops >= 3 AND n0.snapshot = s.id AND n0.id = $from AND n3.snapshot = s.id AND n3.id = $to AND ($action = '' OR h3.action IS NULL OR $action IN h3.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id, n3.id])
RETURN [n0.id, n1.id, n2.id, n3.id] AS nodes, 3 AS length, 1 AS blocked_at, h2.verdict AS verdict, h2.control AS control, h2.blocked_by AS blocked_by, h2.blockers AS blockers, [h1.verdict, h2.verdict, h3.verdict] AS verdicts, [h1.mechanism, h2.mechanism, h3.mechanism] AS mechanisms
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:BLOCKED_ASSUME|BLOCKED_ACCESS]->(n3:XGraphNode)
WHERE $max_hops >= 3 AND n0.snapshot = s.id AND n0.id = $from AND n3.snapshot = s.id AND n3.id = $to AND ($action = '' OR h3.action IS NULL OR $action IN h3.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id, n3.id])
RETURN [n0.id, n1.id, n2.id, n3.id] AS nodes, 3 AS length, 2 AS blocked_at, h3.verdict AS verdict, h3.control AS control, h3.blocked_by AS blocked_by, h3.blockers AS blockers, [h1.verdict, h2.verdict, h3.verdict] AS verdicts, [h1.mechanism, h2.mechanism, h3.mechanism] AS mechanisms
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:BLOCKED_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME]->(n3:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c4:XGraphNode)-[h4:CAN_ASSUME|CAN_ACCESS]->(n4:XGraphNode)
WHERE $max_hops >= 4 AND n0.snapshot = s.id AND n0.id = $from AND n4.snapshot = s.id AND n4.id = $to AND ($action = '' OR h4.action IS NULL OR $action IN h4.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND n4.id <> n0.id AND n4.id <> n1.id AND n4.id <> n2.id AND n4.id <> n3.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id, n3.id, n4.id])
RETURN [n0.id, n1.id, n2.id, n3.id, n4.id] AS nodes, 4 AS length, 0 AS blocked_at, h1.verdict AS verdict, h1.control AS control, h1.blocked_by AS blocked_by, h1.blockers AS blockers, [h1.verdict, h2.verdict, h3.verdict, h4.verdict] AS verdicts, [h1.mechanism, h2.mechanism, h3.mechanism, h4.mechanism] AS mechanisms
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:BLOCKED_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME]->(n3:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c4:XGraphNode)-[h4:CAN_ASSUME|CAN_ACCESS]->(n4:XGraphNode)
WHERE $max_hops >= 4 AND n0.snapshot = s.id AND n0.id = $from AND n4.snapshot = s.id AND n4.id = $to AND ($action = '' OR h4.action IS NULL OR $action IN h4.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND n4.id <> n0.id AND n4.id <> n1.id AND n4.id <> n2.id AND n4.id <> n3.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id, n3.id, n4.id])
RETURN [n0.id, n1.id, n2.id, n3.id, n4.id] AS nodes, 4 AS length, 1 AS blocked_at, h2.verdict AS verdict, h2.control AS control, h2.blocked_by AS blocked_by, h2.blockers AS blockers, [h1.verdict, h2.verdict, h3.verdict, h4.verdict] AS verdicts, [h1.mechanism, h2.mechanism, h3.mechanism, h4.mechanism] AS mechanisms
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:BLOCKED_ASSUME]->(n3:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c4:XGraphNode)-[h4:CAN_ASSUME|CAN_ACCESS]->(n4:XGraphNode)
WHERE $max_hops >= 4 AND n0.snapshot = s.id AND n0.id = $from AND n4.snapshot = s.id AND n4.id = $to AND ($action = '' OR h4.action IS NULL OR $action IN h4.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND n4.id <> n0.id AND n4.id <> n1.id AND n4.id <> n2.id AND n4.id <> n3.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id, n3.id, n4.id])
RETURN [n0.id, n1.id, n2.id, n3.id, n4.id] AS nodes, 4 AS length, 2 AS blocked_at, h3.verdict AS verdict, h3.control AS control, h3.blocked_by AS blocked_by, h3.blockers AS blockers, [h1.verdict, h2.verdict, h3.verdict, h4.verdict] AS verdicts, [h1.mechanism, h2.mechanism, h3.mechanism, h4.mechanism] AS mechanisms
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME]->(n3:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c4:XGraphNode)-[h4:BLOCKED_ASSUME|BLOCKED_ACCESS]->(n4:XGraphNode)
WHERE $max_hops >= 4 AND n0.snapshot = s.id AND n0.id = $from AND n4.snapshot = s.id AND n4.id = $to AND ($action = '' OR h4.action IS NULL OR $action IN h4.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND n4.id <> n0.id AND n4.id <> n1.id AND n4.id <> n2.id AND n4.id <> n3.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id, n3.id, n4.id])
RETURN [n0.id, n1.id, n2.id, n3.id, n4.id] AS nodes, 4 AS length, 3 AS blocked_at, h4.verdict AS verdict, h4.control AS control, h4.blocked_by AS blocked_by, h4.blockers AS blockers, [h1.verdict, h2.verdict, h3.verdict, h4.verdict] AS verdicts, [h1.mechanism, h2.mechanism, h3.mechanism, h4.mechanism] AS mechanisms
