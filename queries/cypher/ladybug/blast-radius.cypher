// Everything that a principal can reach, with each number of hops to it.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param from: the id of a principal
// param max_hops: the longest chain, 1 to 4 (default 4)
// example: {"from": "arn:aws:iam::100000000003:user/nadia"}
// result: {"id": "arn:aws:iam::100000000003:role/platform-ops", "kind": "role", "account": "100000000003", "hops": 1}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME|CAN_ACCESS]->(n1:XGraphNode)
WHERE $max_hops >= 1 AND n0.snapshot = s.id AND n0.id = $from AND n1.id <> n0.id
RETURN DISTINCT n1.id AS id, n1.kind AS kind, n1.account AS account, 1 AS hops
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME|CAN_ACCESS]->(n2:XGraphNode)
WHERE $max_hops >= 2 AND n0.snapshot = s.id AND n0.id = $from AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id
RETURN DISTINCT n2.id AS id, n2.kind AS kind, n2.account AS account, 2 AS hops
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME|CAN_ACCESS]->(n3:XGraphNode)
WHERE $max_hops >= 3 AND n0.snapshot = s.id AND n0.id = $from AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id
RETURN DISTINCT n3.id AS id, n3.kind AS kind, n3.account AS account, 3 AS hops
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME]->(n3:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c4:XGraphNode)-[h4:CAN_ASSUME|CAN_ACCESS]->(n4:XGraphNode)
WHERE $max_hops >= 4 AND n0.snapshot = s.id AND n0.id = $from AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND n4.id <> n0.id AND n4.id <> n1.id AND n4.id <> n2.id AND n4.id <> n3.id
RETURN DISTINCT n4.id AS id, n4.kind AS kind, n4.account AS account, 4 AS hops
