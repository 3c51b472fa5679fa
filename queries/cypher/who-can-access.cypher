// Who may do something to a resource directly, without assuming a role first.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param to: the id of the resource; BUCKET-ARN/* for objects
// param action: such as s3:GetObject; empty for any (default "")
// param limit: at most so many rows (default 1000)
// example: {"to": "arn:aws:s3:::acme-invoices/*", "action": "s3:GetObject"}
// result: {"id": "arn:aws:iam::100000000006:role/OrganizationAccountAccessRole", "kind": "role", "account": "100000000006", "action": "s3:GetObject", "mechanism": "resource-policy", "verdict": "ALLOWED", "condition": null}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH (a:XGraphNode)-[:ACTS_AS|MEMBER_OF]->(c:XGraphNode)-[h:CAN_ACCESS]->(t:XGraphNode)
WHERE t.snapshot = s.id AND t.id = $to AND ($action = '' OR $action IN h.actions)
RETURN a.id AS id, a.kind AS kind, a.account AS account, h.action AS action, h.mechanism AS mechanism, h.verdict AS verdict, h.condition AS condition
ORDER BY id, action, mechanism, verdict, condition LIMIT $limit
