// Every principal from which a chain leads to a role or resource, with each number of hops of it.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param to: the id of a role or resource
// param max_hops: the longest chain, 1 to 4 (default 4)
// example: {"to": "arn:aws:s3:::acme-invoices/*"}
// result: {"id": "arn:aws:iam::100000000006:role/OrganizationAccountAccessRole", "kind": "role", "account": "100000000006", "hops": 1}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME|CAN_ACCESS]->(n1:XGraphNode)
WHERE $max_hops >= 1 AND n1.snapshot = s.id AND n1.id = $to AND n1.id <> n0.id
RETURN DISTINCT n0.id AS id, n0.kind AS kind, n0.account AS account, 1 AS hops
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME|CAN_ACCESS]->(n2:XGraphNode)
WHERE $max_hops >= 2 AND n2.snapshot = s.id AND n2.id = $to AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id
RETURN DISTINCT n0.id AS id, n0.kind AS kind, n0.account AS account, 2 AS hops
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME|CAN_ACCESS]->(n3:XGraphNode)
WHERE $max_hops >= 3 AND n3.snapshot = s.id AND n3.id = $to AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id
RETURN DISTINCT n0.id AS id, n0.kind AS kind, n0.account AS account, 3 AS hops
UNION ALL
MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (n0:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c1:XGraphNode)-[h1:CAN_ASSUME]->(n1:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c2:XGraphNode)-[h2:CAN_ASSUME]->(n2:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c3:XGraphNode)-[h3:CAN_ASSUME]->(n3:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c4:XGraphNode)-[h4:CAN_ASSUME|CAN_ACCESS]->(n4:XGraphNode)
WHERE $max_hops >= 4 AND n4.snapshot = s.id AND n4.id = $to AND n1.id <> n0.id AND n2.id <> n0.id AND n2.id <> n1.id AND n3.id <> n0.id AND n3.id <> n1.id AND n3.id <> n2.id AND n4.id <> n0.id AND n4.id <> n1.id AND n4.id <> n2.id AND n4.id <> n3.id
RETURN DISTINCT n0.id AS id, n0.kind AS kind, n0.account AS account, 4 AS hops
