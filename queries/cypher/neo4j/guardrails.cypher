// The SCPs and RCPs over an account, from the root down to the account.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param account: the 12-digit id of the account
// example: {"account": "100000000005"}
// result: {"attached_to": "ou:r-acme", "type": "rcp", "policy": "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess", "levels_up": 3}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
MATCH p = (n:XGraphNode {snapshot: s.id, kind: 'account', account: $account})-[:IN_OU*0..8]->(u:XGraphNode)<-[:ATTACHED_TO]-(g:XGraphNode)
WHERE g.policy_type IN ['scp', 'rcp']
RETURN u.id AS attached_to, g.policy_type AS type, g.id AS policy, length(p) - 1 AS levels_up
ORDER BY levels_up DESC, type, policy
