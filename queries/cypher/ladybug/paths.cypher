// Every chain of hops from one place to another, shortest first, as `xgraph paths` lists them.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param from: where chains start: the id of a principal
// param to: where they end: the id of a role or resource; BUCKET-ARN/* for objects
// param action: what is done at the end, such as s3:GetObject; empty for any (default "")
// param max_hops: the longest chain, 1 to 4 (default 4)
// param min_verdict: CONDITIONAL for all, ALLOWED for chains that depend on nothing (default "CONDITIONAL")
// example: {"from": "arn:aws:iam::100000000003:user/nadia", "to": "arn:aws:iam::100000000007:role/backup-operator"}
// result: {"nodes": ["arn:aws:iam::100000000003:user/nadia", "arn:aws:iam::100000000003:role/platform-ops", "arn:aws:iam::100000000004:role/pipeline-admin", "arn:aws:iam::100000000006:role/deployer", "arn:aws:iam::100000000007:role/backup-operator"], "length": 4, "verdict": "ALLOWED", "verdicts": ["ALLOWED", "ALLOWED", "ALLOWED", "ALLOWED"], "mechanisms": ["assume-role", "assume-role", "assume-role", "assume-role"], "conditions": [null, null, null, null], "actions": ["sts:AssumeRole", "sts:AssumeRole", "sts:AssumeRole", "sts:AssumeRole"]}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME|CAN_ACCESS]->(n1:XGraphNode)
WHERE $max_hops >= 1 AND n0.snapshot = s.id AND n0.id = $from AND n1.snapshot = s.id AND n1.id = $to AND ($action = '' OR h1.action IS NULL OR $action IN h1.actions) AND n1.id <> n0.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id]) AND ($min_verdict = 'CONDITIONAL' OR CASE WHEN h1.verdict = 'ALLOWED' THEN 'ALLOWED' ELSE 'CONDITIONAL' END = 'ALLOWED')
RETURN [n0.id, n1.id] AS nodes, 1 AS length, CASE WHEN h1.verdict = 'ALLOWED' THEN 'ALLOWED' ELSE 'CONDITIONAL' END AS verdict, [h1.verdict] AS verdicts, [h1.mechanism] AS mechanisms, [h1.condition] AS conditions, [coalesce(h1.action, 'sts:AssumeRole')] AS actions
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME|CAN_ACCESS]->(n2:XGraphNode)
WHERE $max_hops >= 2 AND n0.snapshot = s.id AND n0.id = $from AND n2.snapshot = s.id AND n2.id = $to AND ($action = '' OR h2.action IS NULL OR $action IN h2.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id]) AND ($min_verdict = 'CONDITIONAL' OR CASE WHEN h1.verdict = 'ALLOWED' AND h2.verdict = 'ALLOWED' THEN 'ALLOWED' ELSE 'CONDITIONAL' END = 'ALLOWED')
RETURN [n0.id, n1.id, n2.id] AS nodes, 2 AS length, CASE WHEN h1.verdict = 'ALLOWED' AND h2.verdict = 'ALLOWED' THEN 'ALLOWED' ELSE 'CONDITIONAL' END AS verdict, [h1.verdict, h2.verdict] AS verdicts, [h1.mechanism, h2.mechanism] AS mechanisms, [h1.condition, h2.condition] AS conditions, ['sts:AssumeRole', coalesce(h2.action, 'sts:AssumeRole')] AS actions
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME|CAN_ACCESS]->(n3:XGraphNode)
WHERE $max_hops >= 3 AND n0.snapshot = s.id AND n0.id = $from AND n3.snapshot = s.id AND n3.id = $to AND ($action = '' OR h3.action IS NULL OR $action IN h3.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id, n3.id]) AND ($min_verdict = 'CONDITIONAL' OR CASE WHEN h1.verdict = 'ALLOWED' AND h2.verdict = 'ALLOWED' AND h3.verdict = 'ALLOWED' THEN 'ALLOWED' ELSE 'CONDITIONAL' END = 'ALLOWED')
RETURN [n0.id, n1.id, n2.id, n3.id] AS nodes, 3 AS length, CASE WHEN h1.verdict = 'ALLOWED' AND h2.verdict = 'ALLOWED' AND h3.verdict = 'ALLOWED' THEN 'ALLOWED' ELSE 'CONDITIONAL' END AS verdict, [h1.verdict, h2.verdict, h3.verdict] AS verdicts, [h1.mechanism, h2.mechanism, h3.mechanism] AS mechanisms, [h1.condition, h2.condition, h3.condition] AS conditions, ['sts:AssumeRole', 'sts:AssumeRole', coalesce(h3.action, 'sts:AssumeRole')] AS actions
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME]->(n3:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c4:XGraphNode)-[h4:CAN_ASSUME|CAN_ACCESS]->(n4:XGraphNode)
WHERE $max_hops >= 4 AND n0.snapshot = s.id AND n0.id = $from AND n4.snapshot = s.id AND n4.id = $to AND ($action = '' OR h4.action IS NULL OR $action IN h4.actions) AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND n4.id <> n0.id AND n4.id <> n1.id AND n4.id <> n2.id AND n4.id <> n3.id AND (n0.role IS NULL OR NOT n0.role IN [n1.id, n2.id, n3.id, n4.id]) AND ($min_verdict = 'CONDITIONAL' OR CASE WHEN h1.verdict = 'ALLOWED' AND h2.verdict = 'ALLOWED' AND h3.verdict = 'ALLOWED' AND h4.verdict = 'ALLOWED' THEN 'ALLOWED' ELSE 'CONDITIONAL' END = 'ALLOWED')
RETURN [n0.id, n1.id, n2.id, n3.id, n4.id] AS nodes, 4 AS length, CASE WHEN h1.verdict = 'ALLOWED' AND h2.verdict = 'ALLOWED' AND h3.verdict = 'ALLOWED' AND h4.verdict = 'ALLOWED' THEN 'ALLOWED' ELSE 'CONDITIONAL' END AS verdict, [h1.verdict, h2.verdict, h3.verdict, h4.verdict] AS verdicts, [h1.mechanism, h2.mechanism, h3.mechanism, h4.mechanism] AS mechanisms, [h1.condition, h2.condition, h3.condition, h4.condition] AS conditions, ['sts:AssumeRole', 'sts:AssumeRole', 'sts:AssumeRole', coalesce(h4.action, 'sts:AssumeRole')] AS actions
