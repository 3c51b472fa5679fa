// Roles that no principal, service or stranger of this snapshot may assume.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param limit: at most so many rows (default 1000)
// example: {}
// result: {"role": "arn:aws:iam::100000000001:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_AdministratorAccess_4f4e12eb4c9b8c0c", "account": "100000000001", "account_name": "management"}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (r:XGraphNode)
WHERE r.snapshot = s.id AND r.kind = 'role' AND NOT EXISTS { MATCH (c:XGraphNode)-[:CAN_ASSUME]->(r) }
RETURN r.id AS role, r.account AS account, r.account_name AS account_name
ORDER BY role LIMIT $limit
