// Hops from one account into another.
//
// param pointer: which loaded snapshot, by the name of its pointer (default "current")
// param account: either side; empty for all (default "")
// param limit: at most so many rows (default 1000)
// example: {"account": "100000000007"}
// result: {"from": "arn:aws:iam::100000000002:role/audit-hub", "to": "arn:aws:iam::100000000007:role/audit-spoke", "mechanism": "assume-role", "verdict": "ALLOWED"}

MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot)
CALL (s) {
  WITH s WHERE $account = ''
  MATCH (a:XGraphNode) WHERE a.snapshot = s.id AND a.id >= '' AND a.account IS NOT NULL
  WITH a ORDER BY a.id
  CALL (a) {
    MATCH (a)-[:ACTS_AS|MEMBER_OF]->(c)-[h:CAN_ASSUME|CAN_ACCESS]->(t)
    WHERE a.account <> t.account
    RETURN DISTINCT t.id AS to, h.mechanism AS mechanism, h.verdict AS verdict
  }
  RETURN a.id AS from, to, mechanism, verdict
  ORDER BY from, to, mechanism, verdict LIMIT $limit
  UNION
  WITH s WHERE $account <> ''
  MATCH (a:XGraphNode) WHERE a.snapshot = s.id AND a.account = $account
  WITH a MATCH (a)-[:ACTS_AS|MEMBER_OF]->(c)
  WITH c, collect(a.id) AS members
  MATCH (c)-[h:CAN_ASSUME|CAN_ACCESS]->(t) WHERE t.account <> $account
  WITH DISTINCT members, t, h.mechanism AS mechanism, h.verdict AS verdict
  UNWIND members AS from
  RETURN DISTINCT from, t.id AS to, mechanism, verdict
  ORDER BY from, to, mechanism, verdict LIMIT $limit
  UNION
  WITH s WHERE $account <> ''
  MATCH (t:XGraphNode) WHERE t.snapshot = s.id AND t.account = $account
  WITH t MATCH (c)-[h:CAN_ASSUME|CAN_ACCESS]->(t)
  WITH c, collect(DISTINCT [t.id, h.mechanism, h.verdict]) AS reached
  MATCH (a)-[:ACTS_AS|MEMBER_OF]->(c) WHERE a.account <> $account
  UNWIND reached AS each
  RETURN DISTINCT a.id AS from, each[0] AS to, each[1] AS mechanism, each[2] AS verdict
  ORDER BY from, to, mechanism, verdict LIMIT $limit
}
RETURN from, to, mechanism, verdict
ORDER BY from, to, mechanism, verdict LIMIT $limit
